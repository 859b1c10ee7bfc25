import { l10n } from 'vscode';
import type { Experiment, Report, Session, VariantSummary } from '../../api';
import { agentName, formatDateTime, formatNumber, sessionName } from '../format';
import { metricText, stateName, variantName } from '../texts';

export const REPORT_FORMATS = ['markdown', 'json', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportContent {
  /** Whether the Markdown says when it was made. The page does not: it is always up to date, and would change every minute. */
  stamped: boolean;
  report: Report;
  experiment: Experiment;
  session: (id: string) => Session | undefined;
}

export function formatReport(format: ReportFormat, content: ReportContent): string {
  switch (format) {
    case 'markdown':
      return markdown(content);
    case 'json':
      return `${JSON.stringify(content.report, null, 2)}\n`;
    case 'csv':
      return csv(content.report);
  }
}

/** Text from transcripts and file names must not become markup, links or table cells. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~&:@]/g, (character) => `\\${character}`);
}

const cell = (value: number | undefined): string => (value === undefined ? '–' : formatNumber(value));

function markdown({ report, experiment, session, stamped }: ReportContent): string {
  const { control, treatment } = report.variants;
  const name = (id: string): string => escapeMarkdown(sessionName(session(id), id));
  const row = (label: string, summary: VariantSummary): string =>
    `| ${label} | ${summary.n} | ${summary.missing} | ${cell(summary.median)} | ${cell(summary.mean)} |`;
  const metric = metricText(report.metric);
  const lines = [
    `# ${escapeMarkdown(experiment.name)}`,
    '',
    `**${report.verdict.sentence}**`,
    '',
    ...report.verdict.reasons.map((reason) => `- ${reason}`),
    '',
    `## ${metric.label}`,
    '',
    metric.detail,
    '',
    `| ${l10n.t('Variant')} | ${l10n.t('Sessions')} | ${l10n.t('Missing')} | ${l10n.t('Median')} | ${l10n.t('Mean')} |`,
    '| :-- | --: | --: | --: | --: |',
    row(l10n.t('Control'), control),
    row(l10n.t('Treatment'), treatment),
    '',
    l10n.t('Missing: the session has the variant, and no value of this metric is known for it.'),
    '',
    `## ${l10n.t('The experiment')}`,
    '',
    `- ${l10n.t('State')}: ${stateName(report.state)}`,
    ...(experiment.changeDescription ? [`- ${l10n.t('Change')}: ${escapeMarkdown(experiment.changeDescription)}`] : []),
    ...(experiment.hypothesis ? [`- ${l10n.t('Hypothesis')}: ${escapeMarkdown(experiment.hypothesis)}`] : []),
    ...(experiment.startedAt === undefined ? [] : [`- ${l10n.t('Started')}: ${formatDateTime(experiment.startedAt)}`]),
    ...(experiment.concludedAt === undefined
      ? []
      : [`- ${l10n.t('Concluded')}: ${formatDateTime(experiment.concludedAt)}`]),
    ...(stamped ? [`- ${l10n.t('Read')}: ${formatDateTime(report.computedAt)}`] : []),
    '',
    `## ${l10n.t('Sessions that count')}`,
    '',
    ...sampleTable(report, session, name),
    '',
    `## ${l10n.t('Left out')}`,
    '',
    ...exclusions(report, name),
    '',
  ];
  return lines.join('\n');
}

function sampleTable(report: Report, session: ReportContent['session'], name: (id: string) => string): string[] {
  if (report.sample.length === 0) return [l10n.t('None yet. Tag a session as Control or Treatment.')];
  return [
    `| ${l10n.t('Started')} | ${l10n.t('Variant')} | ${metricText(report.metric).label} | ${l10n.t('Session')} | ${l10n.t('Agent')} |`,
    '| :-- | :-- | --: | :-- | :-- |',
    ...report.sample.map(
      ({ sessionId, variant, value, startedAt }) =>
        `| ${formatDateTime(startedAt)} | ${variantName(variant)} | ${value === undefined ? l10n.t('unknown') : formatNumber(value)} | ${name(sessionId)} | ${escapeMarkdown(agentName(session(sessionId)?.agent ?? ''))} |`,
    ),
  ];
}

function exclusions(report: Report, name: (id: string) => string): string[] {
  if (report.excluded.length === 0) return [l10n.t('Nothing.')];
  const byReason = new Map<string, string[]>();
  for (const { sessionId, reason } of report.excluded) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), sessionId]);
  }
  const shown = 10;
  return [...byReason].map(([reason, ids]) => {
    const names = ids.slice(0, shown).map(name).join('; ');
    const more = ids.length > shown ? l10n.t(' and {count} more', { count: ids.length - shown }) : '';
    return `- ${reason} (${ids.length}): ${names}${more}`;
  });
}

/** One line per session of the sample and per exclusion. Cells that a spreadsheet would run as a formula are defused. */
function csv(report: Report): string {
  const quote = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows: (string | number)[][] = [
    ['session_id', 'variant', 'source', 'started_at', 'metric', 'value', 'excluded_because'],
    ...report.sample.map(({ sessionId, variant, source, startedAt, value }) => [
      sessionId,
      variant,
      source,
      new Date(startedAt).toISOString(),
      report.metric,
      value ?? '',
      '',
    ]),
    ...report.excluded.map(({ sessionId, reason }) => [sessionId, '', '', '', report.metric, '', reason]),
  ];
  return rows.map((cells) => `${cells.map(quote).join(',')}\r\n`).join('');
}
