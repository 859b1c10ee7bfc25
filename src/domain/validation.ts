import {
  DIRECTIONS,
  METRICS,
  type Binding,
  type ExperimentInput,
  type Guardrail,
  type Randomised,
  type SuccessCriterion,
} from '../api';
import { allocationFraction, ASSIGNABLE_AGENTS, DEFAULT_ALLOCATION, MAX_ASSIGNED_TEXT } from './assignment';

export const MAX_NAME_LENGTH = 200;
export const MAX_TEXT_LENGTH = 10_000;
export const MAX_DURATION_DAYS = 3650;

export type ProblemCode =
  | 'required'
  | 'tooLong'
  | 'notText'
  | 'notAnObject'
  | 'notOneOf'
  | 'notANumber'
  | 'notPositive'
  | 'outOfRange'
  | 'sameOnBothSides'
  | 'notAList'
  | 'notTrueOrFalse'
  | 'needsManualTag';

/** What is wrong with one field; `field` is a path such as `binding.controlCommit`. */
export interface Problem {
  field: string;
  code: ProblemCode;
}

export type Validated<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

type Json = Record<string, unknown>;

class Reader {
  readonly problems: Problem[] = [];

  fail(field: string, code: ProblemCode): void {
    this.problems.push({ field, code });
  }

  object(value: unknown, field: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    this.fail(field, value === undefined ? 'required' : 'notAnObject');
    return {};
  }

  text(value: unknown, field: string, max: number, required: boolean): string {
    if (value === undefined && !required) return '';
    if (value === undefined) this.fail(field, 'required');
    else if (typeof value !== 'string') this.fail(field, 'notText');
    else if (required && value.trim() === '') this.fail(field, 'required');
    else if (value.length > max) this.fail(field, 'tooLong');
    else return value.trim();
    return '';
  }

  number(value: unknown, field: string, allowed: (n: number) => boolean, code: ProblemCode): number {
    if (value === undefined) this.fail(field, 'required');
    else if (typeof value !== 'number' || !Number.isFinite(value)) this.fail(field, 'notANumber');
    else if (!allowed(value)) this.fail(field, code);
    else return value;
    return NaN;
  }

  oneOf<const T extends string>(value: unknown, field: string, options: readonly [T, ...T[]]): T {
    const found = options.find((option) => option === value);
    if (found !== undefined) return found;
    this.fail(field, value === undefined ? 'required' : 'notOneOf');
    return options[0];
  }

  pair(source: Json, first: string, second: string): [string, string] {
    const a = this.text(source[first], `binding.${first}`, MAX_NAME_LENGTH, true);
    const b = this.text(source[second], `binding.${second}`, MAX_NAME_LENGTH, true);
    if (a !== '' && a === b) this.fail(`binding.${second}`, 'sameOnBothSides');
    return [a, b];
  }
}

const BINDING_KINDS = ['GitCommit', 'Branch', 'PromptFingerprint', 'ManualTag'] as const;

function readBinding(reader: Reader, value: unknown): Binding {
  const source = reader.object(value, 'binding');
  const kind = reader.oneOf(source['kind'], 'binding.kind', BINDING_KINDS);
  switch (kind) {
    case 'GitCommit': {
      const [controlCommit, treatmentCommit] = reader.pair(source, 'controlCommit', 'treatmentCommit');
      return { kind, controlCommit, treatmentCommit };
    }
    case 'Branch': {
      const [controlBranch, treatmentBranch] = reader.pair(source, 'controlBranch', 'treatmentBranch');
      return { kind, controlBranch, treatmentBranch };
    }
    case 'PromptFingerprint': {
      const [controlFingerprint, treatmentFingerprint] = reader.pair(
        source,
        'controlFingerprint',
        'treatmentFingerprint',
      );
      return { kind, controlFingerprint, treatmentFingerprint };
    }
    case 'ManualTag': {
      const variantField = reader.text(source['variantField'], 'binding.variantField', MAX_NAME_LENGTH, false);
      return variantField === '' ? { kind } : { kind, variantField };
    }
  }
}

function readCriterion(reader: Reader, value: unknown): SuccessCriterion {
  const source = reader.object(value, 'successCriterion');
  const kind = reader.oneOf(source['kind'], 'successCriterion.kind', ['Delta', 'Absolute']);
  if (kind === 'Absolute') {
    const metricValue = reader.number(source['metricValue'], 'successCriterion.metricValue', () => true, 'notANumber');
    return { kind, metricValue };
  }
  const direction = reader.oneOf(source['direction'], 'successCriterion.direction', DIRECTIONS);
  // Either sign is accepted; a decrease of 100% or more cannot be reached by a positive metric.
  const inRange = (n: number): boolean =>
    n !== 0 && Math.abs(n) <= 1000 && (direction === 'Increase' || Math.abs(n) < 100);
  const targetPct = reader.number(source['targetPct'], 'successCriterion.targetPct', inRange, 'outOfRange');
  return { kind, direction, targetPct };
}

