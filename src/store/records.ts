import { createHash } from 'node:crypto';
import { sameLook, type Look, type LookNumbers } from '../domain/looks';
import type { MemoryDatabase, SqlValue } from './engine';

/** What was kept of an experiment's sample when it was concluded. `damaged`: it no longer is what was written. */
export type FrozenRecord = { kind: 'sound'; at: number; sample: string } | { kind: 'damaged'; detail: string };

const digestOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

export function insertFrozen(db: MemoryDatabase, experimentId: string, at: number, sample: string): void {
  db.change('insertFrozen', [experimentId, at, sample, digestOf(sample)]);
}

/** Undefined where the experiment was concluded by a program that freezes nothing, or is not concluded. */
export function findFrozen(db: MemoryDatabase, experimentId: string): FrozenRecord | undefined {
  const found = db.rows('SELECT at_ms, sample, digest FROM frozen_samples WHERE experiment_id = ?', [experimentId]);
  const [row] = found;
  if (row === undefined) return undefined;
  const [at, sample, digest] = row;
  if (found.length > 1) return { kind: 'damaged', detail: 'it is there more than once' };
  if (typeof at !== 'number' || typeof sample !== 'string') return { kind: 'damaged', detail: 'unexpected types' };
  if (digestOf(sample) !== digest) return { kind: 'damaged', detail: 'its SHA-256 is not the one that was stored' };
  return { kind: 'sound', at, sample };
}

const columns = 'at_ms, n_control, n_treatment, estimate, log_e, lower, upper';

/** Appends a look, unless the last one of the experiment had the same numbers. Whether it was appended. */
export function appendLook(db: MemoryDatabase, experimentId: string, look: LookNumbers, now: number): boolean {
  const [last] = db.rows(`SELECT ${columns} FROM report_looks WHERE experiment_id = ? ORDER BY sequence DESC LIMIT 1`, [
    experimentId,
  ]);
  if (last !== undefined && sameLook(lookOf(last), look)) return false;
  db.change('appendLook', [
    ...[experimentId, now, look.control, look.treatment],
    ...[look.estimate, look.logE, look.lower, look.upper].map((value) => value ?? null),
  ]);
  return true;
}

function lookOf(row: SqlValue[]): Look {
  const [at, control, treatment, estimate, logE, lower, upper] = row.map((value) =>
    typeof value === 'number' ? value : undefined,
  );
  const counts = { at: at ?? 0, control: control ?? 0, treatment: treatment ?? 0 };
  if (estimate === undefined || logE === undefined) return counts;
  return { ...counts, estimate, logE, lower: lower ?? null, upper: upper ?? null };
}

/** Oldest first. */
export function listLooks(db: MemoryDatabase, experimentId: string): Look[] {
  return db
    .rows(`SELECT ${columns} FROM report_looks WHERE experiment_id = ? ORDER BY sequence`, [experimentId])
    .map(lookOf);
}
