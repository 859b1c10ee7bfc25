import type { Direction, Metric } from '../api';
import type { Comparison, Sequential } from '../statistics/anytime';
import { RunningMoments } from '../statistics/moments';
import type { Plan } from './plan';
import type { ComparisonVerdict, DecisionPoint, Look, ReportUnit, Transform } from './reportFacts';
import type { Compared, SampleEntry } from './sample';
import { compare, compareLevel, isRatio, neededPerVariant, toScale, transformOf, type Pair } from './scale';

/** One session or day of a variant, on the scale of the comparison. */
interface Unit {
  at: number;
  variant: Compared;
  value: number;
}

/** A metric of the sample, made ready for comparing. */
export interface Series {
  metric: Metric;
  unit: ReportUnit;
  transform: Transform;
  units: Unit[];
}

/** What is compared of a metric, in the order of time. A day of a variant is the mean of its sessions. */
export function seriesOf(metric: Metric, unit: ReportUnit, entries: readonly SampleEntry[]): Series {
  const transform = transformOf(metric, unit);
  const sessions = entries.flatMap(({ variant, startedAt: at, day, values }) => {
    const value = toScale(transform, values[metric]);
    return value === undefined ? [] : [{ at, day, variant, value }];
  });
  return { metric, unit, transform, units: unit === 'session' ? sessions : days(sessions) };
}

function days(sessions: readonly (Unit & { day: string })[]): Unit[] {
  const means = new Map<string, { at: number; variant: Compared; moments: RunningMoments }>();
  for (const { at, day, variant, value } of sessions) {
    const key = `${day} ${variant}`;
    const mean = means.get(key) ?? { at, variant, moments: new RunningMoments() };
    mean.moments.add(value);
    means.set(key, mean);
  }
  return [...means.values()].map(({ at, variant, moments }) => ({ at, variant, value: moments.mean }));
}

/** The moments of both variants after all units. */
export function pairOf(series: Series): Pair {
  const pair = { control: new RunningMoments(), treatment: new RunningMoments() };
  for (const unit of series.units) take(pair, unit);
  return pair;
}

function take(pair: { control: RunningMoments; treatment: RunningMoments }, { variant, value }: Unit): void {
  (variant === 'Control' ? pair.control : pair.treatment).add(value);
}

export function hasEnough({ transform, unit }: Pick<Series, 'transform' | 'unit'>, pair: Pair): boolean {
  return Math.min(pair.control.n, pair.treatment.n) >= neededPerVariant(transform, unit);
}

/** The comparison with its verdict. */
export interface Judged {
  effect: Comparison;
  verdict: ComparisonVerdict;
}

/** What the primary metric alone says; undefined while there is too little to compare. */
export function judge(series: Pick<Series, 'transform' | 'unit'>, pair: Pair, plan: Plan): Judged | undefined {
  if (!hasEnough(series, pair)) return undefined;
  const effect = compare(series.transform, pair, plan);
  if (effect === undefined) return undefined;
  const { target } = plan;
  const good = inDirection(effect, target.good);
  const beyond = againstTarget(series.transform, pair, effect, plan);
  if (good.upper < 0) return { effect, verdict: 'Harmful' };
  if (good.lower > 0) return { effect, verdict: beyond !== undefined && beyond.lower >= 0 ? 'TargetMet' : 'Better' };
  return { effect, verdict: beyond !== undefined && beyond.upper < 0 ? 'NotWorthIt' : 'KeepRunning' };
}

/** How far Treatment is beyond the target, in the good direction; undefined where the target has no place on the scale. */
function againstTarget(transform: Transform, pair: Pair, effect: Comparison, plan: Plan): Bounds | undefined {
  const { target } = plan;
  const compared =
    target.kind === 'level'
      ? compareLevel(transform, pair.treatment, target.value, plan)
      : againstRatio(transform, pair, effect, plan, target.ratio);
  return compared && inDirection(compared, target.good);
}

/** Treatment against a multiple of Control. For a ratio the interval of the effect only moves: no need to compute it again. */
export function againstRatio(
  transform: Transform,
  pair: Pair,
  effect: Comparison,
  sequential: Sequential,
  ratio: number,
): Bounds | undefined {
  if (!isRatio(transform)) return compare(transform, pair, sequential, ratio);
  if (ratio <= 0) return undefined;
  const at = Math.log(ratio);
  return { lower: effect.lower - at, upper: effect.upper - at };
}

export interface Bounds {
  lower: number;
  upper: number;
}

/** The bounds as seen from a direction: above zero is further that way. */
export function inDirection({ lower, upper }: Bounds, direction: Direction): Bounds {
  return direction === 'Increase' ? { lower, upper } : { lower: -upper, upper: -lower };
}

/** Numbers as reports hold them: no negative zero, and `null` for an infinite bound. */
export const bound = (value: number): number | null => (Number.isFinite(value) ? value + 0 : null);

/** The comparison after each unit, from the first with something to compare. */
export function looksOf(series: Series, plan: Plan): Look[] {
  const pair = { control: new RunningMoments(), treatment: new RunningMoments() };
  const looks: Look[] = [];
  let pAlways = 1;
  for (const unit of series.units) {
    take(pair, unit);
    const judged = judge(series, pair, plan);
    if (judged === undefined) continue;
    const { estimate, lower, upper, logE } = judged.effect;
    pAlways = Math.min(pAlways, Math.exp(-logE));
    looks.push({
      at: unit.at,
      control: pair.control.n,
      treatment: pair.treatment.n,
      estimate: estimate + 0,
      lower: bound(lower),
      upper: bound(upper),
      logE: logE + 0,
      pAlways,
      verdict: judged.verdict,
    });
  }
  return looks;
}

export function decisionPoints(looks: readonly Look[]): DecisionPoint[] {
  return looks.flatMap(({ verdict: to }, look) => {
    const from = looks[look - 1]?.verdict ?? 'KeepRunning';
    return from === to ? [] : [{ look, from, to }];
  });
}
