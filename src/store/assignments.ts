import type { Experiment, Randomised, VerdictKind } from '../api';
import {
  ASSIGNMENT_SOURCES,
  DEFAULT_ALLOCATION,
  drawsFor,
  type Assignment,
  type AssignmentSource,
  type DrawnVariant,
} from '../domain/assignment';
import { OPENING_VERDICTS, type Unblinding } from '../domain/blinding';
import type { MemoryDatabase, SqlValue } from './engine';
import { changed, same, type Outcome } from './outcome';
import { expectOne, findExperiment, findTag, listExperiments, textOf } from './rows';

/** By experiment and session; `undefined` is a row that cannot be read as a draw. */
export type AssignmentTable = ReadonlyMap<string, ReadonlyMap<string, Assignment | undefined>>;
export type UnblindingTable = ReadonlyMap<string, Unblinding>;

/** A session that starts, or goes on. */
export interface AssignmentRequest {
  agent: string;
  sessionId: string;
  /** An absolute path in the form of this platform. */
  folder: string;
  /** Only a session that begins is drawn. */
  begins: boolean;
  source: AssignmentSource;
  transcript?: string;
  /** Draws in this experiment alone. */
  experimentId?: string;
}

/** How variants are drawn: by whoever knows folders and random numbers. */
export interface Drawing {
  isInside: (folder: string, workspaceUri: string) => boolean;
  newSeed: () => string;
  variantAt: (
    stratum: { seed: string; experimentId: string; agent: string; allocation: number },
    position: number,
  ) => DrawnVariant;
}

export interface AssignedSession {
  experiment: Experiment & { randomised: Randomised };
  assignment: Assignment;
  /** False where it had been drawn before. */
  isNew: boolean;
}

const columns = 'experiment_id, session_id, agent, variant, position, at_ms, source, transcript, delivered_at_ms';

/** Undefined for what no version of ours wrote, a variant that nothing draws above all: nobody knows what was drawn. */
function assignmentOf(row: SqlValue[]): Assignment | undefined {
  const [experimentId, sessionId, agent, variant, position, at, from, transcript, deliveredAt] = row;
  const source = ASSIGNMENT_SOURCES.find((known) => known === from);
  if (variant !== 'Control' && variant !== 'Treatment') return undefined;
  if (typeof agent !== 'string' || typeof position !== 'number' || typeof at !== 'number') return undefined;
  if (source === undefined) return undefined;
  return {
    experimentId: textOf(experimentId),
    sessionId: textOf(sessionId),
    ...{ agent, variant, position, at, source },
    ...(typeof transcript === 'string' ? { transcript } : {}),
    ...(typeof deliveredAt === 'number' ? { deliveredAt } : {}),
  };
}

export function listAssignments(db: MemoryDatabase): AssignmentTable {
  const table = new Map<string, Map<string, Assignment | undefined>>();
  for (const row of db.rows(`SELECT ${columns} FROM assignments ORDER BY experiment_id, agent, position`)) {
    const [experimentId, sessionId] = [textOf(row[0]), textOf(row[1])];
    const ofExperiment = table.get(experimentId) ?? new Map<string, Assignment | undefined>();
    table.set(experimentId, ofExperiment);
    // A table without its primary key can hold a session twice: then neither row can be believed.
    ofExperiment.set(sessionId, ofExperiment.has(sessionId) ? undefined : assignmentOf(row));
  }
  return table;
}

/** What is stored of a session's draw. */
export function findAssignment(
  db: MemoryDatabase,
  experimentId: string,
  sessionId: string,
): Assignment | 'none' | 'damaged' {
  const [row, second] = db.rows(`SELECT ${columns} FROM assignments WHERE experiment_id = ? AND session_id = ?`, [
    experimentId,
    sessionId,
  ]);
  if (row === undefined) return 'none';
  return (second === undefined ? assignmentOf(row) : undefined) ?? 'damaged';
}

export function listUnblindings(db: MemoryDatabase): UnblindingTable {
  return new Map(
    db
      .rows('SELECT experiment_id, at_ms, who FROM unblindings')
      .map(([experimentId, at, who]) => [textOf(experimentId), unblindingOf(Number(at), textOf(who))]),
  );
}

