import { l10n } from 'vscode';
import type { FileChange } from '../assignment/hookFiles';
import type { HookStatus } from '../assignment/hooks';

export function hookStateText(state: HookStatus['state']): string {
  switch (state) {
    case 'inPlace':
      return l10n.t('in place');
    case 'missing':
      return l10n.t('not installed');
    case 'other':
      return l10n.t('another command: install again');
    case 'damaged':
      return l10n.t('settings are damaged');
    case 'unexpected':
      return l10n.t('settings have an unknown form');
    case 'unreadable':
      return l10n.t('settings cannot be read');
  }
}

/** Why a settings file is left as it is, and what to do. */
export function hookProblemText(
  problem: (FileChange & { ok: false })['problem'],
  file: string,
  detail: string,
): string {
  switch (problem) {
    case 'damaged':
      return l10n.t('{file} is not valid JSON, so it was left as it is. Mend it and try again.', { file });
    case 'unexpected':
      return l10n.t('{file} has hooks in a form that the agent does not document, so it was left as it is.', { file });
    case 'shared':
      return l10n.t(
        '{file} is for everybody who works in the folder, and the hook names a program of yours, so nothing was written. Install it for you in all folders: sessions in folders without an experiment are not affected.',
        { file },
      );
    case 'unreadable':
      return l10n.t('{file} cannot be read, so it was left as it is: {detail}', { file, detail });
  }
}
