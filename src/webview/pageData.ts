import { flag, list, number, oneOf, record, text, type Read } from './shape';

/**
 * What the report page shows. The extension makes it, in the person's language; the page only draws. Numbers are raw where they are
 * drawn or shown in a table, so that both come from one value. Times are ms since the epoch.
 */

const variant = oneOf('Control', 'Treatment');
export type Side = Read<typeof variant>;

/** How a number of the metric is written. */
const unit = oneOf('count', 'usd', 'minutes', 'share');
export type Unit = Read<typeof unit>;

/** What the verdict means for the person: keep, drop, no matter, wait, or do not trust. */
export const tone = oneOf('good', 'bad', 'even', 'wait', 'caution');
export type Tone = Read<typeof tone>;

/**
 * An effect with its interval. `log`: natural logarithm of the ratio of Treatment to Control, shown as a percentage of change;
 * `difference`: Treatment minus Control, in the metric's unit. An absent bound is infinite.
 */
const interval = record({ scale: oneOf('log', 'difference'), estimate: number }, { lower: number, upper: number });
export type Interval = Read<typeof interval>;

const summary = record({ variant, n: number, missing: number }, { median: number, mean: number });
export type Summary = Read<typeof summary>;

const look = record(
  { at: number, sessions: number, interval },
  /** Set where the verdict became another one. */
  { decision: text },
);
export type Look = Read<typeof look>;

const guardrail = record(
  { label: text, status: oneOf('pass', 'breached', 'undecided'), statusText: text, limit: text },
  /** `margin` is on the interval's scale, on the side that is worse; `change` is the interval in words. */
  { interval, margin: number, change: text },
);
export type GuardrailRow = Read<typeof guardrail>;

const sampleRow = record(
  { id: text, title: text, agent: text, variant, source: text, startedAt: number, hasTranscript: flag },
  { value: number },
);
export type PageSession = Read<typeof sampleRow>;

const leftOut = record({ reason: text, sessions: list(record({ id: text, title: text })) });
export type LeftOut = Read<typeof leftOut>;

const fact = record({ label: text, value: text });

/** Labels of the page itself. `{0}` stands for a value. */
export const TEXT_KEYS = [
  'control',
  'treatment',
  'exportAs',
  'copyMarkdown',
  'effectTitle',
  'effectNone',
  'noChange',
  'target',
  'targetName',
  'better',
  'worse',
  'asTable',
  'lower',
  'upper',
  'estimate',
  'unbounded',
  'sessionsTitle',
  'sessionsNone',
  'sessions',
  'median',
  'mean',
  'missing',
  'logScale',
  'overTimeTitle',
  'overTimeNone',
  'sessionsSoFar',
  'when',
  'decision',
  'guardrailsTitle',
  'guardrailsNone',
  'guardrail',
  'limit',
  'status',
  'change',
  'decideTitle',
  'sampleTitle',
  'started',
  'variant',
  'session',
  'agent',
  'source',
  'unknown',
  'openTranscript',
  'revealSession',
  'revealShort',
  'sortBy',
  'showMore',
  'showAll',
  'shownOf',
  'leftOutTitle',
  'leftOutNone',
  'andMore',
  'checksTitle',
  'methodTitle',
  'aboutTitle',
  'points',
  'withChange',
] as const;
export type TextKey = (typeof TEXT_KEYS)[number];
const texts = record(Object.fromEntries(TEXT_KEYS.map((key) => [key, text])) as Record<TextKey, typeof text>);
export type Texts = Read<typeof texts>;

export const pageData = record(
  {
    experimentId: text,
    /** BCP 47, for numbers and dates. */
    locale: text,
    name: text,
    /** One line under the name: state and metric. */
    subtitle: text,
    verdict: record({ tone, headline: text, sentence: text, reasons: list(text) }),
    metric: record({ label: text, detail: text, unit }, { better: oneOf('Decrease', 'Increase') }),
    summaries: list(summary),
    /** One sentence each that says what the plot shows. */
    spoken: record({ effect: text, effectRange: text, sessions: text, overTime: text }),
    looks: list(look),
    guardrails: list(guardrail),
    decide: list(text),
    sample: list(sampleRow),
    leftOut: list(leftOut),
    /** The same comparison in other lights, and whether the two sides are alike. */
    checks: list(fact),
    about: list(fact),
    method: list(text),
    texts,
  },
  /** `target` is on the effect's scale. */
  { effect: interval, target: number },
);
export type PageData = Read<typeof pageData>;
