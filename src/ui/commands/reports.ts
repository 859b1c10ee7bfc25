import { l10n, Uri, window, workspace } from 'vscode';
import type { Experiment } from '../../api';
import { refusalMessage } from '../texts';
import { EXPORT_FORMATS } from '../../webview/messages';
import type { ReportFormat } from '../report/reports';
import { Cancelled, CommandError, resolveExperiment, type App } from './app';
import type { Call } from './call';
import { readUri } from './uris';

export async function openReport(app: App, call: Call): Promise<void> {
  await app.model.refresh();
  const experiment = await readable(app, call, l10n.t('Open Report'));
  app.openReport(experiment);
}

/** What could be read of a damaged experiment must not be taken for its report. */
export async function readable(app: App, call: Call, title: string): Promise<Experiment> {
  const experiment = await resolveExperiment(app, call, { title, preferActive: call.interactive });
  if (experiment.damaged !== undefined) {
    throw new CommandError(refusalMessage('damagedExperiment', { session: '', experiment: experiment.name }));
  }
  await app.model.prepareReport(experiment);
  return experiment;
}

async function write(uri: Uri, text: string): Promise<void> {
  try {
    await workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CommandError(l10n.t('The report was not saved as {file}: {detail}', { file: uri.fsPath, detail }), {
      cause: error,
    });
  }
}

const extensions: Record<ReportFormat, string> = { markdown: 'md', json: 'json', csv: 'csv' };

/** Returns the text; writes it too where a program passes `uri` or a person chooses a file. */
export async function exportReport(app: App, call: Call): Promise<string> {
  await app.model.refresh();
  const experiment = await readable(app, call, l10n.t('Export Report'));
  const format = call.interactive ? await askFormat() : readFormat(call.raw['format']);
  if (call.interactive) return saveReport(app, experiment, format);
  const text = app.reports.text(experiment, format);
  const uri = readUri(call.raw['uri']);
  if (uri !== undefined) await write(uri, text);
  return text;
}

/** Asks for the file. */
export async function saveReport(app: App, experiment: Experiment, format: ReportFormat): Promise<string> {
  const text = app.reports.text(experiment, format);
  const uri = await askFile(experiment.name, format);
  await write(uri, text);
  app.notifier.done(l10n.t('The report was saved as {file}.', { file: uri.fsPath }));
  return text;
}

function readFormat(value: unknown): ReportFormat {
  const format = EXPORT_FORMATS.find((known) => known === value);
  if (format === undefined) throw new CommandError(l10n.t('Pass the format: markdown, json or csv.'));
  return format;
}

async function askFormat(): Promise<ReportFormat> {
  const picked = await window.showQuickPick(
    [
      { label: 'Markdown', detail: l10n.t('To read, or to paste into a pull request.'), format: 'markdown' as const },
      { label: 'CSV', detail: l10n.t('Every session on a line, for a spreadsheet.'), format: 'csv' as const },
      { label: 'JSON', detail: l10n.t('Everything, for a program.'), format: 'json' as const },
    ],
    { title: l10n.t('Export Report'), placeHolder: l10n.t('In which format?'), ignoreFocusOut: true },
  );
  if (!picked) throw new Cancelled();
  return picked.format;
}

async function askFile(name: string, format: ReportFormat): Promise<Uri> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const file = `${name.replace(/[^\p{L}\p{N} _-]+/gu, '').trim() || 'report'}.${extensions[format]}`;
  const uri = await window.showSaveDialog({
    ...(folder ? { defaultUri: Uri.joinPath(folder, file) } : {}),
    filters: { [format]: [extensions[format]] },
  });
  if (!uri) throw new Cancelled();
  return uri;
}
