import type { Binding, Experiment, ExperimentInput, ExperimentState, PinnedTips } from '../api';
import { isOpenAtStart } from './binding';

export const DEFAULT_ALPHA = 0.05;
/** Sessions per variant for which the intervals are made as narrow as they can be, where the person plans for no number. */
export const DEFAULT_PLANNED_PER_VARIANT = 50;

export interface NewExperiment {
  input: ExperimentInput;
  id: string;
  now: number;
  /** URI of the open folder, used where the input names none. */
  workspace?: string | undefined;
}

/** A draft from validated input. */
export function createExperiment({ input, id, now, workspace }: NewExperiment): Experiment {
  const home = input.workspace ?? workspace;
  return {
    ...input,
    guardrails: input.guardrails ?? [],
    alpha: input.alpha ?? DEFAULT_ALPHA,
    ...(home === undefined ? {} : { workspace: home }),
    id,
    state: 'Draft',
    createdAt: now,
  };
}

export const TRANSITIONS = ['start', 'conclude', 'archive'] as const;
export type Transition = (typeof TRANSITIONS)[number];

const paths: Record<Transition, { from: ExperimentState; to: ExperimentState }> = {
  start: { from: 'Draft', to: 'Running' },
  conclude: { from: 'Running', to: 'Concluded' },
  archive: { from: 'Concluded', to: 'Archived' },
};

export type TransitionRefusal =
  /** The transition does not start from the state that the experiment is in. */
  | { code: 'wrongState'; transition: Transition; state: ExperimentState; needs: ExperimentState }
  | { code: 'damaged'; transition: Transition; problem: string }
  /** What Treatment is was left to the start, and nobody says it, or it is what Control is. */
  | { code: 'noTreatment' }
  | { code: 'unknownExperiment' };

export type TransitionDecision = { ok: true; experiment: Experiment } | { ok: false; refusal: TransitionRefusal };

/** The transition that an experiment in this state can make next, if any. */
export function nextTransition(state: ExperimentState): Transition | undefined {
  return TRANSITIONS.find((transition) => paths[transition].from === state);
}

/** What the start writes down of that moment. */
export interface AtStart {
  /** The tips that the branches have. */
  pinnedTips?: PinnedTips | undefined;
  /** The fingerprint of the instruction files, for a binding that leaves Treatment to the start. */
  fingerprint?: string | undefined;
}

/**
 * Forward only, one step at a time: Draft, Running, Concluded, Archived. The start writes down what the report is computed
 * with, so that no later default changes it.
 */
export function transitionExperiment(
  experiment: Experiment,
  transition: Transition,
  now: number,
  { pinnedTips, fingerprint }: AtStart = {},
): TransitionDecision {
  if (experiment.damaged !== undefined) {
    return { ok: false, refusal: { code: 'damaged', transition, problem: experiment.damaged } };
  }
  const { from, to } = paths[transition];
  if (experiment.state !== from) {
    return { ok: false, refusal: { code: 'wrongState', transition, state: experiment.state, needs: from } };
  }
  const moved: Experiment = { ...experiment, state: to };
  if (transition === 'start') {
    const binding = startBinding(experiment.binding, fingerprint);
    if (binding === undefined) return { ok: false, refusal: { code: 'noTreatment' } };
    moved.binding = binding;
    moved.startedAt = now;
    moved.alpha = experiment.alpha ?? DEFAULT_ALPHA;
    moved.plannedPerVariant = experiment.plannedPerVariant ?? DEFAULT_PLANNED_PER_VARIANT;
    if (pinnedTips !== undefined) moved.pinnedTips = pinnedTips;
  }
  if (transition === 'conclude') moved.concludedAt = now;
  return { ok: true, experiment: moved };
}

function startBinding(binding: Binding, fingerprint: string | undefined): Binding | undefined {
  if (binding.kind !== 'PromptFingerprint' || !isOpenAtStart(binding)) return binding;
  if (fingerprint === undefined || fingerprint === binding.controlFingerprint) return undefined;
  return { ...binding, treatmentFingerprint: fingerprint };
}

const stateOrder: Record<ExperimentState, number> = { Running: 0, Draft: 1, Concluded: 2, Archived: 3 };

/** Running first, then drafts, concluded and archived ones; the newest first within a state. */
export function compareForDisplay(a: Experiment, b: Experiment): number {
  return stateOrder[a.state] - stateOrder[b.state] || b.createdAt - a.createdAt || compareText(a.id, b.id);
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether an experiment belongs to one of the open folders. One without a workspace belongs to all. */
export function belongsTo(experiment: Experiment, openFolders: readonly string[]): boolean {
  return experiment.workspace === undefined || openFolders.includes(experiment.workspace);
}

export type ActiveExperiment = { kind: 'one'; experiment: Experiment } | { kind: 'several' } | { kind: 'none' };

/**
 * The experiment that tags go to when none is named: the selected one while it runs, else the only running one of the open
 * folders. Several running ones and no selection are a question for the person, never a guess.
 */
export function activeExperiment(
  experiments: readonly Experiment[],
  openFolders: readonly string[],
  selectedId: string | undefined,
): ActiveExperiment {
  const running = experiments.filter(({ state, damaged }) => state === 'Running' && damaged === undefined);
  // Whoever selects one of another workspace means it.
  const selected = running.find((experiment) => experiment.id === selectedId);
  if (selected) return { kind: 'one', experiment: selected };
  const [only, second] = running.filter((experiment) => belongsTo(experiment, openFolders));
  if (only === undefined) return { kind: 'none' };
  return second === undefined ? { kind: 'one', experiment: only } : { kind: 'several' };
}
