import { setImmediate } from 'node:timers/promises';
import type initSqlJs from 'sql.js';
import { loadSql, type Sql } from '../sqlite/load';
import { CHANGES, type Change, type ChangeName } from './changes';
import { detailOf, StoreError } from './errors';

export type SqlValue = initSqlJs.SqlValue;
export type WasmSource = () => Uint8Array | Promise<Uint8Array>;

/** The connection's settings. Some versions of sql.js lose them, and prepared statements, at an export. */
const SETTINGS = `
  PRAGMA journal_mode = MEMORY;
  PRAGMA synchronous = OFF;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
  PRAGMA recursive_triggers = ON;
`;

/** A little of all that a first look at a store makes SQLite do. */
const WARM_UP = [
  'SELECT 1',
  'PRAGMA journal_mode = MEMORY',
  'CREATE TABLE some(a TEXT PRIMARY KEY, b INTEGER NOT NULL)',
  `CREATE TRIGGER some_no_update BEFORE UPDATE ON some WHEN EXISTS (SELECT 1 FROM some WHERE a = NEW.a)
    BEGIN SELECT RAISE(ABORT, 'no'); END`,
  'INSERT INTO some(a, b) VALUES (lower(hex(randomblob(8))), 1)',
  "SELECT name FROM pragma_table_info('some')",
  'SELECT a, b FROM some ORDER BY b, a',
];

/** A database in memory. Values reach SQL as parameters only. Throws what SQLite says. */
export class MemoryDatabase {
  readonly #db: initSqlJs.Database;
  /** What the transaction changed so far; undefined once it did what cannot be told by names. */
  #changes: Change[] | undefined = [];
  /** Compiled once: a journal is hundreds of the same few. An export frees them. */
  readonly #prepared = new Map<ChangeName, initSqlJs.Statement>();

  constructor(db: initSqlJs.Database) {
    this.#db = db;
    db.run(SETTINGS);
  }

  rows(sql: string, parameters: SqlValue[] = []): SqlValue[][] {
    const statement = this.#db.prepare(sql);
    try {
      statement.bind(parameters);
      const found: SqlValue[][] = [];
      while (statement.step()) found.push(statement.get());
      return found;
    } finally {
      statement.free();
    }
  }

  /** Runs a named statement, which a commit can write down as such; the number of rows that it changed. */
  change(name: ChangeName, parameters: SqlValue[]): number {
    const statement = this.#prepared.get(name) ?? this.#db.prepare(CHANGES[name]);
    this.#prepared.set(name, statement);
    statement.run(parameters);
    const rows = this.#db.getRowsModified();
    this.#changes?.push({ name, parameters, rows });
    return rows;
  }

  /** Runs any other statement; the number of rows that it changed. A commit then writes the whole file. */
  run(sql: string, parameters: SqlValue[] = []): number {
    this.#changes = undefined;
    return this.#run(sql, parameters);
  }

  /** Runs fixed statements without parameters. A commit then writes the whole file. */
  script(sql: string): void {
    this.#changes = undefined;
    this.#db.run(sql);
  }

  begin(): void {
    this.#db.run('BEGIN');
    this.#changes = [];
  }

  commit(): void {
    this.#db.run('COMMIT');
  }

  rollback(): void {
    this.#db.run('ROLLBACK');
  }

  /** What the last transaction changed, in order; undefined where it ran statements that have no name. */
  get changes(): readonly Change[] | undefined {
    return this.#changes;
  }

  #run(sql: string, parameters: SqlValue[]): number {
    const statement = this.#db.prepare(sql);
    try {
      statement.run(parameters);
      return this.#db.getRowsModified();
    } finally {
      statement.free();
    }
  }

  export(): Uint8Array {
    this.#prepared.clear();
    const bytes = this.#db.export();
    this.#db.run(SETTINGS);
    return bytes;
  }

  close(): void {
    this.#prepared.clear();
    this.#db.close();
  }
}

/** SQLite in WebAssembly, loaded once. */
export class Engine {
  readonly #sql: Sql;

  private constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Throws StoreError `engine`. */
  static async load(loadWasm: WasmSource): Promise<Engine> {
    try {
      const engine = new Engine(await loadSql(await loadWasm()));
      await engine.#warmUp();
      return engine;
    } catch (error) {
      throw new StoreError({ code: 'engine', detail: detailOf(error) }, error);
    }
  }

  /**
   * What SQLite does for the first time is compiled then, and a first look at a store does it all in one go: most of it is done
   * here before, with pauses, so that the editor is not held.
   */
  async #warmUp(): Promise<void> {
    await setImmediate();
    const db = new this.#sql.Database();
    try {
      for (const sql of WARM_UP) {
        await setImmediate();
        const statement = db.prepare(sql);
        // SQL is understood by one half of SQLite and run by the other.
        await setImmediate();
        try {
          while (statement.step()) statement.get();
        } finally {
          statement.free();
        }
      }
      await setImmediate();
    } finally {
      db.close();
    }
  }

  /** Takes the bytes over: SQLite writes into them. Throws where they are no database. */
  open(bytes?: Uint8Array): MemoryDatabase {
    const db = new this.#sql.Database(bytes);
    try {
      return new MemoryDatabase(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }
}
