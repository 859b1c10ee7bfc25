import { l10n } from 'vscode';
import type { Effect, Experiment, Metric, Report, Session } from '../../api';
import { isHidden } from '../../domain/blinding';
import type { GuardrailFacts, Look, ReportFacts } from '../../domain/reportFacts';
import { makeFormat, type Format } from '../../webview/format';
import type { GuardrailRow, Interval, LeftOut, PageData, PageSession, Texts, Unit } from '../../webview/pageData';
import { agentName, formatDateTime, sessionName } from '../format';
import { metricText, stateName } from '../texts';
import { checkLines } from './checkLines';
import { methodLines } from './methodLines';
import { pageTexts } from './pageTexts';
import { toneOf, verdictName } from './verdictNames';
import { outlookText, reasonText, verdictSentences } from './verdictTexts';

export interface PageInput {
  facts: ReportFacts;
  report: Report;
  /** With `transcript` where it can be opened. */
  session: (id: string) => (Session & { transcript?: string | undefined }) | undefined;
  /** BCP 47. */
  locale: string;
}

/** Everything that the page shows, with the sentences in the person's language. */
export function pageOf({ facts, report, session, locale }: PageInput): PageData {
  const { experiment, plan, effect, unit } = facts;
  const general = pageTexts(experiment.metric, plan.target.good, unit, sessionsNone(facts));
  const texts = isHidden(facts) ? { ...general, ...hiddenTexts() } : general;
  const format = makeFormat(locale, unitOf[experiment.metric], texts.points);
  const outlook = outlookText(facts);
  const [headline = '', ...rest] = verdictSentences(facts);
  const shown = effect === undefined ? undefined : intervalOf(effect);
  return {
    experimentId: experiment.id,
    locale,
    name: oneLine(experiment.name),
    subtitle: [
      stateName(experiment.state),
      metricText(experiment.metric).label,
      ...(experiment.startedAt === undefined
        ? []
        : [l10n.t('since {when}', { when: format.date(experiment.startedAt) })]),
    ].join(' · '),
    verdict: {
      tone: toneOf(facts),
      headline,
      // While nothing is decided, what matters is how long it takes.
      sentence: rest.length > 0 ? rest.join(' ') : (outlook ?? ''),
      // The interval is told and drawn below.
      reasons: facts.verdict.reasons
        .filter(({ code }) => code !== 'comparison')
        .map((reason) => reasonText(reason, facts)),
    },
    metric: { ...metricText(experiment.metric), unit: unitOf[experiment.metric], better: plan.target.good },
    summaries: (isHidden(facts) ? [] : (['Control', 'Treatment'] as const)).map((variant) => {
      const { n, missing, median, mean } = facts.variants[variant];
      return {
        variant,
        n,
        missing,
        ...(median === undefined ? {} : { median }),
        ...(mean === undefined ? {} : { mean }),
      };
    }),
    ...(shown === undefined ? {} : { effect: shown }),
    ...(facts.targetAt === undefined ? {} : { target: facts.targetAt }),
    spoken: {
      effect: effectSentence(facts, shown, format),
      effectRange: shown === undefined ? '' : rangeText(shown, format, plan.alpha),
      sessions: l10n.t(
        'Each dot is a session; the bars are the middle values. The table of sessions below has all numbers.',
      ),
      overTime: overTimeSentence(facts, format),
    },
    looks: thin(facts).map(({ look, decision }) => ({
      at: look.at,
      sessions: look.control + look.treatment,
      interval: intervalOf({ ...look, scale: effect?.scale ?? 'difference' }),
      ...(decision === undefined ? {} : { decision }),
    })),
    guardrails: facts.guardrails.map((guardrail) => guardrailRow(guardrail, locale)),
    decide: outlook === undefined ? [] : [outlook],
    sample: report.sample.flatMap((row): PageSession[] => {
      const { sessionId: id, variant, source, value, startedAt } = row;
      if (variant === 'Excluded') return [];
      const known = session(id);
      return [
        {
          id,
          title: oneLine(sessionName(known, id)),
          agent: agentName(known?.agent ?? ''),
          variant,
          source: sourceName(source),
          startedAt,
          hasTranscript: known?.transcript !== undefined,
          ...(value === undefined ? {} : { value }),
        },
      ];
    }),
    leftOut: leftOutOf(report, session),
    checks: checkLines(facts, format),
    about: aboutLines(experiment, facts, format),
    method: methodLines(facts),
    texts,
  };
}

