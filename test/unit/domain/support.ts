import fc from 'fast-check';
import {
  DIRECTIONS,
  EXPERIMENT_STATES,
  METRICS,
  type Binding,
  type Experiment,
  type ExperimentInput,
  type Guardrail,
  type SuccessCriterion,
} from '../../../src/api';
import type { Measured } from '../../../src/domain/metrics';

export function draft(change: Partial<Experiment> = {}): Experiment {
  return {
    id: 'e1',
    name: 'Shorter rules',
    hypothesis: '',
    changeDescription: '',
    metric: 'TokensPerSession',
    durationDays: 14,
    binding: { kind: 'ManualTag', variantField: 'variant' },
    successCriterion: { kind: 'Absolute', metricValue: 1 },
    guardrails: [],
    state: 'Draft',
    createdAt: 500,
    ...change,
  };
}

/** What a person gave for it. */
export function inputOf(experiment: Experiment): ExperimentInput {
  const input: Partial<Experiment> = { ...experiment };
  for (const key of ['id', 'state', 'createdAt', 'startedAt', 'concludedAt', 'damaged'] as const) {
    Reflect.deleteProperty(input, key);
  }
  return input as ExperimentInput;
}

/** Text as it stands in an experiment: without blanks at its ends. */
const text = (maxLength: number, minLength = 0): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength, maxLength })
    .map((value) => value.trim())
    .filter((value) => value.length >= minLength && value.length <= maxLength);

const pair = fc.tuple(text(40, 1), text(40, 1)).filter(([a, b]) => a !== b);
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const percent = fc.double({ min: 0.01, max: 99, noNaN: true });

const binding: fc.Arbitrary<Binding> = fc.oneof(
  pair.map(([controlCommit, treatmentCommit]) => ({ kind: 'GitCommit' as const, controlCommit, treatmentCommit })),
  pair.map(([controlBranch, treatmentBranch]) => ({ kind: 'Branch' as const, controlBranch, treatmentBranch })),
  pair.map(([controlFingerprint, treatmentFingerprint]) => ({
    kind: 'PromptFingerprint' as const,
    controlFingerprint,
    treatmentFingerprint,
  })),
  text(20, 1).map((variantField) => ({ kind: 'ManualTag' as const, variantField })),
);

const successCriterion: fc.Arbitrary<SuccessCriterion> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...DIRECTIONS), percent, fc.constantFrom(1, -1))
    .map(([direction, size, sign]) => ({ kind: 'Delta' as const, direction, targetPct: size * sign })),
  // JSON has one zero.
  number.map((metricValue) => ({ kind: 'Absolute' as const, metricValue: metricValue + 0 })),
);

const guardrail: fc.Arbitrary<Guardrail> = fc
  .tuple(fc.constantFrom(...METRICS), fc.constantFrom(...DIRECTIONS), fc.double({ min: 0.001, max: 1e6, noNaN: true }))
  .map(([metric, regressionDirection, thresholdPct]) => ({ metric, regressionDirection, thresholdPct }));

const optional = {
  workspace: text(60, 1),
  since: fc.nat(),
  plannedPerVariant: fc.integer({ min: 1, max: 1_000_000 }),
  alpha: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
};

/** Any input that `validateInput` takes as it is. */
export const inputs: fc.Arbitrary<ExperimentInput> = fc.record(
  {
    name: text(200, 1),
    hypothesis: text(300),
    changeDescription: text(300),
    metric: fc.constantFrom(...METRICS),
    durationDays: fc.integer({ min: 1, max: 3650 }),
    binding,
    successCriterion,
    guardrails: fc.array(guardrail, { maxLength: 3 }),
    ...optional,
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      ...(['name', 'hypothesis', 'changeDescription', 'metric', 'durationDays'] as const),
      ...(['binding', 'successCriterion', 'guardrails'] as const),
    ],
  },
);

/** Any sound experiment, in any state. */
export const experiments: fc.Arbitrary<Experiment> = fc
  .tuple(
    inputs,
    fc.record(
      {
        id: fc.uuid(),
        createdAt: fc.nat(),
        state: fc.constantFrom(...EXPERIMENT_STATES),
        startedAt: fc.nat(),
        concludedAt: fc.nat(),
      },
      { requiredKeys: ['id', 'createdAt', 'state'] },
    ),
  )
  .map(([input, rest]) => ({ ...input, ...rest }));

/** A session as the index knows it. */
export function measured(id: string, change: Partial<Measured> = {}): Measured {
  return {
    id,
    agent: 'claude',
    startedAt: 1,
    lastActiveAt: 2,
    prompts: 2,
    toolCalls: 0,
    toolErrors: 0,
    filesTouched: 3,
    activeMinutes: 4,
    wallMinutes: 5,
    ...change,
  };
}