/** In every experiment that draws for the session: what was drawn before, or a new draw with the next number of the sequence. */
export function assignSession(
  db: MemoryDatabase,
  request: AssignmentRequest,
  drawing: Drawing,
  now: number,
): Outcome<AssignedSession[]> {
  const assigned: AssignedSession[] = [];
  for (const experiment of listExperiments(db)) {
    if (request.experimentId !== undefined && request.experimentId !== experiment.id) continue;
    if (!drawsFor(experiment, request, drawing.isInside)) continue;
    const known = findAssignment(db, experiment.id, request.sessionId);
    // What was drawn is for ever, also where nobody can read it any more.
    if (known === 'damaged') continue;
    if (known !== 'none') assigned.push({ experiment, assignment: known, isNew: false });
    else if (request.begins && findTag(db, experiment.id, request.sessionId).kind === 'none') {
      assigned.push({ experiment, assignment: draw(db, experiment, request, drawing, now), isNew: true });
    }
  }
  return assigned.some(({ isNew }) => isNew) ? changed(assigned) : same(assigned);
}

function draw(
  db: MemoryDatabase,
  { id: experimentId, randomised }: Experiment & { randomised: Randomised },
  { agent, sessionId, source, transcript }: AssignmentRequest,
  drawing: Drawing,
  at: number,
): Assignment {
  const seed = seedOf(db, experimentId, drawing);
  const [next] = db.rows(
    `SELECT MAX(position) + 1 FROM assignments WHERE experiment_id = ? AND agent = ? AND typeof(position) = 'integer'`,
    [experimentId, agent],
  );
  const position = Number(next?.[0] ?? 0);
  const allocation = randomised.allocation ?? DEFAULT_ALLOCATION;
  const variant = drawing.variantAt({ seed, experimentId, agent, allocation }, position);
  expectOne(
    db.change('insertAssignment', [
      ...[experimentId, sessionId, agent, variant, position, at, source, transcript ?? null],
    ]),
  );
  const drawn: Assignment = { experimentId, sessionId, agent, variant, position, at, source };
  return transcript === undefined ? drawn : { ...drawn, transcript };
}

/** Made at the first draw, so that nobody can know it before the start. */
function seedOf(db: MemoryDatabase, experimentId: string, drawing: Drawing): string {
  const [row] = db.rows('SELECT seed FROM assignment_seeds WHERE experiment_id = ?', [experimentId]);
  if (row !== undefined) return textOf(row[0]);
  const seed = drawing.newSeed();
  expectOne(db.change('insertSeed', [experimentId, seed]));
  return seed;
}

export function applyDelivery(
  db: MemoryDatabase,
  assignments: readonly Pick<Assignment, 'experimentId' | 'sessionId'>[],
  now: number,
): Outcome<void> {
  const rows = assignments.map(({ experimentId, sessionId }) => {
    const known = findAssignment(db, experimentId, sessionId);
    if (known === 'none' || known === 'damaged' || known.deliveredAt !== undefined) return 0;
    return db.change('deliverAssignment', [now, experimentId, sessionId]);
  });
  return rows.some((count) => count > 0) ? changed(undefined) : same(undefined);
}

/** A verdict that opened a blind stands in the column of persons, with a prefix. */
const BY_VERDICT = 'verdict:';

function unblindingOf(at: number, who: string): Unblinding {
  const verdict = OPENING_VERDICTS.find((kind) => who === `${BY_VERDICT}${kind}`);
  return verdict === undefined ? { at, who } : { at, verdict };
}

/** The first opening counts. A verdict opens a blind only while the experiment runs: its end opens it anyway. */
export function applyUnblinding(
  db: MemoryDatabase,
  experimentId: string,
  by: { who: string } | { verdict: VerdictKind },
  now: number,
): Outcome<void> {
  const stored = findExperiment(db, experimentId);
  if (stored === undefined || listUnblindings(db).has(experimentId)) return same(undefined);
  if ('verdict' in by && stored.experiment.state !== 'Running') return same(undefined);
  db.change('insertUnblinding', [experimentId, now, 'verdict' in by ? `${BY_VERDICT}${by.verdict}` : by.who]);
  return changed(undefined);
}