/** An empty part of a blinded report is hidden, which is not the same as that there is nothing. */
function hiddenTexts(): Partial<Texts> {
  const hidden = l10n.t('Hidden until there is a verdict, or the end.');
  return { effectNone: hidden, overTimeNone: hidden, guardrailsNone: hidden };
}

function sessionsNone(facts: ReportFacts): string {
  if (isHidden(facts)) return l10n.t('Sessions and their variants are hidden until there is a verdict, or the end.');
  return facts.design === 'tagged'
    ? l10n.t('No session counts yet. Tag one as Control or Treatment.')
    : l10n.t('No session counts yet.');
}

export const unitOf: Record<Metric, Unit> = {
  TokensPerSession: 'count',
  CostPerSession: 'usd',
  SuccessRate: 'share',
  ToolLoops: 'count',
  DurationMinutes: 'minutes',
  FilesPerSession: 'count',
  SuccessRateByPrompt: 'share',
  CostByPrompt: 'usd',
};

const TITLE_LENGTH = 160;

/** Titles come from transcripts: of any length, with line breaks and control characters. */
function oneLine(text: string): string {
  const plain = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (plain.length <= TITLE_LENGTH) return plain;
  // By code points: a cut within a pair of surrogates would leave half a letter.
  return `${Array.from(plain.slice(0, 2 * TITLE_LENGTH))
    .slice(0, TITLE_LENGTH)
    .join('')}…`;
}

export function intervalOf({
  scale,
  estimate,
  lower,
  upper,
}: Pick<Effect, 'scale' | 'estimate' | 'lower' | 'upper'>): Interval {
  return { scale, estimate, ...(lower === null ? {} : { lower }), ...(upper === null ? {} : { upper }) };
}

const sureness = (alpha: number): string => `${Math.round((1 - alpha) * 1000) / 10}%`;

/** The interval in words, such as `−42% to −18%, 95% sure`. */
export function rangeText({ scale, lower, upper }: Interval, format: Format, alpha: number): string {
  const sure = sureness(alpha);
  const write = (value: number): string => format.effect(scale, value);
  if (lower !== undefined && upper !== undefined)
    return l10n.t('between {lower} and {upper}, {sure} sure', { lower: write(lower), upper: write(upper), sure });
  if (lower !== undefined) return l10n.t('at least {lower}, {sure} sure', { lower: write(lower), sure });
  if (upper !== undefined) return l10n.t('at most {upper}, {sure} sure', { upper: write(upper), sure });
  return l10n.t('could be anything yet');
}

function effectSentence(facts: ReportFacts, effect: Interval | undefined, format: Format): string {
  if (effect === undefined) return '';
  const sentence = l10n.t('With the change: {estimate} ({range}). The range is valid however often you look.', {
    estimate: format.effect(effect.scale, effect.estimate),
    range: rangeText(effect, format, facts.plan.alpha),
  });
  if (facts.targetAt === undefined) return sentence;
  return `${sentence} ${l10n.t('The target is {target}.', { target: format.effect(effect.scale, facts.targetAt) })}`;
}

/** Changes of the verdict that lasted: one that is taken back within a few sessions is no decision. */
function lastingDecisions({ looks, decisionPoints }: ReportFacts): ReportFacts['decisionPoints'] {
  const least = Math.max(3, looks.length / 20);
  const lasting = decisionPoints.filter(({ look }, index) => {
    const next = decisionPoints[index + 1]?.look;
    return next === undefined || next - look >= least;
  });
  // What comes back to the same verdict did not change it.
  return lasting.filter(({ to }, index) => lasting[index - 1]?.to !== to);
}

function overTimeSentence(facts: ReportFacts, format: Format): string {
  const { looks, unit } = facts;
  const marks = lastingDecisions(facts).flatMap(({ look: index, to }, number) => {
    const look = looks[index];
    if (look === undefined) return [];
    const parts = {
      number: number + 1,
      verdict: verdictName(to),
      when: format.date(look.at),
      count: format.count(look.control + look.treatment),
    };
    return unit === 'day'
      ? l10n.t('{number}: {verdict}, {when}, after {count} days.', parts)
      : l10n.t('{number}: {verdict}, {when}, after {count} sessions.', parts);
  });
  if (marks.length > 0) return marks.join(' ');
  return l10n.t('The range narrows as sessions come in; it has not left “no change” or the target behind yet.');
}

