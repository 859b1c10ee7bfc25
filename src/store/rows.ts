import type { Experiment, Session, Variant } from '../api';
import { decodeExperiment } from '../domain/metadata';
import { isVariant, type HistoryEntry, type StoredTag, type TagRequest } from '../domain/tags';
import type { MemoryDatabase, SqlValue } from './engine';

/** An experiment with the metadata text that its row holds. */
export interface StoredExperiment {
  experiment: Experiment;
  metadata: string;
}

export type TagTable = ReadonlyMap<string, ReadonlyMap<string, Variant | undefined>>;

/** Text for a value of any type, so that rows which no version of ours wrote can still be shown. */
export function textOf(value: SqlValue | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return value === null || value === undefined ? '' : String(value);
}

const columns = 'id, name, created_at_ms, metadata, state, concluded_at_ms';

/** Total: a column of an unexpected type makes the experiment damaged, and keeps the rest. */
export function experimentOf(row: SqlValue[]): StoredExperiment {
  const [id, name, createdAt, metadata, state, concludedAt] = row;
  const decoded = decodeExperiment({
    id: textOf(id),
    name: textOf(name),
    createdAt: typeof createdAt === 'number' ? createdAt : 0,
    metadata: textOf(metadata),
    state: textOf(state),
    concludedAt: typeof concludedAt === 'number' ? concludedAt : null,
  });
  const odd = [
    ...Object.entries({ id, name, metadata, state }).flatMap(([key, value]) =>
      typeof value === 'string' ? [] : [key],
    ),
    ...(typeof createdAt === 'number' ? [] : ['created_at_ms']),
    ...(typeof concludedAt === 'number' || concludedAt === null ? [] : ['concluded_at_ms']),
  ];
  const experiment = odd.length === 0 ? decoded : { ...decoded, damaged: `unexpected type of ${odd.join(', ')}` };
  return { experiment, metadata: textOf(metadata) };
}

/** Newest first. */
export function listExperiments(db: MemoryDatabase): Experiment[] {
  return db
    .rows(`SELECT ${columns} FROM experiments ORDER BY created_at_ms DESC, id DESC`)
    .map((row) => experimentOf(row).experiment);
}

export function findExperiment(db: MemoryDatabase, id: string): StoredExperiment | undefined {
  const [row] = db.rows(`SELECT ${columns} FROM experiments WHERE id = ?`, [id]);
  return row && experimentOf(row);
}

export function insertExperiment(db: MemoryDatabase, experiment: Experiment, metadata: string): void {
  const { id, name, createdAt, state, concludedAt } = experiment;
  db.change('insertExperiment', [id, name, createdAt, metadata, state, concludedAt ?? null]);
}

/** The creation time is not among what an update can set. */
export function updateExperiment(db: MemoryDatabase, experiment: Experiment, metadata: string): void {
  const { id, name, state, concludedAt } = experiment;
  expectOne(db.change('updateExperiment', [name, metadata, state, concludedAt ?? null, id]));
}

/** With its tags. */
export function deleteExperiment(db: MemoryDatabase, id: string): void {
  db.change('deleteTags', [id]);
  expectOne(db.change('deleteExperiment', [id]));
}

/** Throws where a statement that is about one row changed another number. */
export function expectOne(changed: number): void {
  if (changed !== 1) throw new Error(`expected to change one row, not ${changed}`);
}

export function listTags(db: MemoryDatabase): TagTable {
  const tags = new Map<string, Map<string, Variant | undefined>>();
  const all = db.rows(
    'SELECT experiment_id, session_id, variant FROM experiment_tags ORDER BY experiment_id, session_id',
  );
  for (const [experimentId, sessionId, variant] of all) {
    const key = textOf(experimentId);
    const ofExperiment = tags.get(key) ?? new Map<string, Variant | undefined>();
    tags.set(key, ofExperiment);
    const session = textOf(sessionId);
    // A table without its primary key can hold a session twice: then neither row can be believed.
    ofExperiment.set(session, isVariant(variant) && !ofExperiment.has(session) ? variant : undefined);
  }
  return tags;
}

