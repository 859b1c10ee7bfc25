import type { Experiment } from '../api';
import { isOpenAtStart } from '../domain/binding';
import { transitionExperiment, type Transition, type TransitionDecision } from '../domain/experiment';
import type { LookNumbers } from '../domain/looks';
import { decodeExperiment, encodeMetadata, parseMetadata, type Metadata } from '../domain/metadata';
import { planChanges } from '../domain/frozenPlan';
import { decideTag, type Author, type StoredTag, type TagDecision, type TagRequest } from '../domain/tags';
import { findAssignment, listAssignments } from './assignments';
import type { MemoryDatabase } from './engine';
import type { DeleteDecision, SaveDecision, TransitionExtras } from './experimentStore';
import { changed, same, type Outcome } from './outcome';
import { appendLook, insertFrozen, listLooks } from './records';
import {
  appendHistory,
  deleteExperiment,
  findExperiment,
  findOutcome,
  findTag,
  insertExperiment,
  listHistory,
  listOutcomes,
  listTags,
  updateExperiment,
  writeOutcome,
  writeTag,
  type SessionOutcome,
  type StoredExperiment,
} from './rows';

/** What an experiment reads as once it is stored with this metadata. */
function asStored(experiment: Experiment, metadata: string): Experiment {
  const { id, name, createdAt, state, concludedAt } = experiment;
  return decodeExperiment({ id, name, createdAt, metadata, state, concludedAt: concludedAt ?? null });
}

/** What the start wrote down: a caller that does not name it keeps it. */
function startedWith({ alpha, plannedPerVariant, pinnedTips }: Experiment): Partial<Experiment> {
  return {
    ...(alpha === undefined ? {} : { alpha }),
    ...(plannedPerVariant === undefined ? {} : { plannedPerVariant }),
    ...(pinnedTips === undefined ? {} : { pinnedTips }),
  };
}

function saveOver(db: MemoryDatabase, given: Experiment, stored: StoredExperiment): Outcome<SaveDecision> {
  const { state, createdAt, startedAt, concludedAt, damaged } = stored.experiment;
  if (damaged !== undefined) {
    return same({ outcome: 'refused', refusal: { code: 'damaged', problem: damaged } });
  }
  if (state === 'Concluded' || state === 'Archived') {
    return same({ outcome: 'refused', refusal: { code: 'wrongState', state } });
  }
  const kept: Experiment = {
    ...(state === 'Running' ? startedWith(stored.experiment) : {}),
    ...given,
    state,
    createdAt,
  };
  delete kept.startedAt;
  delete kept.concludedAt;
  if (startedAt !== undefined) kept.startedAt = startedAt;
  if (concludedAt !== undefined) kept.concludedAt = concludedAt;
  const metadata = JSON.stringify(encodeMetadata(kept, parseMetadata(stored.metadata)));
  const experiment = asStored(kept, metadata);
  if (experiment.damaged !== undefined) {
    return same({ outcome: 'refused', refusal: { code: 'invalid', problem: experiment.damaged } });
  }
  // What is known from the start of an experiment cannot be fitted to what was seen since.
  const fields = state === 'Running' ? planChanges(stored.experiment, experiment) : [];
  if (fields.length > 0) return same({ outcome: 'refused', refusal: { code: 'frozen', fields } });
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
  { freeze, ...atStart }: TransitionExtras = {},
): Outcome<TransitionDecision> {
  const stored = findExperiment(db, id);
  if (stored === undefined) return same({ ok: false, refusal: { code: 'unknownExperiment' } });
  const decision = transitionExperiment(stored.experiment, transition, now, atStart);
  if (!decision.ok) return same(decision);
  const { experiment } = decision;
  // Only these keys: a transition must not rewrite the design, nor what another program keeps beside it.
  const encoded = encodeMetadata(experiment);
  const metadata: Metadata = { ...parseMetadata(stored.metadata) };
  const keys = [...movedKeys[transition]];
  if (transition === 'start' && isOpenAtStart(stored.experiment.binding)) keys.push('binding');
  for (const key of keys) if (encoded[key] !== undefined) metadata[key] = encoded[key];
  updateExperiment(db, experiment, JSON.stringify(metadata));
  if (transition === 'conclude' && freeze !== undefined) {
    const sample = freeze({
      experiment,
      tags: listTags(db).get(id) ?? new Map(),
      assignments: listAssignments(db).get(id) ?? new Map(),
      outcomes: listOutcomes(db),
      history: listHistory(db, id, undefined),
      looks: listLooks(db, id),
    });
    insertFrozen(db, id, now, sample);
  }
  return changed(decision);
}

const movedKeys: Record<Transition, readonly string[]> = {
  start: ['state', 'started_at_ms', 'planned_per_variant', 'alpha', 'pinned_tips'],
  conclude: ['state', 'concluded_at_ms'],
  archive: ['state'],
};

/** Only a draft can go: what ran is evidence, also of what did not work. Its tags go with it, and stay in the history. */
export function deleteDraft(db: MemoryDatabase, id: string, author: Author, now: number): Outcome<DeleteDecision> {
  const stored = findExperiment(db, id)?.experiment;
  if (stored === undefined) return same({ outcome: 'refused', refusal: { code: 'unknownExperiment' } });
  const { state, damaged } = stored;
  if (damaged !== undefined) return same({ outcome: 'refused', refusal: { code: 'damaged', problem: damaged } });
  if (state !== 'Draft') return same({ outcome: 'refused', refusal: { code: 'wrongState', state } });
  for (const [sessionId, variant] of listTags(db).get(id) ?? []) {
    const from = variant === undefined ? {} : { from: variant };
    appendHistory(db, {
      ...{ experimentId: id, sessionId, at: now, author, action: 'untag', ...from },
      reason: 'The draft was deleted',
    });
  }
  deleteExperiment(db, id);
  return changed({ outcome: 'deleted' });
}

/** Logs what someone saw of a running experiment. Whether it was new. */
export function logLook(db: MemoryDatabase, id: string, look: LookNumbers, now: number): Outcome<boolean> {
  const stored = findExperiment(db, id)?.experiment;
  if (stored?.state !== 'Running' || stored.damaged !== undefined) return same(false);
  const added = appendLook(db, id, look, now);
  return { result: added, changed: added };
}

/** A tag comes before what was drawn. */
export function findVariant(db: MemoryDatabase, experimentId: string, sessionId: string): StoredTag {
  const tag = findTag(db, experimentId, sessionId);
  const assignment = tag.kind === 'none' ? findAssignment(db, experimentId, sessionId) : 'none';
  if (assignment === 'none') return tag;
  return assignment === 'damaged'
    ? { kind: 'damaged', value: 'assignment' }
    : { kind: 'assigned', variant: assignment.variant };
}

export function applyTag(db: MemoryDatabase, request: TagRequest, author: Author, now: number): Outcome<TagDecision> {
  const { experimentId, sessionId, action } = request;
  const experiment = findExperiment(db, experimentId)?.experiment;
  const stored = findVariant(db, experimentId, sessionId);
  const decision = decideTag(experiment, stored, request);
  const { outcome, existing, after } = decision;
  if (outcome !== 'tagged' && outcome !== 'retagged' && outcome !== 'untagged') return same(decision);
  writeTag(db, request, stored.kind === 'variant' ? existing : undefined, after);
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
