import type { MemoryDatabase } from './engine';

/** One step of the schema. It may only add: tables and columns that are there, ours or not, are kept. */
interface Migration {
  version: number;
  script: string;
  /** The columns of the tables that it adds: a file of this version has them. */
  columns: Record<string, readonly string[]>;
}

const CORE = `
  CREATE TABLE IF NOT EXISTS experiments(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at_ms INTEGER NOT NULL, metadata TEXT NOT NULL, state TEXT NOT NULL,
    concluded_at_ms INTEGER);
  CREATE TABLE IF NOT EXISTS experiment_tags(
    experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, variant TEXT NOT NULL, PRIMARY KEY(experiment_id, session_id));
`;

/** Makes a table take additions only. The third trigger closes the way round by INSERT OR REPLACE with a used key. */
const appendOnly = (table: string, key: string, what: string): string => `
  CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
    BEGIN SELECT RAISE(ABORT, '${what} is append-only'); END;
  CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
    BEGIN SELECT RAISE(ABORT, '${what} is append-only'); END;
  CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON ${table}
    WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${key} = NEW.${key})
    BEGIN SELECT RAISE(ABORT, '${what} is append-only'); END;
`;

const HISTORY = `
  CREATE TABLE tag_history(
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    who TEXT NOT NULL, via TEXT NOT NULL, window TEXT NOT NULL, action TEXT NOT NULL, from_variant TEXT, to_variant TEXT,
    reason TEXT);
  ${appendOnly('tag_history', 'sequence', 'the tag history')}
`;

/** What people said of their sessions. It is theirs, so it is not in the index of sessions, which can be rebuilt. */
const OUTCOMES = `
  CREATE TABLE session_outcomes(
    session_id TEXT PRIMARY KEY, outcome TEXT NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL);
`;

/**
 * The one row says which database this is, the last entry of the journal that the file contains, and what the file's bytes were
 * when we wrote it (docs/store.md).
 */
const JOURNAL_BASE = `
  CREATE TABLE journal_base(
    id TEXT NOT NULL, sequence INTEGER NOT NULL, checksum TEXT NOT NULL, file_counter INTEGER NOT NULL, seal TEXT NOT NULL);
  INSERT INTO journal_base(id, sequence, checksum, file_counter, seal) VALUES (lower(hex(randomblob(8))), 0, '', 0, '');
`;

/** What a concluded experiment's report is computed from, as text, with its SHA-256. */
const FROZEN = `
  CREATE TABLE frozen_samples(
    experiment_id TEXT PRIMARY KEY NOT NULL, at_ms INTEGER NOT NULL, sample TEXT NOT NULL, digest TEXT NOT NULL);
  ${appendOnly('frozen_samples', 'experiment_id', 'a frozen sample')}
`;

/** What people saw of an experiment, and when. An infinite bound, or no estimate yet, is NULL. */
const LOOKS = `
  CREATE TABLE report_looks(
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, experiment_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    n_control INTEGER NOT NULL, n_treatment INTEGER NOT NULL, estimate REAL, log_e REAL, lower REAL, upper REAL);
  CREATE INDEX report_looks_of_experiment ON report_looks(experiment_id, sequence);
  ${appendOnly('report_looks', 'sequence', 'the log of looks')}
`;

/**
 * What was drawn. A draw is for ever: the one thing that may still be said of it is when it reached its session. Each number of
 * a sequence is drawn once.
 */
