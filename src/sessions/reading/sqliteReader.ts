import type initSqlJs from 'sql.js';
import type { FileAccess } from './fileAccess';
import { isMissing } from './fileAccess';
import { sqliteImage } from '../../sqlite/image';
import { loadSql, type Sql } from '../../sqlite/load';

export type WasmSource = () => Promise<Uint8Array>;
export type SqlRow = Readonly<Record<string, unknown>>;

/** Databases are read whole into memory; larger ones are not read. */
export const MAX_DATABASE_BYTES = 256 * 1024 * 1024;

/** Reads databases of other programs, from memory: nothing is opened in place, locked or left behind. */
export class SqliteReader {
  private engine: Promise<Sql> | undefined;
  private readonly access: FileAccess;
  private readonly loadWasm: WasmSource;

  constructor(access: FileAccess, loadWasm: WasmSource) {
    this.access = access;
    this.loadWasm = loadWasm;
  }

  /** What `query` makes of the database, which is closed afterwards. Throws what SQLite says. */
  async read<T>(file: string, query: (rows: (sql: string) => SqlRow[]) => T): Promise<T> {
    const image = sqliteImage(await this.bytes(file), await this.logOf(file), MAX_DATABASE_BYTES);
    const sql = await this.load();
    const database = new sql.Database(image);
    try {
      database.run('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;');
      return query((text) => rowsOf(database, text));
    } finally {
      database.close();
    }
  }

  private load(): Promise<Sql> {
    this.engine ??= this.loadWasm().then(loadSql);
    this.engine.catch(() => {
      this.engine = undefined;
    });
    return this.engine;
  }

  private async logOf(file: string): Promise<Uint8Array | undefined> {
    try {
      return await this.bytes(`${file}-wal`);
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }

  private async bytes(file: string): Promise<Uint8Array> {
    const { size, isFile } = await this.access.stat(file);
    if (!isFile || size > MAX_DATABASE_BYTES) {
      throw new Error(`not a file of at most ${MAX_DATABASE_BYTES} bytes`);
    }
    const bytes = Buffer.alloc(size);
    const handle = await this.access.open(file);
    try {
      let filled = 0;
      while (filled < size) {
        const got = await handle.read(bytes.subarray(filled), filled);
        if (got === 0) {
          break;
        }
        filled += got;
      }
      return bytes.subarray(0, filled);
    } finally {
      await handle.close();
    }
  }
}

function rowsOf(database: initSqlJs.Database, sql: string): SqlRow[] {
  const statement = database.prepare(sql);
  try {
    const rows: SqlRow[] = [];
    while (statement.step()) {
      rows.push(statement.getAsObject());
    }
    return rows;
  } finally {
    statement.free();
  }
}
