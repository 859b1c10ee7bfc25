import {
  EXPERIMENT_STATES,
  type Binding,
  type Experiment,
  type ExperimentInput,
  type ExperimentState,
  type PinnedTips,
  type Randomised,
  type SuccessCriterion,
} from '../api';
import { validateInput } from './validation';

/**
 * The stored form of an experiment: one JSON object in snake_case, the shape of the kaizen CLI's `experiments.metadata`, with a
 * few keys of our own. Keys that we do not know are kept when an experiment is saved again.
 */
export type Metadata = Record<string, unknown>;

/** The columns that stand beside the metadata. They win over the copies inside it. */
export interface ExperimentRow {
  id: string;
  name: string;
  createdAt: number;
  metadata: string;
  state: string;
  concludedAt: number | null;
}

function encodeBinding(binding: Binding): Metadata {
  switch (binding.kind) {
    case 'GitCommit':
      return { GitCommit: { control_commit: binding.controlCommit, treatment_commit: binding.treatmentCommit } };
    case 'Branch':
      return { Branch: { control_branch: binding.controlBranch, treatment_branch: binding.treatmentBranch } };
    case 'PromptFingerprint':
      return {
        PromptFingerprint: {
          control_fingerprint: binding.controlFingerprint,
          treatment_fingerprint: binding.treatmentFingerprint,
        },
      };
    case 'ManualTag':
      return { ManualTag: { variant_field: binding.variantField ?? 'variant' } };
  }
}

function encodeCriterion(criterion: SuccessCriterion): Metadata {
  return criterion.kind === 'Delta'
    ? { Delta: { direction: criterion.direction, target_pct: criterion.targetPct } }
    : { Absolute: { metric_value: criterion.metricValue } };
}

function encodeRandomised({ treatmentText, controlText, allocation, agents, blinded }: Randomised): Metadata {
  return {
    treatment_text: treatmentText,
    ...(controlText === undefined ? {} : { control_text: controlText }),
    ...(allocation === undefined ? {} : { allocation }),
    ...(agents === undefined ? {} : { agents }),
    ...(blinded === undefined ? {} : { blinded }),
  };
}

const optionalKeys = [
  'started_at_ms',
  'workspace',
  'since_ms',
  'planned_per_variant',
  'alpha',
  'randomised',
  'pinned_tips',
] as const;

/** The metadata to store; `previous` is what the row holds now, whose unknown keys are kept. */
export function encodeMetadata(experiment: Experiment, previous: Metadata = {}): Metadata {
  const encoded: Metadata = {
    ...previous,
    id: experiment.id,
    name: experiment.name,
    hypothesis: experiment.hypothesis,
    change_description: experiment.changeDescription,
    metric: experiment.metric,
    binding: encodeBinding(experiment.binding),
    duration_days: experiment.durationDays,
    success_criterion: encodeCriterion(experiment.successCriterion),
    state: experiment.state,
    created_at_ms: experiment.createdAt,
    concluded_at_ms: experiment.concludedAt ?? null,
    guardrails: (experiment.guardrails ?? []).map((guardrail) => ({
      metric: guardrail.metric,
      regression_direction: guardrail.regressionDirection,
      threshold_pct: guardrail.thresholdPct,
    })),
  };
  const optional: Record<(typeof optionalKeys)[number], unknown> = {
    started_at_ms: experiment.startedAt,
    workspace: experiment.workspace,
    since_ms: experiment.since,
    planned_per_variant: experiment.plannedPerVariant,
    alpha: experiment.alpha,
    randomised: experiment.randomised && encodeRandomised(experiment.randomised),
    pinned_tips: experiment.pinnedTips,
  };
  for (const key of optionalKeys) {
    if (optional[key] === undefined) Reflect.deleteProperty(encoded, key);
    else encoded[key] = optional[key];
  }
  return encoded;
}

