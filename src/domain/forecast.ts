import { DEFAULT_ALLOCATION } from './assignment';
import { sessionsNeeded } from '../statistics/needed';
import { momentsOf, type Moments } from '../statistics/moments';
import { judge, type Series } from './comparison';
import type { Plan } from './plan';
import type { Forecast, PlanForecast, Transform } from './reportFacts';
import type { Compared } from './sample';
import { isRatio, neededPerVariant, toScale, type Pair } from './scale';

const DAY_MS = 86_400_000;
/** The pace is that of the last days. */
const LATELY_DAYS = 14;
/** No one waits longer. */
const PATIENCE_DAYS = 3650;
/** The chance of having found the target by then. */
const POWER = 0.8;

/** Units of a variant per day lately; at least a day counts, or two sessions would be a pace. */
function paceOf(variant: Compared, { units }: Series, now: number): number {
  const [first] = units;
  if (first === undefined) return 0;
  const from = Math.max(first.at, now - LATELY_DAYS * DAY_MS);
  const days = Math.max(1, (now - from) / DAY_MS);
  return units.filter((unit) => unit.variant === variant && unit.at >= from).length / days;
}

/**
 * How long until it is decided, if both variants keep their pace and the difference and the spread stay as they are. Before there
 * is a comparison, how long until the first: a handful of sessions tells neither a difference nor a spread.
 */
export function forecastOf(series: Series, pair: Pair, plan: Plan, now: number): Forecast {
  const [control, treatment] = [paceOf('Control', series, now), paceOf('Treatment', series, now)];
  const perDay = control + treatment;
  const after = (days: number): Pair => ({
    control: grown(pair.control, control * days),
    treatment: grown(pair.treatment, treatment * days),
  });
  const judgedAfter = (days: number): ReturnType<typeof judge> => judge(series, after(days), plan);
  const compared = judgedAfter(0) !== undefined;
  const needed = neededPerVariant(series.transform, series.unit);
  const enough = (days: number): boolean =>
    Math.min(pair.control.n + control * days, pair.treatment.n + treatment * days) >= needed;
  // Where all values are alike, more of the same is no comparison either.
  if (!compared && enough(0)) return { perDay };
  const reached = compared ? (days: number): boolean => judgedAfter(days)?.verdict !== 'KeepRunning' : enough;
  const days = smallest(reached, PATIENCE_DAYS);
  if (days === undefined) return { perDay };
  const verdict = compared ? judgedAfter(days)?.verdict : undefined;
  return {
    perDay,
    days: Math.ceil(days),
    sessions: Math.max(1, Math.ceil(perDay * days)),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

const grown = ({ n, mean, variance }: Moments, by: number): Moments => ({ n: n + by, mean, variance });

/** The smallest number up to `limit` for which a condition holds that, once true, stays true; to about a hundredth. */
function smallest(holds: (x: number) => boolean, limit: number): number | undefined {
  let low = 0;
  let high = 1;
  while (!holds(high)) {
    if (high >= limit) return undefined;
    low = high;
    high = Math.min(limit, high * 2);
  }
  while (high - low > 0.01 * high) {
    const mid = (low + high) / 2;
    if (holds(mid)) high = mid;
    else low = mid;
  }
  return high;
}

/**
 * What it would take to find the target, judged by the spread of sessions from before the start (with what is compared of them
 * in one series, whatever their variants). Undefined where they tell no spread, or the target has no place on the scale.
 */
export function planForecast(series: Series, plan: Plan, now: number): PlanForecast | undefined {
  const values = momentsOf(series.units.map(({ value }) => value));
  const difference = targetDistance(series.transform, values, plan);
  if (values.n < neededPerVariant(series.transform, series.unit)) return undefined;
  if (difference === undefined || !(values.variance > 0)) return undefined;
  const perVariant = sessionsNeeded({ ...plan, sd: Math.sqrt(values.variance), difference, power: POWER });
  const perDay = paceOf('Control', series, now) + paceOf('Treatment', series, now);
  const counts = perVariant === undefined ? undefined : sharedOut(perVariant, plan.allocation ?? DEFAULT_ALLOCATION);
  return {
    unit: series.unit,
    basedOn: values.n,
    perDay,
    ...(counts ?? {}),
    ...(counts === undefined || perDay === 0 ? {} : { days: Math.ceil((counts.control + counts.treatment) / perDay) }),
  };
}

/**
 * As many of each variant as tell what `perVariant` of both do, where `share` of all are Treatment: the sum of 1/n is the same.
 */
function sharedOut(perVariant: number, share: number): { control: number; treatment: number } {
  const all = perVariant / (2 * share * (1 - share));
  return { control: Math.ceil((1 - share) * all), treatment: Math.ceil(share * all) };
}

/** How far the target is from what sessions are without the change, on the scale. */
function targetDistance(transform: Transform, { mean }: Moments, { target }: Plan): number | undefined {
  if (target.kind === 'level') {
    const level = toScale(transform, target.value);
    return level === undefined ? undefined : level - mean;
  }
  if (isRatio(transform)) return target.ratio > 0 ? Math.log(target.ratio) : undefined;
  return (target.ratio - 1) * mean;
}
