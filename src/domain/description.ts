import { compareRanks, compareTotals } from '../statistics/anytime';
import { mean, median } from '../statistics/descriptive';
import { medianDifferenceInterval } from '../statistics/medianBootstrap';
import { momentsOf } from '../statistics/moments';
import { bound, hasEnough, type Series } from './comparison';
import type { Plan } from './plan';
import type { EffectFacts, Interval, LevelFacts, RankFacts, VariantFacts } from './reportFacts';
import { COMPARED, type Compared, type Sample, type SampleEntry } from './sample';
import { compare, compareLevel, fromScale, isRatio, toScale, type Pair } from './scale';

/** What a report shows beside the verdict: each variant by itself, and the comparison in several lights. */

const NEEDED_FOR_RANKS = 20;
const NEEDED_FOR_MEANS = 10;

export function variantsOf(series: Series, pair: Pair, sample: Sample): Record<Compared, VariantFacts> {
  const [Control, Treatment] = COMPARED.map((variant) => variantOf(variant, series, sample)) as [
    VariantFacts,
    VariantFacts,
  ];
  return { Control: { ...Control, units: pair.control.n }, Treatment: { ...Treatment, units: pair.treatment.n } };
}

function variantOf(variant: Compared, series: Series, sample: Sample): Omit<VariantFacts, 'units'> {
  const own = sample.entries.filter((entry) => entry.variant === variant);
  const values = valuesOf(series, own);
  const [middle, average] = [finite(median(values)), finite(mean(values))];
  return {
    n: values.length,
    missing: own.length - values.length + sample.gone[variant],
    withoutLogarithm:
      series.transform === 'log' ? own.filter(({ values: measured }) => measured[series.metric] === 0).length : 0,
    ...(middle === undefined ? {} : { median: middle }),
    ...(average === undefined ? {} : { mean: average }),
  };
}

/** The values that are compared, in the metric's unit. */
function valuesOf({ metric, transform }: Series, entries: readonly SampleEntry[]): number[] {
  return entries.flatMap(({ values }) => {
    const value = values[metric];
    return value === undefined || toScale(transform, value) === undefined ? [] : [value];
  });
}

const finite = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : (bound(value) ?? undefined);

const valuesOfVariant = (series: Series, entries: readonly SampleEntry[], variant: Compared): number[] =>
  valuesOf(
    series,
    entries.filter((entry) => entry.variant === variant),
  );

/** The primary comparison; absent while there is too little to compare. */
export function effectOf(series: Series, pair: Pair, plan: Plan, pAlways?: number): EffectFacts | undefined {
  const compared = hasEnough(series, pair) ? compare(series.transform, pair, plan) : undefined;
  if (compared === undefined) return undefined;
  const { estimate, lower, upper, logE, se, df } = compared;
  const percent = (value: number): number | null => bound(100 * Math.expm1(value));
  return {
    scale: isRatio(series.transform) ? 'log' : 'difference',
    transform: series.transform,
    estimate: estimate + 0,
    lower: bound(lower),
    upper: bound(upper),
    ...(isRatio(series.transform)
      ? {
          percent: percent(estimate) ?? Number.MAX_VALUE,
          // A ratio has a floor, so an infinite lower bound is known to be −100%, which says nothing.
          percentLower: lower === -Infinity ? null : percent(lower),
          percentUpper: percent(upper),
        }
      : {}),
    logE: logE + 0,
    pAlways: pAlways ?? Math.min(1, Math.exp(-logE)),
    nStar: plan.nStar,
    alpha: plan.alpha,
    se,
    ...(df === undefined ? {} : { df }),
  };
}

/** Treatment's typical value against the target that is a level, in the metric's unit. */
export function levelOf(series: Series, pair: Pair, plan: Plan): LevelFacts | undefined {
  const { target } = plan;
  if (target.kind !== 'level' || !hasEnough(series, pair)) return undefined;
  const place = toScale(series.transform, target.value);
  const compared = compareLevel(series.transform, pair.treatment, target.value, plan);
  if (place === undefined || compared === undefined) return undefined;
  const value = (offset: number): number => fromScale(series.transform, place + offset);
  return {
    target: target.value,
    estimate: value(compared.estimate),
    lower: compared.lower === -Infinity ? null : bound(value(compared.lower)),
    upper: bound(value(compared.upper)),
  };
}

/** For one look. Two outcomes have no median worth the name. */
export function medianDifferenceOf(
  series: Series,
  pair: Pair,
  entries: readonly SampleEntry[],
  { alpha }: Plan,
): Interval | undefined {
  if (series.metric === 'SuccessRate' || !hasEnough(series, pair)) return undefined;
  const [control, treatment] = COMPARED.map((variant) => valuesOfVariant(series, entries, variant)) as [
    number[],
    number[],
  ];
  const { lower, upper } = medianDifferenceInterval(control, treatment, alpha);
  const estimate = (median(treatment) ?? NaN) - (median(control) ?? NaN);
  return { estimate: estimate + 0, lower: bound(lower), upper: bound(upper) };
}

/** A second opinion that no single value can sway. */
export function ranksOf(series: Series, pair: Pair, plan: Plan): RankFacts | undefined {
  if (series.transform === 'proportion' || Math.min(pair.control.n, pair.treatment.n) < NEEDED_FOR_RANKS) {
    return undefined;
  }
  const [control, treatment] = COMPARED.map((variant) =>
    series.units.filter((unit) => unit.variant === variant).map(({ value }) => value),
  ) as [number[], number[]];
  const compared = compareRanks(control, treatment, plan);
  if (compared === undefined) return undefined;
  return {
    estimate: 0.5 + compared.estimate,
    lower: Math.max(0, 0.5 + compared.lower),
    upper: Math.min(1, 0.5 + compared.upper),
    disagrees: compared.estimate * (pair.treatment.mean - pair.control.mean) < 0,
  };
}

/** What the change does to a total: only means add up. */
export function meanDifferenceOf(series: Series, entries: readonly SampleEntry[], plan: Plan): Interval | undefined {
  if (!isRatio(series.transform)) return undefined;
  const [control, treatment] = COMPARED.map((variant) => momentsOf(valuesOfVariant(series, entries, variant))) as [
    ReturnType<typeof momentsOf>,
    ReturnType<typeof momentsOf>,
  ];
  if (Math.min(control.n, treatment.n) < NEEDED_FOR_MEANS) return undefined;
  const compared = compareTotals(control, treatment, plan);
  if (compared === undefined) return undefined;
  return { estimate: compared.estimate + 0, lower: bound(compared.lower), upper: bound(compared.upper) };
}
