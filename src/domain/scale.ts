import type { Metric } from '../api';
import {
  compareMeans,
  compareShares,
  compareShareWithValue,
  compareWithValue,
  type Comparison,
  type Sequential,
} from '../statistics/anytime';
import type { Moments } from '../statistics/moments';
import type { ReportUnit, Transform } from './reportFacts';

const transforms: Record<Metric, Transform> = {
  TokensPerSession: 'log',
  CostPerSession: 'log',
  SuccessRate: 'proportion',
  ToolLoops: 'log1p',
  DurationMinutes: 'log',
  FilesPerSession: 'log1p',
  // Zero where the session failed, else one over its prompts: neither positive nor a share of two outcomes.
  SuccessRateByPrompt: 'mean',
  CostByPrompt: 'log',
};

/** How values of the metric are compared. The mean of a day's outcomes is no longer one of two outcomes. */
export function transformOf(metric: Metric, unit: ReportUnit): Transform {
  const transform = transforms[metric];
  return transform === 'proportion' && unit === 'day' ? 'mean' : transform;
}

/** Sessions or days that each variant needs. Shares and means of shares take longer until their spread can be told. */
export function neededPerVariant(transform: Transform, unit: ReportUnit): number {
  const bounded = transform === 'proportion' || transform === 'mean';
  return bounded ? (unit === 'day' ? 10 : 20) : 5;
}

/** The value on the scale of the comparison; undefined for what has no place on it. */
export function toScale(transform: Transform, value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  switch (transform) {
    case 'log':
      return value > 0 ? Math.log(value) : undefined;
    case 'log1p':
      return value >= 0 ? Math.log1p(value) : undefined;
    case 'proportion':
    case 'mean':
      return value >= 0 && value <= 1 ? value : undefined;
  }
}

/** From the scale back to the metric's unit. */
export function fromScale(transform: Transform, value: number): number {
  switch (transform) {
    case 'log':
      return Math.exp(value);
    case 'log1p':
      return Math.expm1(value);
    case 'proportion':
    case 'mean':
      return value;
  }
}

export const isRatio = (transform: Transform): boolean => transform === 'log' || transform === 'log1p';

/** Where Treatment lies, on the scale of the effect, when it is `ratio` times Control. */
export function ratioAt(transform: Transform, ratio: number, control: Moments): number {
  return isRatio(transform) ? Math.log(ratio) : (ratio - 1) * control.mean;
}

export interface Pair {
  control: Moments;
  treatment: Moments;
}

/**
 * Treatment against `factor` times Control, on the scale: above zero means more than that. Undefined where there is no spread to
 * judge by. A factor has a meaning only where values are not logarithms.
 */
export function compare(
  transform: Transform,
  { control, treatment }: Pair,
  sequential: Sequential,
  factor = 1,
): Comparison | undefined {
  if (transform === 'proportion') return compareShares(control, treatment, sequential, factor);
  if (factor === 1) return compareMeans(control, treatment, sequential);
  const scaled = { n: control.n, mean: factor * control.mean, variance: factor ** 2 * control.variance };
  return compareMeans(scaled, treatment, sequential);
}

/** Treatment's typical value against a fixed one, both in the metric's unit. */
export function compareLevel(
  transform: Transform,
  treatment: Moments,
  value: number,
  sequential: Sequential,
): Comparison | undefined {
  const placed = toScale(transform, value);
  if (placed === undefined) return undefined;
  return transform === 'proportion'
    ? compareShareWithValue(treatment, placed, sequential)
    : compareWithValue(treatment, placed, sequential);
}
