import { l10n } from 'vscode';
import type { Direction, Metric } from '../../api';
import type { ReportUnit } from '../../domain/reportFacts';
import type { Texts } from '../../webview/pageData';
import { metricText } from '../texts';

/** The labels of the page, in the person's language. */
export function pageTexts(metric: Metric, good: Direction, unit: ReportUnit, sessionsNone: string): Texts {
  const better = good === 'Decrease' ? l10n.t('less: better') : l10n.t('more: better');
  const worse = good === 'Decrease' ? l10n.t('more: worse') : l10n.t('less: worse');
  return {
    control: l10n.t('Control'),
    treatment: l10n.t('Treatment'),
    exportAs: l10n.t('Export {0}'),
    copyMarkdown: l10n.t('Copy as Markdown'),
    effectTitle: l10n.t('What the change did'),
    effectNone: l10n.t('Nothing can be compared yet.'),
    noChange: l10n.t('no change'),
    target: l10n.t('target {0}'),
    targetName: l10n.t('Target'),
    better,
    worse,
    asTable: l10n.t('Show as a Table'),
    lower: l10n.t('Lower bound'),
    upper: l10n.t('Upper bound'),
    estimate: l10n.t('Estimate'),
    unbounded: l10n.t('none yet'),
    sessionsTitle: l10n.t('Every session'),
    sessionsNone,
    sessions: l10n.t('{0} sessions'),
    median: l10n.t('median'),
    mean: l10n.t('mean'),
    missing: l10n.t('{0} without a value'),
    logScale: l10n.t('logarithmic'),
    overTimeTitle: l10n.t('How the answer came'),
    overTimeNone: l10n.t('There is nothing to follow yet.'),
    sessionsSoFar: unit === 'day' ? l10n.t('Days so far') : l10n.t('Sessions so far'),
    when: l10n.t('When'),
    decision: l10n.t('Verdict from then on'),
    guardrailsTitle: l10n.t('Guardrails'),
    guardrailsNone: l10n.t('None were set.'),
    guardrail: l10n.t('Must not get worse'),
    limit: l10n.t('Limit'),
    status: l10n.t('Status'),
    change: l10n.t('Change'),
    decideTitle: l10n.t('What would decide it'),
    sampleTitle: l10n.t('Sessions that count'),
    started: l10n.t('Started'),
    variant: l10n.t('Variant'),
    session: l10n.t('Session'),
    agent: l10n.t('Agent'),
    source: l10n.t('Variant from'),
    unknown: l10n.t('unknown'),
    openTranscript: l10n.t('Open the transcript: {0}'),
    revealSession: l10n.t('Show in the side bar: {0}'),
    revealShort: l10n.t('Show in the Side Bar'),
    sortBy: l10n.t('Sort by: {0}'),
    showMore: l10n.t('Show {0} More'),
    showAll: l10n.t('Show All'),
    shownOf: l10n.t('{0} of {1} sessions.'),
    leftOutTitle: l10n.t('Left out and missing'),
    leftOutNone: l10n.t('Nothing.'),
    andMore: l10n.t('and {0} more'),
    methodTitle: l10n.t('How this was computed'),
    aboutTitle: l10n.t('The experiment'),
    points: l10n.t('{0} points'),
    withChange: l10n.t('{metric} with the change', { metric: metricText(metric).label }),
  };
}
