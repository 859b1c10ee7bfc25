import type { Direction, Effect, Experiment, Metric, VariantSummary, VerdictKind } from '../api';
import type { DrawFacts } from './assigned';
import type { Plan } from './plan';
import type { Compared, Sample } from './sample';

/**
 * A report without its sentences, which the view writes in the reader's language. Plain data: it survives JSON and a message to a
 * page unchanged. An infinite bound is `null`.
 */
export interface ReportFacts {
  experiment: Experiment;
  plan: Plan;
  /** ms since the epoch. */
  computedAt: number;
  /** Computed from the sample that was frozen at the end. */
  frozen: boolean;
  design: Design;
  unit: ReportUnit;
  transform: Transform;
  verdict: { kind: VerdictKind; reasons: Reason[] };
  variants: Record<Compared, VariantFacts>;
  /** Absent while there is too little to compare. */
  effect?: EffectFacts;
  /** Where the target lies on the scale of `effect`; absent where it is a level, or cannot be placed. */
  targetAt?: number;
  /** For a target that is a level: Treatment's typical value against it, in the metric's unit. */
  level?: LevelFacts;
  /** Treatment minus Control, in the metric's unit. For one look: it is not valid at every look. */
  medianDifference?: Interval;
  /** The probability that a Treatment session has the higher value, ties counting half; always valid. */
  ranks?: RankFacts;
  /** The difference of the means in the metric's unit, which is what a total is made of; always valid, and wide. */
  meanDifference?: Interval;
  allocation?: { logE: number; warning: boolean; promised: number; control: number; treatment: number };
  guardrails: GuardrailFacts[];
  /** After each session or day, in the order of time, from the first with something to compare. The last is the report's own. */
  looks: Look[];
  /** Where the verdict of the looks changed, for the plot. */
  decisionPoints: DecisionPoint[];
  composition: Composition[];
  lateTags: Record<Compared, LateTags>;
  /** How the draws went; only of a randomised experiment. */
  draws?: DrawFacts;
  /** The other reading, where people changed what was drawn: every session with the variant that was drawn for it. */
  asAssigned?: { verdict: VerdictKind; effect?: EffectFacts; variants: Record<Compared, VariantFacts> };
  /** What it would still take; absent once it is decided or nothing can be said. */
  decide?: Forecast;
  /** What it would take from the start, judged by earlier sessions; only for a draft. */
  ahead?: PlanForecast;
  sample: Sample;
}

/** `tagged`: a person chose the variant. `observational`: it follows from a commit, branch or instruction file. */
export type Design = 'tagged' | 'observational' | 'randomised';
/** What is compared: sessions, or the means of days. */
export type ReportUnit = 'session' | 'day';
/**
 * How values are compared. `log`: ratio of typical (geometric mean) values; `log1p`: the same of value + 1, since counts may be
 * zero; `proportion`: difference of shares; `mean`: difference of means.
 */
export type Transform = 'log' | 'log1p' | 'proportion' | 'mean';

export interface VariantFacts extends VariantSummary {
  n: number;
  missing: number;
  /** Sessions or days that are compared. */
  units: number;
  /** Sessions whose value is zero, which has no logarithm. They are among `missing`. */
  withoutLogarithm: number;
}

export interface EffectFacts extends Effect {
  transform: Transform;
  /** Degrees of freedom; absent for proportions. */
  df?: number;
  se: number;
}

export interface Interval {
  estimate: number;
  lower: number | null;
  upper: number | null;
}

export interface RankFacts extends Interval {
  /** Ranks and effect point in opposite directions. */
  disagrees: boolean;
}

export interface LevelFacts extends Interval {
  target: number;
}

export interface GuardrailFacts {
  metric: Metric;
  status: 'pass' | 'breached' | 'undecided';
  bad: Direction;
  /** The margin as a ratio: see `GuardrailPlan`. */
  ratio: number;
  /** Where the margin lies on the scale of `effect`. */
  marginAt?: number;
  transform: Transform;
  variants: Record<Compared, VariantFacts>;
  effect?: EffectFacts;
}

