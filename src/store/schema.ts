import type { MemoryDatabase } from './engine';

/** One step of the schema. It may only add: tables and columns that are there, ours or not, are kept. */
interface Migration {
  version: number;
  apply: (db: MemoryDatabase) => void;
}

const CORE = `
  CREATE TABLE IF NOT EXISTS experiments(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at_ms INTEGER NOT NULL, metadata TEXT NOT NULL, state TEXT NOT NULL,
    concluded_at_ms INTEGER);
  CREATE TABLE IF NOT EXISTS experiment_tags(
    experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, variant TEXT NOT NULL, PRIMARY KEY(experiment_id, session_id));
`;

/** The history takes additions only. The third trigger closes the way round by INSERT OR REPLACE with a used number. */
const HISTORY = `
  CREATE TABLE tag_history(
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    who TEXT NOT NULL, via TEXT NOT NULL, window TEXT NOT NULL, action TEXT NOT NULL, from_variant TEXT, to_variant TEXT,
    reason TEXT);
  CREATE TRIGGER tag_history_no_update BEFORE UPDATE ON tag_history
    BEGIN SELECT RAISE(ABORT, 'the tag history is append-only'); END;
  CREATE TRIGGER tag_history_no_delete BEFORE DELETE ON tag_history
    BEGIN SELECT RAISE(ABORT, 'the tag history is append-only'); END;
  CREATE TRIGGER tag_history_no_replace BEFORE INSERT ON tag_history
    WHEN EXISTS (SELECT 1 FROM tag_history WHERE sequence = NEW.sequence)
    BEGIN SELECT RAISE(ABORT, 'the tag history is append-only'); END;
`;

/** What people said of their sessions. It is theirs, so it is not in the index of sessions, which can be rebuilt. */
const OUTCOMES = `
  CREATE TABLE session_outcomes(
    session_id TEXT PRIMARY KEY, outcome TEXT NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL);
`;

/** The one row says which database this is, and the last entry of the journal that the file contains (docs/store.md). */
const JOURNAL_BASE = `
  CREATE TABLE journal_base(id TEXT NOT NULL, sequence INTEGER NOT NULL, checksum TEXT NOT NULL);
  INSERT INTO journal_base(id, sequence, checksum) VALUES (lower(hex(randomblob(8))), 0, '');
`;

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    apply: (db) => {
      db.script(CORE);
      db.script(HISTORY);
      db.script(OUTCOMES);
      db.script('PRAGMA user_version = 1');
    },
  },
  {
    version: 2,
    apply: (db) => {
      db.script(JOURNAL_BASE);
      db.script('PRAGMA user_version = 2');
    },
  },
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a database of `version` up to ours, inside the caller's transaction. Throws what SQLite says. */
export function migrate(db: MemoryDatabase, version: number): void {
  for (const migration of MIGRATIONS) {
    if (migration.version > version) migration.apply(db);
  }
}

export type Recognised =
  | { kind: 'ours'; version: number }
  /** `readable`: the two core tables have the columns that we know. */
  | { kind: 'newer'; version: number; readable: boolean }
  | { kind: 'foreign'; detail: string };

const coreColumns = {
  experiments: ['id', 'name', 'created_at_ms', 'metadata', 'state', 'concluded_at_ms'],
  experiment_tags: ['experiment_id', 'session_id', 'variant'],
};
const ownColumns = {
  session_outcomes: ['session_id', 'outcome', 'at_ms', 'who'],
  tag_history: [
    ...['sequence', 'experiment_id', 'session_id', 'at_ms', 'who', 'via', 'window', 'action'],
    ...['from_variant', 'to_variant', 'reason'],
  ],
};

const journalColumns = { journal_base: ['id', 'sequence', 'checksum'] };

/** What each table lacks; empty where nothing is lacking. */
function missing(db: MemoryDatabase, tables: Record<string, readonly string[]>): string[] {
  return Object.entries(tables).flatMap(([table, columns]) => {
    const found = new Set(db.rows('SELECT name FROM pragma_table_info(?)', [table]).map(([name]) => name));
    return columns.filter((column) => !found.has(column)).map((column) => `${table}.${column}`);
  });
}

export function hasHistory(db: MemoryDatabase): boolean {
  return missing(db, { tag_history: ownColumns.tag_history }).length === 0;
}

export function hasOutcomes(db: MemoryDatabase): boolean {
  return missing(db, { session_outcomes: ownColumns.session_outcomes }).length === 0;
}

/** Tells our databases (and kaizen's, version 0 with the core tables) from newer ones and from other programs'. */
export function recognise(db: MemoryDatabase): Recognised {
  const version = Number(db.rows('PRAGMA user_version')[0]?.[0]);
  const lacking = missing(db, coreColumns);
  if (version > SCHEMA_VERSION) return { kind: 'newer', version, readable: lacking.length === 0 };
  if (version >= 1 && lacking.length === 0) lacking.push(...missing(db, ownColumns));
  if (version >= 2 && lacking.length === 0) lacking.push(...missing(db, journalColumns));
  if (version < 0 || lacking.length > 0) {
    return { kind: 'foreign', detail: `not a database of experiments: version ${version} lacks ${lacking.join(', ')}` };
  }
  return { kind: 'ours', version };
}
