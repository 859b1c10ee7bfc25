import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, isAbsolute } from 'node:path';
import { l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import type { ExportResult, ImportResult } from '../../api';
import type { MergeResult, SourceRows } from '../../store/merge';
import { mergePage } from '../data/mergePage';
import { skippedText } from '../data/mergeTexts';
import { formatNumber } from '../format';
import { Cancelled, CommandError, requireWritable, type App } from './app';
import type { Call } from './call';
import { requireFileUri } from './uris';

export function importResultOf(uri: Uri, { counts, skipped }: MergeResult): ImportResult {
  return {
    uri: uri.toString(),
    ...counts,
    skipped: skipped.map((row) => ({ ...row, message: skippedText(row) })),
  };
}

const working = <T>(title: string, work: () => Promise<T>): Promise<T> =>
  Promise.resolve(window.withProgress({ location: ProgressLocation.Notification, title }, work));

/** Adds what a file holds. A person sees first what it would do. */
export async function importDatabase(app: App, call: Call): Promise<ImportResult> {
  await app.model.refreshStore();
  requireWritable(app);
  const uri = call.interactive ? await askSource() : requireFileUri(call.raw['uri']);
  const file = basename(uri.fsPath);
  const how = {
    author: app.author(call.interactive ? 'person' : 'program'),
    reason: l10n.t('Imported from {file}', { file }),
    takeDamaged: true,
  };
  const read = (): Promise<SourceRows> => app.file.readDatabase(uri.fsPath);
  const source = call.interactive ? await working(l10n.t('Reading {file}…', { file }), read) : await read();
  if (call.interactive) await confirmImport(app, file, await app.file.previewMerge(source, how));
  const merge = (): Promise<MergeResult> => app.file.merge(source, how);
  const result = call.interactive ? await working(l10n.t('Importing {file}…', { file }), merge) : await merge();
  await app.model.refreshStore();
  if (call.interactive) {
    app.notifier.info(importedText(file, result), {
      label: l10n.t('Show Details'),
      run: () => showImport(app, file, result, l10n.t('This was imported.')),
    });
  }
  return importResultOf(uri, result);
}

async function askSource(): Promise<Uri> {
  const picked = await window.showOpenDialog({
    title: l10n.t('Import Experiments'),
    openLabel: l10n.t('Import'),
    canSelectMany: false,
    filters: { [l10n.t('SQLite databases')]: ['db', 'sqlite', 'sqlite3'], [l10n.t('All files')]: ['*'] },
  });
  const [uri] = picked ?? [];
  if (uri === undefined) throw new Cancelled();
  if (uri.scheme !== 'file') throw new CommandError(l10n.t('Only a file on a disk can be imported.'));
  return uri;
}

function summaryOf({ counts }: MergeResult): string {
  return l10n.t('{experiments} experiments and {tags} tags are new, {skipped} rows are left out.', {
    experiments: formatNumber(counts.experiments.imported),
    tags: formatNumber(counts.tags.imported),
    skipped: formatNumber(Object.values(counts).reduce((sum, { skipped }) => sum + skipped, 0)),
  });
}

function importedText(file: string, result: MergeResult): string {
  return l10n.t('{file} was imported. {summary}', { file, summary: summaryOf(result) });
}

async function showImport(app: App, file: string, result: MergeResult, sentence: string): Promise<void> {
  const title = l10n.t('Import of {file}', { file });
  await app.pages.show(title, mergePage({ title, intro: [sentence], result }));
}

/** Nothing is imported before the person has seen what it is. */
async function confirmImport(app: App, file: string, preview: MergeResult): Promise<void> {
  const details = {
    label: l10n.t('Show Details First'),
    detail: l10n.t('What would be taken, what is left out, and why.'),
  };
  const go = { label: l10n.t('Import'), detail: summaryOf(preview) };
  const picked = await window.showQuickPick([go, details], {
    title: l10n.t('Import {file}?', { file }),
    placeHolder: l10n.t('A backup is made first. The file itself is not changed.'),
    ignoreFocusOut: true,
  });
  if (picked === details) {
    await showImport(app, file, preview, l10n.t('This is what an import would do. Nothing was imported yet.'));
    await confirmImport(app, file, preview);
    return;
  }
  if (picked !== go) throw new Cancelled();
}

/** Writes the whole database to a file, which is in place as a whole or not at all. */
export async function exportDatabase(app: App, call: Call): Promise<ExportResult> {
  const uri = call.interactive ? await askTarget() : requireFileUri(call.raw['uri']);
  await refuseOwnFolder(app, uri);
  const { bytes, rows } = await app.file.export();
  const temporary = uri.with({ path: `${uri.path}.${app.newId()}.tmp` });
  try {
    await workspace.fs.writeFile(temporary, bytes);
    await workspace.fs.rename(temporary, uri, { overwrite: true });
  } catch (error) {
    await Promise.resolve(workspace.fs.delete(temporary)).catch(() => undefined);
    const detail = error instanceof Error ? error.message : String(error);
    throw new CommandError(l10n.t('The database was not saved as {file}: {detail}', { file: uri.fsPath, detail }), {
      cause: error,
    });
  }
  if (call.interactive) {
    app.notifier.done(
      l10n.t('{experiments} experiments and {tags} tags were saved as {file}.', {
        experiments: formatNumber(rows.experiments),
        tags: formatNumber(rows.tags),
        file: uri.fsPath,
      }),
    );
  }
  return { uri: uri.toString(), bytes: bytes.length, ...rows };
}

async function askTarget(): Promise<Uri> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const uri = await window.showSaveDialog({
    title: l10n.t('Export Experiments'),
    ...(folder ? { defaultUri: Uri.joinPath(folder, 'agent-experiments.db') } : {}),
    filters: { [l10n.t('SQLite databases')]: ['db'] },
  });
  if (!uri) throw new Cancelled();
  return uri;
}

/** An export over the database itself, or over what is beside it, would undo every care that is taken of it. */
async function refuseOwnFolder(app: App, uri: Uri): Promise<void> {
  if (uri.scheme !== 'file') return;
  const real = async (path: string): Promise<string> => realpath(path).catch(() => path);
  const inside = relative(
    await real(dirname(app.file.file)),
    join(await real(dirname(uri.fsPath)), basename(uri.fsPath)),
  );
  if (inside !== '..' && !inside.startsWith(`..${process.platform === 'win32' ? '\\' : '/'}`) && !isAbsolute(inside)) {
    throw new CommandError(
      l10n.t('Choose another folder: {file} is in the folder where the experiments themselves are kept.', {
        file: uri.fsPath,
      }),
    );
  }
}
