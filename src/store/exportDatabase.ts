import type { MemoryDatabase } from './engine';
import { nextCounter, setCounter } from './header';

export interface ExportedDatabase {
  /** A file that any SQLite opens. */
  bytes: Uint8Array;
  /** How many rows it has of each. */
  rows: Record<'experiments' | 'tags' | 'history' | 'outcomes', number>;
}

export function exportDatabase(db: MemoryDatabase, counter: number): ExportedDatabase {
  const has = (table: string): boolean =>
    db.rows(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`, [table]).length > 0;
  const count = (sql: string): number => Number(db.rows(sql)[0]?.[0]);
  const rows = {
    experiments: count('SELECT count(*) FROM experiments'),
    tags: count('SELECT count(*) FROM experiment_tags'),
    history: has('tag_history') ? count('SELECT count(*) FROM tag_history') : 0,
    outcomes: has('session_outcomes') ? count('SELECT count(*) FROM session_outcomes') : 0,
  };
  const bytes = db.export();
  setCounter(bytes, nextCounter(counter));
  return { bytes, rows };
}