const ASSIGNMENTS = `
  CREATE TABLE assignment_seeds(experiment_id TEXT PRIMARY KEY, seed TEXT NOT NULL);
  CREATE TABLE assignments(
    experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, agent TEXT NOT NULL, variant TEXT NOT NULL,
    position INTEGER NOT NULL, at_ms INTEGER NOT NULL, source TEXT NOT NULL, transcript TEXT, delivered_at_ms INTEGER,
    PRIMARY KEY(experiment_id, session_id), UNIQUE(experiment_id, agent, position));
  CREATE TRIGGER assignments_no_update BEFORE UPDATE ON assignments
    WHEN OLD.delivered_at_ms IS NOT NULL
      OR (OLD.experiment_id, OLD.session_id, OLD.agent, OLD.variant, OLD.position, OLD.at_ms, OLD.source, OLD.transcript)
      IS NOT (NEW.experiment_id, NEW.session_id, NEW.agent, NEW.variant, NEW.position, NEW.at_ms, NEW.source, NEW.transcript)
    BEGIN SELECT RAISE(ABORT, 'an assignment is for ever'); END;
  CREATE TRIGGER assignments_no_delete BEFORE DELETE ON assignments
    BEGIN SELECT RAISE(ABORT, 'an assignment is for ever'); END;
  CREATE TRIGGER assignments_no_replace BEFORE INSERT ON assignments
    WHEN EXISTS (
      SELECT 1 FROM assignments WHERE experiment_id = NEW.experiment_id
        AND (session_id = NEW.session_id OR (agent = NEW.agent AND position = NEW.position)))
    BEGIN SELECT RAISE(ABORT, 'an assignment is for ever'); END;
  CREATE TABLE unblindings(experiment_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, who TEXT NOT NULL);
`;

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    script: CORE + HISTORY + OUTCOMES,
    columns: {
      session_outcomes: ['session_id', 'outcome', 'at_ms', 'who'],
      tag_history: [
        ...['sequence', 'experiment_id', 'session_id', 'at_ms', 'who', 'via', 'window', 'action'],
        ...['from_variant', 'to_variant', 'reason'],
      ],
    },
  },
  {
    version: 2,
    script: JOURNAL_BASE,
    columns: { journal_base: ['id', 'sequence', 'checksum', 'file_counter', 'seal'] },
  },
  {
    version: 3,
    script: FROZEN + LOOKS,
    columns: {
      frozen_samples: ['experiment_id', 'at_ms', 'sample', 'digest'],
      report_looks: [
        ...['sequence', 'experiment_id', 'at_ms', 'n_control', 'n_treatment'],
        ...['estimate', 'log_e', 'lower', 'upper'],
      ],
    },
  },
  {
    version: 4,
    script: ASSIGNMENTS,
    columns: {
      assignment_seeds: ['experiment_id', 'seed'],
      assignments: [
        ...['experiment_id', 'session_id', 'agent', 'variant', 'position'],
        ...['at_ms', 'source', 'transcript', 'delivered_at_ms'],
      ],
      unblindings: ['experiment_id', 'at_ms', 'who'],
    },
  },
];

export const SCHEMA_VERSION = MIGRATIONS.length;
/** The first schema of which a file can have a journal. */
export const JOURNAL_SCHEMA = 2;

/** Brings a database of `version` up to ours, inside the caller's transaction. Throws what SQLite says. */
export function migrate(db: MemoryDatabase, version: number): void {
  for (const migration of MIGRATIONS) {
    if (migration.version <= version) continue;
    db.script(migration.script);
    db.script(`PRAGMA user_version = ${migration.version}`);
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

/** The columns that a database of `version` has beside the core ones. */
function ownColumns(version: number): Record<string, readonly string[]> {
  const until = MIGRATIONS.filter((migration) => migration.version <= version);
  return Object.assign({}, ...until.map(({ columns }) => columns)) as Record<string, readonly string[]>;
}

/** What each table lacks; empty where nothing is lacking. */
function missing(db: MemoryDatabase, tables: Record<string, readonly string[]>): string[] {
  return Object.entries(tables).flatMap(([table, columns]) => {
    const found = new Set(db.rows('SELECT name FROM pragma_table_info(?)', [table]).map(([name]) => name));
    return columns.filter((column) => !found.has(column)).map((column) => `${table}.${column}`);
  });
}

/** Whether one of our own tables is there as we know it: a newer schema may have put its content elsewhere. */
export function hasTable(
  db: MemoryDatabase,
  table: 'tag_history' | 'session_outcomes' | 'frozen_samples' | 'report_looks' | 'assignments' | 'unblindings',
): boolean {
  return missing(db, { [table]: ownColumns(SCHEMA_VERSION)[table] ?? [] }).length === 0;
}

/** Tells our databases (and kaizen's, version 0 with the core tables) from newer ones and from other programs'. */
export function recognise(db: MemoryDatabase): Recognised {
  const version = Number(db.rows('PRAGMA user_version')[0]?.[0]);
  const lacking = missing(db, coreColumns);
  if (version > SCHEMA_VERSION) return { kind: 'newer', version, readable: lacking.length === 0 };
  if (version >= 1 && lacking.length === 0) lacking.push(...missing(db, ownColumns(version)));
  if (version < 0 || lacking.length > 0) {
    return { kind: 'foreign', detail: `not a database of experiments: version ${version} lacks ${lacking.join(', ')}` };
  }
  return { kind: 'ours', version };
}
