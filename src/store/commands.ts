import type { Experiment } from '../api';
import { transitionExperiment, type Transition, type TransitionDecision } from '../domain/experiment';
import { decodeExperiment, encodeMetadata, parseMetadata, type Metadata } from '../domain/metadata';
import { decideTag, type Author, type TagDecision, type TagRequest } from '../domain/tags';
import type { MemoryDatabase } from './engine';
import type { SaveDecision } from './experimentStore';
import {
  appendHistory,
  findExperiment,
  findOutcome,
  findTag,
  insertExperiment,
  updateExperiment,
  writeOutcome,
  writeTag,
  type SessionOutcome,
  type StoredExperiment,
} from './rows';

/** What a command decided on the rows that it saw. `changed: false` means that nothing needs to be written. */
export interface Outcome<T> {
  result: T;
  changed: boolean;
}

const same = <T>(result: T): Outcome<T> => ({ result, changed: false });
const changed = <T>(result: T): Outcome<T> => ({ result, changed: true });

/** What an experiment reads as once it is stored with this metadata. */
function asStored(experiment: Experiment, metadata: string): Experiment {
  const { id, name, createdAt, state, concludedAt } = experiment;
  return decodeExperiment({ id, name, createdAt, metadata, state, concludedAt: concludedAt ?? null });
}

function saveOver(db: MemoryDatabase, given: Experiment, stored: StoredExperiment): Outcome<SaveDecision> {
  const { state, createdAt, startedAt, concludedAt, damaged } = stored.experiment;
  if (damaged !== undefined) {
    return same({ outcome: 'refused', refusal: { code: 'damaged', problem: damaged } });
  }
  if (state === 'Concluded' || state === 'Archived') {
    return same({ outcome: 'refused', refusal: { code: 'wrongState', state } });
  }
  const kept: Experiment = { ...given, state, createdAt };
  delete kept.startedAt;
  delete kept.concludedAt;
  if (startedAt !== undefined) kept.startedAt = startedAt;
  if (concludedAt !== undefined) kept.concludedAt = concludedAt;
  const metadata = JSON.stringify(encodeMetadata(kept, parseMetadata(stored.metadata)));
  const experiment = asStored(kept, metadata);
  if (experiment.damaged !== undefined) {
    return same({ outcome: 'refused', refusal: { code: 'invalid', problem: experiment.damaged } });
  }
  if (metadata === stored.metadata && kept.name === stored.experiment.name) {
    return same({ outcome: 'unchanged', experiment });
  }
  updateExperiment(db, kept, metadata);
  return changed({ outcome: 'updated', experiment });
}

export function saveExperiment(db: MemoryDatabase, given: Experiment): Outcome<SaveDecision> {
  if (given.damaged !== undefined) {
    return same({ outcome: 'refused', refusal: { code: 'invalid', problem: given.damaged } });
  }
  const stored = findExperiment(db, given.id);
  if (stored !== undefined) return saveOver(db, given, stored);
  const metadata = JSON.stringify(encodeMetadata(given));
  const experiment = asStored(given, metadata);
  if (experiment.damaged !== undefined) {
    return same({ outcome: 'refused', refusal: { code: 'invalid', problem: experiment.damaged } });
  }
  insertExperiment(db, given, metadata);
  return changed({ outcome: 'created', experiment });
}

export function moveExperiment(
  db: MemoryDatabase,
  id: string,
  transition: Transition,
  now: number,
): Outcome<TransitionDecision> {
  const stored = findExperiment(db, id);
  if (stored === undefined) return same({ ok: false, refusal: { code: 'unknownExperiment' } });
  const decision = transitionExperiment(stored.experiment, transition, now);
  if (!decision.ok) return same(decision);
  const { experiment } = decision;
  // Only these keys: a transition must not rewrite the design, nor what another program keeps beside it.
  const metadata: Metadata = {
    ...parseMetadata(stored.metadata),
    state: experiment.state,
    concluded_at_ms: experiment.concludedAt ?? null,
    ...(experiment.startedAt === undefined ? {} : { started_at_ms: experiment.startedAt }),
  };
  updateExperiment(db, experiment, JSON.stringify(metadata));
  return changed(decision);
}

export function applyTag(db: MemoryDatabase, request: TagRequest, author: Author, now: number): Outcome<TagDecision> {
  const { experimentId, sessionId, action } = request;
  const experiment = findExperiment(db, experimentId)?.experiment;
  const decision = decideTag(experiment, findTag(db, experimentId, sessionId), request);
  const { outcome, existing, after } = decision;
  if (outcome !== 'tagged' && outcome !== 'retagged' && outcome !== 'untagged') return same(decision);
  writeTag(db, request, existing, after);
  appendHistory(db, {
    experimentId,
    sessionId,
    at: now,
    author,
    action,
    ...(existing === undefined ? {} : { from: existing }),
    ...(after === undefined ? {} : { to: after }),
    ...(request.action === 'tag' ? {} : { reason: request.reason.trim() }),
  });
  return changed(decision);
}

/** Keeps what a person says of a session; undefined takes it back. The result is what is kept afterwards. */
export function applyOutcome(
  db: MemoryDatabase,
  { sessionId, outcome }: { sessionId: string; outcome: SessionOutcome | undefined },
  author: Author,
  now: number,
): Outcome<SessionOutcome | undefined> {
  const before = findOutcome(db, sessionId);
  if (before.outcome === outcome && before.stored === (outcome !== undefined)) return same(outcome);
  writeOutcome(db, { sessionId, outcome, at: now, who: author.who });
  return changed(outcome);
}
