import { basename } from 'node:path';
import { commands, l10n, QuickPickItemKind, Uri, window, type QuickPickItem } from 'vscode';
import type { RestoreResult, SalvageResult } from '../../api';
import type { BackupKind, BackupName } from '../../store/backupNames';
import type { BackupCheck, Restored } from '../../store/restore';
import { commandId } from '../contributions';
import { lostText } from '../data/mergeTexts';
import { mergePage } from '../data/mergePage';
import { formatDateTime, formatNumber, formatWhen } from '../format';
import { Cancelled, CommandError, type App } from './app';
import type { Call } from './call';
import { importResultOf } from './databases';
import { requireFileUri } from './uris';

function kindText(kind: BackupKind): string {
  switch (kind) {
    case 'regular':
      return l10n.t('automatic');
    case 'migration':
      return l10n.t('before an update of the extension');
    case 'import':
      return l10n.t('before an import');
    case 'restore':
      return l10n.t('before a backup was restored');
  }
}

function contentText({ experiments, tags }: { experiments: number; tags: number }): string {
  return l10n.t('Experiments: {experiments}, tags: {tags}', {
    experiments: formatNumber(experiments),
    tags: formatNumber(tags),
  });
}

function checkText(check: BackupCheck | undefined): string {
  if (check === undefined) return l10n.t('Checking…');
  return check.sound
    ? l10n.t('$(pass) Sound: {content}', { content: contentText(check) })
    : l10n.t('$(error) Damaged: {detail}', { detail: check.detail.replaceAll('$(', '$ (') });
}

/** Puts a backup in the place of the database. A program names it, or passes `empty` for an empty database. */
export async function restoreBackup(app: App, call: Call): Promise<RestoreResult> {
  await app.model.refreshStore();
  const name = call.interactive ? await askBackup(app) : await readBackup(app, call);
  const restored = await app.file.restore(name);
  await app.model.refreshStore();
  if (call.interactive) tellRestored(app, restored);
  const { backup, experiments, tags, keptAs } = restored;
  return {
    ...(backup === undefined ? {} : { backup }),
    experiments,
    tags,
    ...(keptAs === undefined ? {} : { keptAs: Uri.file(keptAs).toString() }),
  };
}

async function readBackup(app: App, call: Call): Promise<string | undefined> {
  const { backup, empty } = call.raw;
  if (backup === undefined && empty === true) return undefined;
  const names = (await app.file.backups()).map(({ name }) => name);
  const found = names.find((name) => name === backup);
  if (found !== undefined) return found;
  throw new CommandError(
    names.length === 0
      ? l10n.t('There is no backup.')
      : l10n.t('Pass the backup, one of: {names}', { names: names.join(', ') }),
  );
}

interface BackupItem extends QuickPickItem {
  backup?: BackupName;
  empty?: true;
  check?: BackupCheck;
}

/** The list is there at once; whether each backup is sound is found out one after the other, while the person reads. */
async function askBackup(app: App): Promise<string | undefined> {
  const backups = [...(await app.file.backups())].reverse();
  const damaged = app.model.state.store.status.kind === 'readOnly';
  if (backups.length === 0 && !damaged) throw new CommandError(l10n.t('There is no backup yet.'));
  const items: BackupItem[] = backups.map((backup) => ({
    label: formatDateTime(backup.at),
    description: [formatWhen(backup.at, app.now()), kindText(backup.kind)].join(' · '),
    detail: checkText(undefined),
    backup,
  }));
  if (damaged) {
    items.push(
      { label: '', kind: QuickPickItemKind.Separator },
      {
        label: l10n.t('An Empty Database'),
        detail: l10n.t('Begin anew. The damaged file is kept, and what can be read of it can be added.'),
        empty: true,
      },
    );
  }
  const pick = window.createQuickPick<BackupItem>();
  pick.title = l10n.t('Restore Backup');
  pick.placeholder = damaged
    ? l10n.t('Which one takes the place of the damaged file? The damaged file is kept.')
    : l10n.t('Which one takes the place of the experiments of now? They become a backup first.');
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  pick.items = items;
  let open = true;
  const checkAll = async (): Promise<void> => {
    for (const item of items) {
      if (!open || item.backup === undefined) continue;
      item.check = await app.file.checkBackup(item.backup);
      item.detail = checkText(item.check);
      const active = pick.activeItems;
      pick.items = [...items];
      pick.activeItems = active;
      // Others get their turn between two files.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const chosen = await new Promise<BackupItem>((resolve, reject) => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item !== undefined && item.check?.sound !== false) resolve(item);
    });
    pick.onDidHide(() => {
      reject(new Cancelled());
    });
    pick.show();
    checkAll().catch(reject);
  }).finally(() => {
    open = false;
    pick.dispose();
  });
  if (!damaged) await confirmRestore(chosen.label);
  return chosen.backup?.name;
}

/** What is here is sound: replacing it is asked for once more. */
async function confirmRestore(time: string): Promise<void> {
  const go = l10n.t('Restore');
  const picked = await window.showQuickPick(
    [
      { label: l10n.t('Keep What Is Here') },
      { label: go, detail: l10n.t('Everything since then leaves the views. A backup of it is made first.') },
    ],
    { title: l10n.t('Restore the backup of {time}?', { time }), ignoreFocusOut: true },
  );
  if (picked?.label !== go) throw new Cancelled();
}

function tellRestored(app: App, restored: Restored): void {
  const content = contentText(restored);
  const { keptAs } = restored;
  if (keptAs === undefined) {
    app.notifier.info(l10n.t('The backup was restored: {content}.', { content }));
    return;
  }
  app.notifier.info(
    l10n.t('Restored: {content}. The damaged file was kept as {file}.', { content, file: basename(keptAs) }),
    {
      label: l10n.t('Add What Can Be Read of It'),
      run: () => commands.executeCommand(commandId('salvageDatabase')),
    },
    { label: l10n.t('Show in Folder'), run: () => commands.executeCommand('revealFileInOS', Uri.file(keptAs)) },
  );
}

/** Adds what can be read of a damaged file, by the rules of tagging, and tells row by row what was lost. */
export async function salvageDatabase(app: App, call: Call): Promise<SalvageResult> {
  await app.model.refreshStore();
  const { status } = app.model.state.store;
  if (status.kind === 'readOnly') {
    throw new CommandError(l10n.t('Restore a backup first, then add what can be read of the damaged file.'));
  }
  const uri =
    call.interactive || call.raw['uri'] === undefined ? await newestDamaged(app) : requireFileUri(call.raw['uri']);
  const file = basename(uri.fsPath);
  const { rows, lost } = await app.file.salvage(uri.fsPath);
  const result = await app.file.merge(rows, {
    author: app.author(call.interactive ? 'person' : 'program'),
    reason: l10n.t('Salvaged from {file}', { file }),
    takeDamaged: false,
  });
  await app.model.refreshStore();
  if (call.interactive) {
    const title = l10n.t('Salvage of {file}', { file });
    const intro = [
      l10n.t('What can be read of the damaged file was added to the experiments. The file was not changed.'),
      uri.fsPath,
    ];
    await app.pages.show(title, mergePage({ title, intro, result, lost }));
  }
  return { ...importResultOf(uri, result), lost: lost.map((part) => ({ ...part, message: lostText(part) })) };
}

async function newestDamaged(app: App): Promise<Uri> {
  const [newest] = await app.file.damagedFiles();
  if (newest === undefined) throw new CommandError(l10n.t('No damaged file was kept, so there is nothing to salvage.'));
  return Uri.file(newest);
}
