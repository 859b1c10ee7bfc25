import { RunningMoments, type Moments } from './moments';

/**
 * Comparisons that stay valid however often one looks: e-processes of the mixture t and z tests, with the confidence sequences
 * that belong to them. docs/statistics.md says where they come from and how they were chosen.
 */

export interface Sequential {
  /** Error rate over all looks together, between 0 and 1. */
  alpha: number;
  /** Sessions per variant at which the interval is made narrowest. Fixed before the first look. */
  nStar: number;
}

/** An estimate with its always valid interval; bounds may be infinite. */
export interface Comparison {
  estimate: number;
  se: number;
  lower: number;
  upper: number;
  /** Natural logarithm of the evidence against "no difference". The interval excludes zero exactly when it reaches ln(1/alpha). */
  logE: number;
  /** Degrees of freedom, where the spread is estimated from the values. */
  df?: number;
}

/** The precision φ that the mixture starts with, for an effective number of `planned` sessions. */
export function priorPrecision(planned: number, alpha: number): number {
  const spread = -2 * Math.log(alpha);
  return planned / (spread + Math.log1p(spread));
}

/**
 * The share of the mixture's precision that is prior. `effective` is n_C n_T / (n_C + n_T) for two variants and n for one;
 * `planned` is the same at `nStar`.
 */
function priorShare(effective: number, planned: number, alpha: number): number {
  const phi = priorPrecision(planned, alpha);
  return phi / (phi + effective);
}

function shareOfTwo(control: number, treatment: number, { nStar, alpha }: Sequential): number {
  // Not the product over the sum: that of two huge counts overflows.
  return priorShare(1 / (1 / control + 1 / treatment), nStar / 2, alpha);
}

const shareOfOne = (n: number, { nStar, alpha }: Sequential): number => priorShare(n, nStar, alpha);

/** The mixture t statistic with prior share `r`. `squared` is t². */
export function logEvidenceT(squared: number, df: number, r: number): number {
  const q = squared / df;
  // For a spread of nearly nothing q overflows; the expression goes to this limit.
  const gain = q > 1e300 ? -Math.log(r) : Math.log1p((q * (1 - r)) / (1 + r * q));
  return 0.5 * Math.log(r) + ((df + 1) / 2) * gain;
}

/** |t| from which the evidence reaches 1/alpha; infinite while no value of t can. */
export function criticalT(df: number, r: number, alpha: number): number {
  const logK = -Math.log(r * alpha * alpha) / (df + 1);
  const room = 1 - Math.exp(logK) * r;
  return room > 0 ? Math.sqrt((df * Math.expm1(logK)) / room) : Infinity;
}

function compareT(estimate: number, variance: number, df: number, r: number, alpha: number): Comparison | undefined {
  if (!(variance > 0) || !(df >= 1) || !Number.isFinite(estimate) || !Number.isFinite(variance)) return undefined;
  const se = Math.sqrt(variance);
  const t = estimate / se;
  const half = se * criticalT(df, r, alpha);
  return { estimate, lower: estimate - half, upper: estimate + half, se, logE: logEvidenceT(t * t, df, r), df };
}

function compareZ(estimate: number, variance: number, r: number, alpha: number): Comparison | undefined {
  if (!(variance > 0) || !Number.isFinite(estimate) || !Number.isFinite(variance)) return undefined;
  const half = Math.sqrt((variance / (1 - r)) * -Math.log(r * alpha * alpha));
  const logE = 0.5 * Math.log(r) + ((estimate * estimate) / variance) * ((1 - r) / 2);
  return { estimate, lower: estimate - half, upper: estimate + half, se: Math.sqrt(variance), logE };
}

/**
 * Difference of two means (Treatment minus Control), by the mixture t test with Welch's degrees of freedom. Undefined where a
 * variant shows no spread: then nothing is known of how far means can move.
 */
export function compareMeans(control: Moments, treatment: Moments, sequential: Sequential): Comparison | undefined {
  if (!(control.variance > 0) || !(treatment.variance > 0)) return undefined;
  const [a, b] = [control.variance / control.n, treatment.variance / treatment.n];
  // Shares, because the squares of tiny variances vanish.
  const share = a / (a + b);
  const df = 1 / (share ** 2 / (control.n - 1) + (1 - share) ** 2 / (treatment.n - 1));
  const r = shareOfTwo(control.n, treatment.n, sequential);
  return compareT(treatment.mean - control.mean, a + b, df, r, sequential.alpha);
}

/** The mean of one variant against a fixed value. */
export function compareWithValue(moments: Moments, value: number, sequential: Sequential): Comparison | undefined {
  const { n, mean, variance } = moments;
  return compareT(mean - value, variance / n, n - 1, shareOfOne(n, sequential), sequential.alpha);
}

/** The same for a share of successes. */
export function compareShareWithValue(moments: Moments, value: number, sequential: Sequential): Comparison | undefined {
  const r = shareOfOne(moments.n, sequential);
  return compareZ(moments.mean - value, shareVariance(moments), r, sequential.alpha);
}

/**
 * Share of successes of Treatment minus `ratio` times that of Control. The spread is that of shares with half a success and half
 * a failure added, so that no count is without any. Good from 20 sessions per variant.
 */
export function compareShares(
  control: Moments,
  treatment: Moments,
  sequential: Sequential,
  ratio = 1,
): Comparison | undefined {
  const variance = shareVariance(treatment) + ratio ** 2 * shareVariance(control);
  const r = shareOfTwo(control.n, treatment.n, sequential);
  return compareZ(treatment.mean - ratio * control.mean, variance, r, sequential.alpha);
}

function shareVariance({ n, mean }: Moments): number {
  const share = (n * mean + 0.5) / (n + 1);
  return (share * (1 - share)) / n;
}

/** Difference of means by the normal mixture, which is cautious for skewed values. Good from 10 sessions per variant. */
export function compareTotals(control: Moments, treatment: Moments, sequential: Sequential): Comparison | undefined {
  if (control.n === 0 || treatment.n === 0) return undefined;
  const variance = control.variance / control.n + treatment.variance / treatment.n;
  const r = shareOfTwo(control.n, treatment.n, sequential);
  return compareZ(treatment.mean - control.mean, variance, r, sequential.alpha);
}

/**
 * Probability that a value of Treatment exceeds one of Control, ties counting half, minus one half. Its spread is that of the
 * values' places in the other variant. Good from 20 sessions per variant.
 */
export function compareRanks(
  control: readonly number[],
  treatment: readonly number[],
  sequential: Sequential,
): Comparison | undefined {
  if (control.length < 2 || treatment.length < 2) return undefined;
  const ofTreatment = places(treatment, control);
  const ofControl = places(control, treatment);
  const variance = ofTreatment.variance / ofTreatment.n + ofControl.variance / ofControl.n;
  const r = shareOfTwo(ofControl.n, ofTreatment.n, sequential);
  return compareZ(ofTreatment.mean - 0.5, variance, r, sequential.alpha);
}

/** Of each value, the share of the others that it exceeds, ties counting half. */
function places(values: readonly number[], others: readonly number[]): Moments {
  const sorted = Float64Array.from(others).sort();
  const own = Float64Array.from(values).sort();
  let below = 0;
  let notAbove = 0;
  const moments = new RunningMoments();
  for (const value of own) {
    while (below < sorted.length && (sorted[below] ?? NaN) < value) below += 1;
    while (notAbove < sorted.length && (sorted[notAbove] ?? NaN) <= value) notAbove += 1;
    moments.add((below + notAbove) / 2 / sorted.length);
  }
  return moments;
}