/** Parses stored metadata; undefined where it is not a JSON object. */
export function parseMetadata(text: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const bindingKeys: Record<Binding['kind'], Record<string, string>> = {
  GitCommit: { controlCommit: 'control_commit', treatmentCommit: 'treatment_commit' },
  Branch: { controlBranch: 'control_branch', treatmentBranch: 'treatment_branch' },
  PromptFingerprint: { controlFingerprint: 'control_fingerprint', treatmentFingerprint: 'treatment_fingerprint' },
  ManualTag: { variantField: 'variant_field' },
};
const criterionKeys: Record<SuccessCriterion['kind'], Record<string, string>> = {
  Delta: { direction: 'direction', targetPct: 'target_pct' },
  Absolute: { metricValue: 'metric_value' },
};

/** Turns `{Kind: {snake: …}}` into `{kind: 'Kind', camel: …}` for the kinds in the table; anything else passes unread. */
function decodeTagged(value: unknown, table: Record<string, Record<string, string>>): unknown {
  if (!isObject(value)) return value;
  const kind = Object.keys(table).find((name) => name in value);
  const keys = kind === undefined ? undefined : table[kind];
  const body = kind === undefined ? undefined : value[kind];
  if (keys === undefined || !isObject(body)) return { kind: Object.keys(value)[0] };
  return { kind, ...decodeKeys(body, keys) };
}

function decodeKeys(source: Metadata, keys: Record<string, string>): Metadata {
  return Object.fromEntries(
    Object.entries(keys)
      .map(([camel, snake]) => [camel, source[snake]] as const)
      .filter(([, value]) => value !== undefined && value !== null),
  );
}

function decodeGuardrails(value: unknown): unknown {
  if (value === null) return undefined;
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) =>
    isObject(item)
      ? decodeKeys(item, {
          metric: 'metric',
          regressionDirection: 'regression_direction',
          thresholdPct: 'threshold_pct',
        })
      : item,
  );
}

function decodeRandomised(value: unknown): unknown {
  if (!isObject(value)) return value;
  return decodeKeys(value, {
    treatmentText: 'treatment_text',
    controlText: 'control_text',
    allocation: 'allocation',
    agents: 'agents',
    blinded: 'blinded',
  });
}

/** They are shown and never compared with, so what is no text is as good as absent. */
function decodeTips(value: unknown): PinnedTips | undefined {
  if (!isObject(value)) return undefined;
  const { control, treatment } = value;
  return {
    ...(typeof control === 'string' ? { control } : {}),
    ...(typeof treatment === 'string' ? { treatment } : {}),
  };
}

function isState(value: unknown): value is ExperimentState {
  return EXPERIMENT_STATES.some((state) => state === value);
}

/** Times that a date can hold (ECMA-262, time values); a file in other units would blank every view that shows one. */
const MAX_TIME = 8.64e15;
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= MAX_TIME;
const time = (value: unknown): number | undefined => (isTime(value) ? value : undefined);
/** Absent is fine; there and no time is damage. */
const isTimeOrAbsent = (value: unknown): boolean => value === undefined || value === null || isTime(value);

/** What a damaged row shows as: its name and times, and nothing that could be taken for its real design. */
const unreadable: ExperimentInput = {
  name: '',
  hypothesis: '',
  changeDescription: '',
  metric: 'TokensPerSession',
  durationDays: 1,
  binding: { kind: 'ManualTag' },
  successCriterion: { kind: 'Absolute', metricValue: 0 },
  guardrails: [],
};

/** Total: a row that cannot be read in full comes back with `damaged` saying why, and with what could be read. */
export function decodeExperiment(row: ExperimentRow): Experiment {
  const concludedAt = time(row.concludedAt);
  const frame = {
    id: row.id,
    name: row.name,
    createdAt: time(row.createdAt) ?? 0,
    state: isState(row.state) ? row.state : 'Draft',
    ...(concludedAt === undefined ? {} : { concludedAt }),
  };
  const damaged = (problem: string): Experiment => ({ ...unreadable, ...frame, damaged: problem });

  if (!isState(row.state)) return damaged(`state ${JSON.stringify(row.state)}`);
  const metadata = parseMetadata(row.metadata);
  if (metadata === undefined) return damaged('metadata is not a JSON object');
  const times = {
    created_at_ms: row.createdAt,
    concluded_at_ms: row.concludedAt,
    started_at_ms: metadata['started_at_ms'],
    since_ms: metadata['since_ms'],
  };
  const odd = Object.entries(times).filter(([, value]) => !isTimeOrAbsent(value));
  if (odd.length > 0) return damaged(`${odd.map(([key]) => key).join(', ')}: not a time in milliseconds`);
  const known = {
    ...decodeKeys(metadata, {
      hypothesis: 'hypothesis',
      changeDescription: 'change_description',
      metric: 'metric',
      durationDays: 'duration_days',
      workspace: 'workspace',
      since: 'since_ms',
      plannedPerVariant: 'planned_per_variant',
      alpha: 'alpha',
    }),
    name: row.name,
    binding: decodeTagged(metadata['binding'], bindingKeys),
    successCriterion: decodeTagged(metadata['success_criterion'], criterionKeys),
    guardrails: decodeGuardrails(metadata['guardrails']),
    randomised: decodeRandomised(metadata['randomised'] ?? undefined),
  };
  const validated = validateInput(known);
  if (!validated.ok) {
    return damaged(validated.problems.map(({ field, code }) => `${field}: ${code}`).join(', '));
  }
  const startedAt = time(metadata['started_at_ms']);
  const pinnedTips = decodeTips(metadata['pinned_tips']);
  return {
    ...validated.value,
    ...frame,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(pinnedTips === undefined ? {} : { pinnedTips }),
  };
}
