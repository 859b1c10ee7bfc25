import { l10n } from 'vscode';
import type { Composition, Interval, LateTags, ReportFacts } from '../../domain/reportFacts';
import type { Format } from '../../webview/format';
import type { PageData } from '../../webview/pageData';
import { agentName, formatShare } from '../format';

const COSTS: readonly ReportFacts['plan']['metric'][] = ['CostPerSession', 'CostByPrompt'];

/** What stands beside the verdict: the same comparison in other lights, and whether the two sides are alike. */
export function checkLines(facts: ReportFacts, format: Format): PageData['checks'] {
  const { medianDifference, meanDifference, ranks, plan, composition, lateTags, design } = facts;
  const lines: PageData['checks'] = [];
  if (ranks !== undefined) lines.push({ label: l10n.t('By ranks'), value: ranksText(ranks) });
  if (meanDifference !== undefined && COSTS.includes(plan.metric)) {
    const text = intervalText(meanDifference, format);
    lines.push({
      label: l10n.t('Money'),
      value: l10n.t('{interval} on average. A bill is made of averages; valid however often you look.', {
        interval: text,
      }),
    });
  }
  if (medianDifference !== undefined) {
    const text = intervalText(medianDifference, format);
    lines.push({
      label: l10n.t('Middle values'),
      value: l10n.t('{interval}. Not to decide by: it is not valid at every look.', { interval: text }),
    });
  }
  for (const mix of composition) {
    const text = mixText(mix);
    if (text !== undefined) lines.push({ label: propertyName(mix.property), value: text });
  }
  if (design === 'tagged' && lateTags.Control.tagged + lateTags.Treatment.tagged > 0) {
    lines.push({ label: l10n.t('Late tags'), value: lateText(lateTags) });
  }
  return lines;
}

function intervalText({ estimate, lower, upper }: Interval, format: Format): string {
  const write = (value: number | null): string => (value === null ? '…' : format.effect('difference', value));
  return l10n.t('{change} ({lower} to {upper})', {
    change: write(estimate),
    lower: write(lower),
    upper: write(upper),
  });
}

function ranksText({ estimate, lower, upper, disagrees }: NonNullable<ReportFacts['ranks']>): string {
  const share = (value: number | null, end: number): string => formatShare(value ?? end);
  const text = l10n.t(
    'Of two sessions, that of Treatment has the higher value in {share} ({lower} to {upper}); half would be no difference.',
    { share: formatShare(estimate), lower: share(lower, 0), upper: share(upper, 1) },
  );
  return disagrees ? `${text} ${l10n.t('This points the other way.')}` : text;
}

export function propertyName(property: Composition['property']): string {
  switch (property) {
    case 'agent':
      return l10n.t('Agents');
    case 'model':
      return l10n.t('Models');
    case 'version':
      return l10n.t('Versions');
  }
}

const VALUES_SHOWN = 6;

/** A version stands behind its agent: see `compositionOf`. */
function valueName(property: Composition['property'], value: string): string {
  if (property === 'model') return value;
  const [agent = '', ...version] = value.split(' ');
  return [agentName(agent), ...version].join(' ');
}

/** Undefined where nothing is known of it. */
function mixText({ property, counts, differs }: Composition): string | undefined {
  if (counts.every(({ value }) => value === '')) return undefined;
  const name = (value: string): string => (value === '' ? l10n.t('unknown') : valueName(property, value));
  const shown = counts.slice(0, VALUES_SHOWN).map(({ value, Control, Treatment }) =>
    l10n.t('{value}: {control} of Control, {treatment} of Treatment', {
      value: name(value),
      control: Control,
      treatment: Treatment,
    }),
  );
  const text = shown.join('; ');
  const more = counts.length - shown.length;
  const all = more > 0 ? l10n.t('{text}; and {more} more', { text, more }) : text;
  return differs ? `${all}. ${l10n.t('The two sides are not alike.')}` : all;
}

function lateText({ Control, Treatment }: Record<'Control' | 'Treatment', LateTags>): string {
  return l10n.t(
    'Tagged only after the session had ended: {control} of Control, {treatment} of Treatment. Changed then: {changed}.',
    {
      control: Control.late + Control.changed,
      treatment: Treatment.late + Treatment.changed,
      changed: Control.changed + Treatment.changed,
    },
  );
}