export function findTag(db: MemoryDatabase, experimentId: string, sessionId: string): StoredTag {
  const found = db.rows('SELECT variant FROM experiment_tags WHERE experiment_id = ? AND session_id = ?', [
    experimentId,
    sessionId,
  ]);
  const [first, second] = found;
  if (first === undefined) return { kind: 'none' };
  const [variant] = first;
  if (second === undefined && isVariant(variant)) return { kind: 'variant', variant };
  return { kind: 'damaged', value: found.map(([value]) => textOf(value)).join(', ') };
}

/** Writes what a decision that changes something asks for: `before` and `after` are absent for no tag. */
export function writeTag(
  db: MemoryDatabase,
  { experimentId, sessionId }: TagRequest,
  before: Variant | undefined,
  after: Variant | undefined,
): void {
  const key = [experimentId, sessionId];
  if (before === undefined && after !== undefined) {
    expectOne(db.change('insertTag', [...key, after]));
  } else if (after !== undefined) {
    expectOne(db.change('updateTag', [after, ...key]));
  } else {
    expectOne(db.change('deleteTag', key));
  }
}

export type SessionOutcome = NonNullable<Session['outcome']>;
export type OutcomeTable = ReadonlyMap<string, SessionOutcome>;

/** What people said of their sessions. A value that is no outcome is left unsaid. */
export function listOutcomes(db: MemoryDatabase): OutcomeTable {
  const outcomes = new Map<string, SessionOutcome>();
  for (const [sessionId, outcome] of db.rows('SELECT session_id, outcome FROM session_outcomes')) {
    if (outcome === 'success' || outcome === 'failure') outcomes.set(textOf(sessionId), outcome);
  }
  return outcomes;
}

/** The outcome that a row holds; undefined for no row or a value that is none. */
export function findOutcome(db: MemoryDatabase, sessionId: string): { stored: boolean; outcome?: SessionOutcome } {
  const [row] = db.rows('SELECT outcome FROM session_outcomes WHERE session_id = ?', [sessionId]);
  if (row === undefined) return { stored: false };
  const [outcome] = row;
  return outcome === 'success' || outcome === 'failure' ? { stored: true, outcome } : { stored: true };
}

export function writeOutcome(
  db: MemoryDatabase,
  { sessionId, outcome, at, who }: { sessionId: string; outcome: SessionOutcome | undefined; at: number; who: string },
): void {
  if (outcome === undefined) db.change('deleteOutcome', [sessionId]);
  else db.change('writeOutcome', [sessionId, outcome, at, who]);
}

export type NewHistoryEntry = Omit<HistoryEntry, 'sequence'>;

export function appendHistory(db: MemoryDatabase, entry: NewHistoryEntry): void {
  const { author, from, to, reason } = entry;
  db.change('appendHistory', [
    ...[entry.experimentId, entry.sessionId, entry.at, author.who, author.via, author.window, entry.action],
    ...[from ?? null, to ?? null, reason ?? null],
  ]);
}

const actions: readonly HistoryEntry['action'][] = ['tag', 'retag', 'untag'];

function entryOf(row: SqlValue[]): HistoryEntry {
  const [sequence, experimentId, sessionId, at, who, via, window, action, from, to, reason] = row;
  return {
    sequence: Number(sequence),
    experimentId: textOf(experimentId),
    sessionId: textOf(sessionId),
    at: typeof at === 'number' && Number.isFinite(at) ? at : 0,
    author: { who: textOf(who), via: via === 'person' ? 'person' : 'program', window: textOf(window) },
    action: actions.find((known) => known === action) ?? 'tag',
    ...(isVariant(from) ? { from } : {}),
    ...(isVariant(to) ? { to } : {}),
    ...(reason === null ? {} : { reason: textOf(reason) }),
  };
}

/** Oldest first; of one session where it is named. */
export function listHistory(db: MemoryDatabase, experimentId: string, sessionId: string | undefined): HistoryEntry[] {
  return db
    .rows(
      `SELECT sequence, experiment_id, session_id, at_ms, who, via, window, action, from_variant, to_variant, reason
       FROM tag_history WHERE experiment_id = ?1 AND (?2 IS NULL OR session_id = ?2) ORDER BY sequence`,
      [experimentId, sessionId ?? null],
    )
    .map(entryOf);
}
