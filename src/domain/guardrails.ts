import { againstRatio, bound, hasEnough, inDirection, pairOf, seriesOf, type Series } from './comparison';
import { effectOf, variantsOf } from './description';
import type { GuardrailPlan, Plan } from './plan';
import type { GuardrailFacts, ReportUnit } from './reportFacts';
import type { Sample } from './sample';
import { compare, ratioAt, type Pair } from './scale';

/** A guardrail by its margin: passed when the interval excludes a change that bad, breached when it is wholly beyond. */
export function guardrailOf(
  { metric, bad, ratio }: GuardrailPlan,
  unit: ReportUnit,
  sample: Sample,
  plan: Plan,
): GuardrailFacts {
  const series = seriesOf(metric, unit, sample.entries);
  const pair = pairOf(series);
  const effect = effectOf(series, pair, plan);
  const marginAt = pair.control.n === 0 ? null : bound(ratioAt(series.transform, ratio, pair.control));
  return {
    metric,
    bad,
    ratio,
    status: statusOf(series, pair, plan, { metric, bad, ratio }),
    transform: series.transform,
    variants: variantsOf(series, pair, sample),
    ...(marginAt === null ? {} : { marginAt }),
    ...(effect === undefined ? {} : { effect }),
  };
}

function statusOf(series: Series, pair: Pair, plan: Plan, { bad, ratio }: GuardrailPlan): GuardrailFacts['status'] {
  const effect = hasEnough(series, pair) ? compare(series.transform, pair, plan) : undefined;
  const beyond = effect && againstRatio(series.transform, pair, effect, plan, ratio);
  if (beyond === undefined) return 'undecided';
  const { lower, upper } = inDirection(beyond, bad);
  if (lower >= 0) return 'breached';
  return upper < 0 ? 'pass' : 'undecided';
}
