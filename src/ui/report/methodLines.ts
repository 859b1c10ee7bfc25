import { l10n } from 'vscode';
import type { ReportFacts } from '../../domain/reportFacts';
import { metricText } from '../texts';

/** How the numbers came about, for those who want to check them. */
export function methodLines({ experiment, transform, unit, design, plan }: ReportFacts): string[] {
  const metric = metricText(experiment.metric);
  return [
    `${metric.label}: ${metric.detail}`,
    compared(transform),
    l10n.t(
      'The interval is valid at every look (level {level}): reading the report again and again, or stopping when it looks good, does not make it wrong.',
      { level: `${Math.round((1 - plan.alpha) * 1000) / 10}%` },
    ),
    ...(unit === 'day' ? [l10n.t('Sessions of a day are averaged first, since sessions of one day are alike.')] : []),
    ...(design === 'observational'
      ? [
          l10n.t(
            'Observational: the variant follows from when a session ran, so something else may have changed with it.',
          ),
        ]
      : []),
  ];
}

function compared(transform: ReportFacts['transform']): string {
  switch (transform) {
    case 'log':
      return l10n.t('Compared: typical sessions (geometric means), by an anytime-valid t-test on logarithms.');
    case 'log1p':
      return l10n.t(
        'Compared: typical sessions, by an anytime-valid t-test on ln(1 + value), since counts may be zero.',
      );
    case 'proportion':
      return l10n.t('Compared: shares of successes, by an anytime-valid interval of their difference.');
    case 'mean':
      return l10n.t('Compared: means, by an anytime-valid interval of their difference.');
  }
}