/** More than this is neither seen in a plot nor read in a table. */
const LOOKS_SHOWN = 100;

/** At most so many looks, evenly over time, with every moment of a decision among them. */
function thin(facts: ReportFacts): { look: Look; decision?: string }[] {
  const { looks } = facts;
  const decisions = new Map(lastingDecisions(facts).map(({ look, to }) => [look, verdictName(to)]));
  const step = Math.max(1, Math.ceil(looks.length / LOOKS_SHOWN));
  return looks.flatMap((look, index) => {
    const decision = decisions.get(index);
    const kept = decision !== undefined || (looks.length - 1 - index) % step === 0;
    if (!kept) return [];
    return [{ look, ...(decision === undefined ? {} : { decision }) }];
  });
}

function guardrailRow({ metric, status, bad, ratio, marginAt, effect }: GuardrailFacts, locale: string): GuardrailRow {
  const format = makeFormat(locale, unitOf[metric], l10n.t('{0} points'));
  const statusTexts = {
    pass: l10n.t('Passed'),
    breached: l10n.t('Breached'),
    undecided: l10n.t('Not decided yet'),
  };
  const limit = format.effect('log', Math.log(ratio));
  return {
    label: metricText(metric).label,
    status,
    statusText: statusTexts[status],
    limit: bad === 'Increase' ? l10n.t('under {limit}', { limit }) : l10n.t('above {limit}', { limit }),
    ...(effect === undefined ? {} : { interval: intervalOf(effect), change: changeText(intervalOf(effect), format) }),
    ...(marginAt === undefined ? {} : { margin: marginAt }),
  };
}

function changeText({ scale, estimate, lower, upper }: Interval, format: Format): string {
  const write = (value: number | undefined): string => (value === undefined ? '…' : format.effect(scale, value));
  return l10n.t('{change} ({lower} to {upper})', { change: write(estimate), lower: write(lower), upper: write(upper) });
}

function sourceName(source: Report['sample'][number]['source']): string {
  switch (source) {
    case 'tag':
      return l10n.t('Tag');
    case 'assignment':
      return l10n.t('Assignment');
    case 'binding':
      return l10n.t('Binding');
  }
}

function leftOutOf(report: Report, session: PageInput['session']): LeftOut[] {
  const missing = report.sample.filter(({ value }) => value === undefined);
  const entries = [
    ...report.excluded,
    ...missing.map(({ sessionId }) => ({ sessionId, reason: l10n.t('Counts, but has no value of the metric') })),
  ];
  const groups = new Map<string, LeftOut>();
  for (const { sessionId: id, reason } of entries) {
    const group = groups.get(reason) ?? { reason, sessions: [] };
    group.sessions.push({ id, title: oneLine(sessionName(session(id), id)) });
    groups.set(reason, group);
  }
  return [...groups.values()];
}

function aboutLines(experiment: Experiment, { targetAt, effect }: ReportFacts, format: Format): PageData['about'] {
  const { changeDescription, hypothesis, startedAt, concludedAt, successCriterion } = experiment;
  const target =
    successCriterion.kind === 'Absolute'
      ? format.value(successCriterion.metricValue)
      : format.effect(effect?.scale ?? 'log', targetAt ?? signedTarget(successCriterion));
  return [
    ...(changeDescription === '' ? [] : [{ label: l10n.t('Change'), value: changeDescription }]),
    ...(hypothesis === '' ? [] : [{ label: l10n.t('Hypothesis'), value: hypothesis }]),
    {
      label: l10n.t('Target'),
      value: l10n.t('{metric}: {target}', { metric: metricText(experiment.metric).label, target }),
    },
    ...(startedAt === undefined ? [] : [{ label: l10n.t('Started'), value: formatDateTime(startedAt) }]),
    ...(concludedAt === undefined ? [] : [{ label: l10n.t('Concluded'), value: formatDateTime(concludedAt) }]),
  ];
}

/** The direction decides, whichever sign was written. */
function signedTarget({ direction, targetPct }: { direction: 'Increase' | 'Decrease'; targetPct: number }): number {
  return Math.log1p(((direction === 'Increase' ? 1 : -1) * Math.abs(targetPct)) / 100);
}
