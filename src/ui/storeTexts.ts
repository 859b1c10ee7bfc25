import { l10n } from 'vscode';
import type { ReadOnlyProblem, StoreError } from '../store/errors';

/** What is wrong with the experiments file and what to do about it. */
export function readOnlyText(problem: ReadOnlyProblem, file: string): string {
  switch (problem) {
    case 'unreadable':
      return l10n.t(
        'The experiments file cannot be read. It was left as it is and nothing is written. Restore a backup to go on; the file itself is kept: {file}',
        { file },
      );
    case 'newer':
      return l10n.t(
        'The experiments file was written by a newer version of Agent Experiments. Update the extension to change it; until then nothing is written: {file}',
        { file },
      );
    case 'inUse':
      return l10n.t(
        'Another program has the experiments file open for writing, or stopped while it had. Close that program and try again: {file}',
        { file },
      );
    case 'link':
      return l10n.t(
        'The experiments file is a symbolic link, and writing would replace it. Put the file itself in its place: {file}',
        { file },
      );
  }
}

export function storeErrorText({ fault }: StoreError): string {
  switch (fault.code) {
    case 'readOnly':
      return readOnlyText(fault.problem, fault.file);
    case 'busy':
      return fault.holder
        ? l10n.t('Another window (process {pid} on {machine}) is still writing. Nothing was changed; try again.', {
            pid: fault.holder.pid,
            machine: fault.holder.machine,
          })
        : l10n.t('Another window is still writing. Nothing was changed; try again.');
    case 'diskFull':
      return l10n.t('The disk is full, so the change was not saved. Free some space and try again: {file}', {
        file: fault.file,
      });
    case 'noPermission':
      return l10n.t('The change was not saved: no permission to write {file} ({errno}).', {
        file: fault.file,
        errno: fault.errno,
      });
    case 'io':
      return fault.saved === 'unknown'
        ? l10n.t('The change was written, but the disk did not confirm it ({errno}): {file}', {
            file: fault.file,
            errno: fault.errno,
          })
        : l10n.t('The change was not saved: the disk reported {errno} for {file}.', {
            file: fault.file,
            errno: fault.errno,
          });
    case 'invalidValue':
      return l10n.t('{field} cannot be stored: it is empty, too long or not proper text.', { field: fault.field });
    case 'engine':
      return l10n.t('SQLite could not be used: {detail}', { detail: fault.detail });
    case 'disposed':
      return l10n.t('The window is closing; nothing was changed.');
  }
}
