import type { Experiment, ExperimentState, Variant, VerdictKind } from '../api';
import type { AtStart, Transition, TransitionDecision } from '../domain/experiment';
import type { Look, LookNumbers } from '../domain/looks';
import type { PlanField } from '../domain/frozenPlan';
import type { Assignment } from '../domain/assignment';
import type { Author, HistoryEntry, TagDecision, TagRequest } from '../domain/tags';
import type { AssignmentRequest, AssignmentTable, AssignedSession, Drawing, UnblindingTable } from './assignments';
import type { ReadOnlyProblem } from './errors';
import type { FrozenRecord } from './records';
import type { OutcomeTable, SessionOutcome, TagTable } from './rows';

export type StoreStatus =
  { kind: 'ready' } | { kind: 'readOnly'; problem: ReadOnlyProblem; detail: string; file: string };

/** What the store holds at one moment. Never changed afterwards: a later read gives another view. */
export interface StoreView {
  status: StoreStatus;
  /** Newest first. Damaged rows are among them, marked `damaged`. */
  experiments: readonly Experiment[];
  /** Variants by session id by experiment id. `undefined` is a stored value that is no variant: a damaged tag. */
  tags: TagTable;
  /** What was drawn, by session id by experiment id. */
  assignments: AssignmentTable;
  /** Blinded experiments that somebody or a verdict opened before their end, by experiment id. */
  unblinded: UnblindingTable;
  /** What people said of their sessions, by session id. */
  outcomes: OutcomeTable;
  /** Goes up when the view changes; two views of one store with the same revision are the same object. */
  revision: number;
}

export type SaveRefusal =
  /** A concluded or archived experiment never changes. */
  | { code: 'wrongState'; state: ExperimentState }
  /** The experiment runs, and these parts of its plan would change. */
  | { code: 'frozen'; fields: readonly PlanField[] }
  /** The stored row cannot be read in full; saving would lose what it holds. */
  | { code: 'damaged'; problem: string }
  /** What was given would come back damaged. */
  | { code: 'invalid'; problem: string };

export type SaveDecision =
  | { outcome: 'created' | 'updated' | 'unchanged'; experiment: Experiment }
  | { outcome: 'refused'; refusal: SaveRefusal };

export type DeleteDecision =
  | { outcome: 'deleted' }
  | {
      outcome: 'refused';
      refusal:
        | { code: 'unknownExperiment' }
        /** Only a draft can be deleted. */
        | { code: 'wrongState'; state: ExperimentState }
        | { code: 'damaged'; problem: string };
    };

/** What the store holds of an experiment at the moment of its conclusion. */
export interface StoredFacts {
  /** As concluded. */
  experiment: Experiment;
  /** Variants by session id; `undefined` is a damaged tag. */
  tags: ReadonlyMap<string, Variant | undefined>;
  /** What was drawn, by session id; `undefined` is a damaged draw. */
  assignments: ReadonlyMap<string, Assignment | undefined>;
  outcomes: OutcomeTable;
  history: readonly HistoryEntry[];
  looks: readonly Look[];
}

/** What a transition takes along. */
export interface TransitionExtras extends AtStart {
  /** At the conclusion: makes the sample to keep from what is stored at that moment. May be called more than once. */
  freeze?: (stored: StoredFacts) => string;
}

export interface Subscription {
  dispose(): void;
}

/**
 * Keeps experiments, tags and their history. Every write decides on what is stored at that moment, whatever other windows and
 * processes do, and returns what truly happened. Writes and `history` throw StoreError; a decision that refuses is no error.
 */
export interface ExperimentStore {
  /** Never throws for the state of the file: that is in `status`. */
  read(): Promise<StoreView>;
  /** A part of `read`, for programs that must be quick. */
  readExperiments(): Promise<Pick<StoreView, 'status' | 'experiments'>>;
  /**
   * Inserts an experiment, or updates the one with its id, which keeps its state, its times of creation, start and end, and the
   * metadata keys that we do not know. Of one that runs, only the name and the description of the change can change.
   */
  save(experiment: Experiment): Promise<SaveDecision>;
  /** What the store keeps is in the same transaction as the change of state. */
  transition(experimentId: string, transition: Transition, extras?: TransitionExtras): Promise<TransitionDecision>;
  deleteDraft(experimentId: string, author: Author): Promise<DeleteDecision>;
  /** The sample that was kept at the conclusion; undefined where none was. */
  frozenSample(experimentId: string): Promise<FrozenRecord | undefined>;
  /** Logs what someone saw of a running experiment, where it differs from the look before. Whether it was logged. */
  logLook(experimentId: string, look: LookNumbers): Promise<boolean>;
  /** Oldest first. */
  looks(experimentId: string): Promise<readonly Look[]>;
  apply(request: TagRequest, author: Author): Promise<TagDecision>;
  /** Keeps what a person says of a session; undefined takes it back. Resolves to what is kept. */
  setOutcome(
    sessionId: string,
    outcome: SessionOutcome | undefined,
    author: Author,
  ): Promise<SessionOutcome | undefined>;
  /**
   * Draws the variants of a session that starts, in every running experiment that draws for it, or tells what was drawn before.
   * Draws nothing for a session that goes on and is not known, nor for one that a person has tagged.
   */
  assign(request: AssignmentRequest, drawing: Drawing): Promise<AssignedSession[]>;
  /** Keeps that the agent took what was drawn for a session. */
  delivered(assignments: readonly Pick<Assignment, 'experimentId' | 'sessionId'>[]): Promise<void>;
  /** Keeps that somebody looked behind the blind; the first time counts. */
  unblind(experimentId: string, author: Author): Promise<void>;
  /** Keeps that a verdict opened the blind of a running experiment, if nothing did before. */
  openByVerdict(experimentId: string, verdict: VerdictKind): Promise<void>;
  /** Oldest first; of one session where it is named. */
  history(experimentId: string, sessionId?: string): Promise<readonly HistoryEntry[]>;
  /** Fires after a write of this store, and when another process's write is noticed (by `read`, `poll` or `watch`). */
  onDidChange(listener: () => void): Subscription;
  /** Loads what a write needs, before somebody takes pains over what is to be written. Throws StoreError `engine`. */
  ready(): Promise<void>;
  /** Looks once whether another process wrote. */
  poll(): Promise<void>;
  /** Notices other processes' writes until it is disposed. */
  watch(): Subscription;
  dispose(): void;
}