function readGuardrails(reader: Reader, value: unknown): Guardrail[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    reader.fail('guardrails', 'notAList');
    return [];
  }
  return value.map((item: unknown, index) => {
    const field = `guardrails[${index}]`;
    const source = reader.object(item, field);
    return {
      metric: reader.oneOf(source['metric'], `${field}.metric`, METRICS),
      regressionDirection: reader.oneOf(source['regressionDirection'], `${field}.regressionDirection`, DIRECTIONS),
      thresholdPct: reader.number(source['thresholdPct'], `${field}.thresholdPct`, (n) => n > 0, 'notPositive'),
    };
  });
}

function readRandomised(reader: Reader, value: unknown): Randomised {
  const source = reader.object(value, 'randomised');
  const field = (key: string): string => `randomised.${key}`;
  const read: Randomised = {
    treatmentText: reader.text(source['treatmentText'], field('treatmentText'), MAX_ASSIGNED_TEXT, true),
  };
  const controlText = reader.text(source['controlText'], field('controlText'), MAX_ASSIGNED_TEXT, false);
  if (controlText !== '') read.controlText = controlText;
  if (read.treatmentText !== '' && read.treatmentText === controlText) {
    reader.fail(field('controlText'), 'sameOnBothSides');
  }
  const allocation = source['allocation'] ?? DEFAULT_ALLOCATION;
  const possible = (share: number): boolean => allocationFraction(share) !== undefined;
  read.allocation = reader.number(allocation, field('allocation'), possible, 'outOfRange');
  const agents = source['agents'];
  if (agents !== undefined && !Array.isArray(agents)) reader.fail(field('agents'), 'notAList');
  else if (agents !== undefined) {
    const named = agents.map((agent: unknown, index) =>
      reader.oneOf(agent, `${field('agents')}[${index}]`, ASSIGNABLE_AGENTS),
    );
    if (named.length === 0) reader.fail(field('agents'), 'required');
    read.agents = [...new Set(named)];
  }
  const blinded = source['blinded'] ?? false;
  if (typeof blinded !== 'boolean') reader.fail(field('blinded'), 'notTrueOrFalse');
  else if (blinded) read.blinded = true;
  return read;
}

/** Checks what a program or a form hands in. All problems are reported at once, each with its field. */
export function validateInput(value: unknown): Validated<ExperimentInput> {
  const reader = new Reader();
  const source = reader.object(value, 'input');
  const input: ExperimentInput = {
    name: reader.text(source['name'], 'name', MAX_NAME_LENGTH, true),
    hypothesis: reader.text(source['hypothesis'], 'hypothesis', MAX_TEXT_LENGTH, false),
    changeDescription: reader.text(source['changeDescription'], 'changeDescription', MAX_TEXT_LENGTH, false),
    metric: reader.oneOf(source['metric'], 'metric', METRICS),
    durationDays: reader.number(
      source['durationDays'],
      'durationDays',
      (n) => Number.isInteger(n) && n >= 1 && n <= MAX_DURATION_DAYS,
      'outOfRange',
    ),
    binding: readBinding(reader, source['binding']),
    successCriterion: readCriterion(reader, source['successCriterion']),
    guardrails: readGuardrails(reader, source['guardrails']),
  };
  const optional = (key: string, allowed: (n: number) => boolean): number | undefined =>
    source[key] === undefined ? undefined : reader.number(source[key], key, allowed, 'outOfRange');
  const workspace = reader.text(source['workspace'], 'workspace', MAX_TEXT_LENGTH, false);
  if (workspace !== '') input.workspace = workspace;
  const since = optional('since', (n) => Number.isInteger(n) && n >= 0);
  if (since !== undefined) input.since = since;
  const planned = optional('plannedPerVariant', (n) => Number.isInteger(n) && n >= 1 && n <= 1_000_000);
  if (planned !== undefined) input.plannedPerVariant = planned;
  const alpha = optional('alpha', (n) => n > 0 && n < 1);
  if (alpha !== undefined) input.alpha = alpha;
  if (source['randomised'] !== undefined) {
    input.randomised = readRandomised(reader, source['randomised']);
    if (input.binding.kind !== 'ManualTag') reader.fail('binding', 'needsManualTag');
  }
  return reader.problems.length > 0 ? { ok: false, problems: reader.problems } : { ok: true, value: input };
}
