import type { Experiment } from '../api';

/** What an experiment said before anybody saw a result. All of it is frozen at the start. */
const PLAN = [
  'hypothesis',
  'metric',
  'binding',
  'successCriterion',
  'guardrails',
  'plannedPerVariant',
  'alpha',
  'durationDays',
  'since',
  'workspace',
  'randomised',
  'pinnedTips',
] as const satisfies readonly (keyof Experiment)[];

export type PlanField = (typeof PLAN)[number];

/** The fields of the plan in which two experiments differ. Both must come from the same reader, which orders their keys. */
export function planChanges(before: Experiment, after: Experiment): PlanField[] {
  return PLAN.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}