export interface Look {
  /** When the session or day began (ms since the epoch). */
  at: number;
  control: number;
  treatment: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
  logE: number;
  /** Smallest so far. */
  pAlways: number;
  verdict: ComparisonVerdict;
}

/** The verdicts that the comparison of the primary metric alone can give. */
export type ComparisonVerdict = Exclude<VerdictKind, 'Untrusted' | 'TooFewSessions'>;

export interface DecisionPoint {
  /** Index into `looks`. */
  look: number;
  from: ComparisonVerdict;
  to: ComparisonVerdict;
}

/** A property of the sessions that should be alike in both variants. */
export interface Composition {
  property: 'agent' | 'model' | 'version';
  /** Sessions by value and variant; `undefined` as a value is written as an empty text. */
  counts: { value: string; Control: number; Treatment: number }[];
  /** Half the sum of the absolute differences of the shares, 0 to 1. */
  distance: number;
  /** Evidence that the mixes differ: natural logarithm of the Bayes factor. */
  logBayesFactor: number;
  differs: boolean;
}

export interface LateTags {
  /** Sessions that count by a tag. */
  tagged: number;
  /** Tagged for the first time after the session had ended. */
  late: number;
  /** Changed from another variant after the session had ended. */
  changed: number;
  /** When they were tagged is not known. */
  unknown: number;
}

/** How much more it takes if the difference and the spread stay as they are. */
export interface Forecast {
  /** Sessions of both variants together (for days: what they would bring). Absent where no number within reach would do. */
  sessions?: number;
  days?: number;
  /** Sessions per day of both variants, lately. */
  perDay: number;
  /** What it would then be. */
  verdict?: ComparisonVerdict;
}

/** What it takes to find the target with a chance of 80%, one look after another. */
export interface PlanForecast {
  unit: ReportUnit;
  /** Sessions or days, by the shares that are drawn (else halves); absent where no number within reach is enough. */
  control?: number;
  treatment?: number;
  /** At the pace of lately. */
  days?: number;
  perDay: number;
  /** Earlier sessions or days that the spread was taken from. */
  basedOn: number;
}

/** Why the verdict is what it is: codes with their numbers. The first one belongs to the verdict itself. */
export type Reason =
  | { code: 'tooFew'; unit: ReportUnit; control: number; treatment: number; needed: number }
  | { code: 'noVariation'; variant: Compared }
  | { code: 'comparison'; verdict: ComparisonVerdict }
  | { code: 'decidedBefore'; pAlways: number }
  | { code: 'guardrail'; metric: Metric; status: 'breached' | 'undecided' }
  | { code: 'allocation'; control: number; treatment: number; promised: number }
  | { code: 'mixDiffers'; property: Composition['property']; distance: number }
  | { code: 'changedTags'; changed: number; of: number }
  | { code: 'lateTags'; control: number; treatment: number }
  | { code: 'notReached'; control: number; treatment: number }
  | { code: 'lateDraws'; control: number; treatment: number }
  | { code: 'deviations'; count: number; drawn: number; asAssigned: VerdictKind }
  | { code: 'readingsDiffer'; asAssigned: VerdictKind }
  | { code: 'observational'; binding: Experiment['binding']['kind'] }
  /** Control sessions that started beside the treatment commit: it may have come there squashed or rebased. */
  | { code: 'besideTreatment'; count: number }
  /** The folder of the experiment is not open, so not all of its sessions are found. */
  | { code: 'elsewhere' }
  | { code: 'sampleNotKept' }
  | { code: 'sampleDamaged' }
  | { code: 'separateTimes' }
  | { code: 'unevenMissing'; control: number; treatment: number }
  | { code: 'withoutLogarithm'; count: number }
  | { code: 'ranksDisagree' }
  | { code: 'unreachableTarget' }
  /** Variants and what compares them are left out: see `asSeen`. */
  | { code: 'blinded'; sessions: number }
  /** Somebody looked behind the blind before there was a verdict. */
  | { code: 'unblinded'; at: number; who: string }
  /** A verdict opened the blind while the experiment ran. */
  | { code: 'openedByVerdict'; at: number; verdict: VerdictKind };
