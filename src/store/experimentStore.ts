import type { Experiment, ExperimentState } from '../api';
import type { Transition, TransitionDecision } from '../domain/experiment';
import type { Author, HistoryEntry, TagDecision, TagRequest } from '../domain/tags';
import type { ReadOnlyProblem } from './errors';
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
  /** What people said of their sessions, by session id. */
  outcomes: OutcomeTable;
  /** Goes up when the view changes; two views of one store with the same revision are the same object. */
  revision: number;
}

export type SaveRefusal =
  /** A concluded or archived experiment never changes. */
  | { code: 'wrongState'; state: ExperimentState }
  /** The stored row cannot be read in full; saving would lose what it holds. */
  | { code: 'damaged'; problem: string }
  /** What was given would come back damaged. */
  | { code: 'invalid'; problem: string };

export type SaveDecision =
  | { outcome: 'created' | 'updated' | 'unchanged'; experiment: Experiment }
  | { outcome: 'refused'; refusal: SaveRefusal };

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
  /**
   * Inserts an experiment, or updates the one with its id, which keeps its state, its times of creation, start and end, and the
   * metadata keys that we do not know.
   */
  save(experiment: Experiment): Promise<SaveDecision>;
  transition(experimentId: string, transition: Transition): Promise<TransitionDecision>;
  apply(request: TagRequest, author: Author): Promise<TagDecision>;
  /** Keeps what a person says of a session; undefined takes it back. Resolves to what is kept. */
  setOutcome(
    sessionId: string,
    outcome: SessionOutcome | undefined,
    author: Author,
  ): Promise<SessionOutcome | undefined>;
  /** Oldest first; of one session where it is named. */
  history(experimentId: string, sessionId?: string): Promise<readonly HistoryEntry[]>;
  /** Fires after a write of this store, and when another process's write is noticed (by `read`, `poll` or `watch`). */
  onDidChange(listener: () => void): Subscription;
  /** Looks once whether another process wrote. */
  poll(): Promise<void>;
  /** Notices other processes' writes until it is disposed. */
  watch(): Subscription;
  dispose(): void;
}
