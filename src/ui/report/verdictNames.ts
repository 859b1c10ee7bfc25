import { l10n } from 'vscode';
import type { VerdictKind } from '../../api';
import type { ReportFacts } from '../../domain/reportFacts';
import type { Tone } from '../../webview/pageData';

/** What the verdict means for the person, at a glance. What has ended does not ask to wait. */
export function toneOf({ verdict, experiment }: ReportFacts): Tone {
  const hasEnded = experiment.state === 'Concluded' || experiment.state === 'Archived';
  switch (verdict.kind) {
    case 'TargetMet':
    case 'Better':
      return 'good';
    case 'NotWorthIt':
      return 'even';
    case 'Harmful':
      return 'bad';
    case 'KeepRunning':
    case 'TooFewSessions':
      return hasEnded ? 'even' : 'wait';
    case 'Untrusted':
      return 'caution';
  }
}

/** For the moments at which the comparison alone changed its verdict. */
export function verdictName(kind: VerdictKind): string {
  switch (kind) {
    case 'TargetMet':
      return l10n.t('Target met');
    case 'Better':
      return l10n.t('Better');
    case 'NotWorthIt':
      return l10n.t('Not worth it');
    case 'Harmful':
      return l10n.t('Harmful');
    case 'KeepRunning':
      return l10n.t('Open');
    case 'TooFewSessions':
      return l10n.t('Too few sessions');
    case 'Untrusted':
      return l10n.t('Not to be trusted');
  }
}
