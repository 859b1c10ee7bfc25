import type { Direction, Experiment, Metric } from '../api';
import { DEFAULT_ALLOCATION } from './assignment';
import { DEFAULT_ALPHA, DEFAULT_PLANNED_PER_VARIANT } from './experiment';
import { betterDirection } from './metrics';

/**
 * What makes the change worth keeping, as it was set before the start.
 * `ratio`: Treatment against Control, 0.85 for 15% less. `level`: what a typical Treatment session reaches, in the metric's unit.
 */
export type Target =
  { kind: 'ratio'; good: Direction; ratio: number } | { kind: 'level'; good: Direction; value: number };

/** `ratio`: Treatment against Control at which the guardrail is breached, 1.05 for 5% more. `bad` is the direction of harm. */
export interface GuardrailPlan {
  metric: Metric;
  bad: Direction;
  ratio: number;
}

/** Everything that a verdict depends on besides the sample. Frozen at the start. */
export interface Plan {
  metric: Metric;
  alpha: number;
  /** Sessions per variant for which the intervals are made as narrow as they can be. */
  nStar: number;
  target: Target;
  guardrails: GuardrailPlan[];
  /** Share of Treatment that was promised; absent where the tool does not draw the variants. */
  allocation?: number;
}

const N_STAR_RANGE = { min: 25, max: 500 };

/** A pure function of the experiment, whose input never changes after the start: that is what freezes it. */
export function planOf(experiment: Experiment): Plan {
  const { metric, alpha = DEFAULT_ALPHA, plannedPerVariant = DEFAULT_PLANNED_PER_VARIANT } = experiment;
  return {
    metric,
    alpha,
    nStar: Math.min(Math.max(plannedPerVariant, N_STAR_RANGE.min), N_STAR_RANGE.max),
    target: targetOf(experiment),
    guardrails: (experiment.guardrails ?? []).map(({ metric: guarded, regressionDirection: bad, thresholdPct }) => ({
      metric: guarded,
      bad,
      ratio: ratioOf(bad, thresholdPct),
    })),
    ...(experiment.randomised === undefined
      ? {}
      : { allocation: experiment.randomised.allocation ?? DEFAULT_ALLOCATION }),
  };
}

/** The direction decides, whichever sign the percentage was written with. */
function targetOf({ metric, successCriterion }: Experiment): Target {
  if (successCriterion.kind === 'Absolute') {
    return { kind: 'level', good: betterDirection[metric], value: successCriterion.metricValue };
  }
  const { direction: good, targetPct } = successCriterion;
  return { kind: 'ratio', good, ratio: ratioOf(good, targetPct) };
}

/** Never below zero: nothing can fall by more than 100%. */
function ratioOf(direction: Direction, percent: number): number {
  const size = Math.abs(percent) / 100;
  return direction === 'Increase' ? 1 + size : Math.max(0, 1 - size);
}
