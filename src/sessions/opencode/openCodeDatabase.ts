import type initSqlJs from 'sql.js';
import { isMissing, reasonOf, sameStamp } from '../reading/fileAccess';
import type { FileAccess, FileStamp } from '../reading/fileAccess';
import { isRecord } from '../reading/jsonLines';
import { requirePlainTables } from '../../sqlite/plainTables';
import { readBytes } from '../reading/readBytes';
import { millisOf, textOf } from '../reading/values';
import { messageFrom, PartsReader } from './openCodeFacts';
import type { OpenCodeHeader, OpenCodeMessage } from './openCodeFacts';
import type { IsWanted, OpenCodeEntry, OpenCodeRecord } from './openCodeRecord';
import { loadSql, type Sql } from '../../sqlite/load';
import { withWal } from '../../sqlite/wal';

/** A database is held in memory while it is read; larger ones are not read. */
export const MAX_DATABASE_BYTES = 512 * 1024 * 1024;
/** While OpenCode moves its log into the database the two do not fit together; then they are read again. */
const ATTEMPTS = 3;

type Row = Readonly<Record<string, unknown>>;

/** SQLite, loaded when the first database is read. */
export type LoadSql = () => Promise<Sql>;

export function sqlLoader(loadWasm: () => Promise<Uint8Array>): LoadSql {
  let loading: Promise<Sql> | undefined;
  return () => {
    loading ??= loadWasm().then(loadSql);
    loading.catch(() => {
      loading = undefined; // Another try may find the file.
    });
    return loading;
  };
}

interface Versions {
  database: FileStamp;
  wal: FileStamp | undefined;
}

/**
 * The sessions in one `opencode.db`. The file and its log are read as bytes and put together in memory: opening them as a database
 * would lock them, or leave files beside them.
 */
export class OpenCodeDatabase {
  private readonly file: string;
  private readonly access: FileAccess;
  private readonly loadSql: LoadSql;
  private readonly maxBytes: number;
  private last: { versions: Versions; wantedKey: string; records: readonly OpenCodeRecord[] } | undefined;
  /** Records by session with what tells whether they changed. */
  private known = new Map<string, { fingerprint: string; record: OpenCodeRecord }>();

  constructor(options: { file: string; access: FileAccess; loadSql: LoadSql; maxBytes?: number }) {
    this.file = options.file;
    this.access = options.access;
    this.loadSql = options.loadSql;
    this.maxBytes = options.maxBytes ?? MAX_DATABASE_BYTES;
  }

  /** `wantedKey` is equal for equal answers of `isWanted`. What cannot be read now still says what it said before. */
  async read(
    isWanted: IsWanted,
    wantedKey: string,
    problem: (message: string) => void,
  ): Promise<readonly OpenCodeRecord[]> {
    try {
      const versions = await this.versions();
      const { last } = this;
      if (last?.wantedKey !== wantedKey || !sameVersions(last.versions, versions)) {
        const [bytes, read] = await this.readConsistent(versions);
        const records = this.query(await this.loadSql(), bytes, isWanted, problem);
        this.last = { versions: read, wantedKey, records };
      }
    } catch (error) {
      if (isMissing(error)) {
        this.last = undefined;
      } else {
        problem(`${this.file}: ${reasonOf(error)}`);
      }
    }
    return this.last?.records ?? [];
  }

  private async versions(): Promise<Versions> {
    const database = await this.fileStamp(this.file);
    try {
      return { database, wal: await this.fileStamp(`${this.file}-wal`) };
    } catch (error) {
      if (isMissing(error)) {
        return { database, wal: undefined };
      }
      throw error;
    }
  }

  /** Only of a file: to open a pipe would be to wait for ever. */
  private async fileStamp(path: string): Promise<FileStamp> {
    const stamp = await this.access.stat(path);
    if (!stamp.isFile) {
      throw new Error(`${path} is no file`);
    }
    return stamp;
  }

  private async readConsistent(first: Versions): Promise<[Buffer, Versions]> {
    let before = first;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const total = before.database.size + (before.wal?.size ?? 0);
      if (total > this.maxBytes) {
        throw new Error(`${total} bytes, more than ${this.maxBytes}`);
      }
      const database = await readBytes(this.access, this.file, before.database.size, this.maxBytes);
      const wal = before.wal
        ? await readBytes(this.access, `${this.file}-wal`, before.wal.size, this.maxBytes)
        : Buffer.alloc(0);
      const after = await this.versions();
      if (sameVersions(before, after)) {
        return [withWal(database, wal, this.maxBytes), after];
      }
      before = after;
    }
    throw new Error('it changes faster than it can be read');
  }

  private query(sql: Sql, bytes: Buffer, isWanted: IsWanted, problem: (message: string) => void): OpenCodeRecord[] {
    const database = new sql.Database(bytes);
    try {
      const reader = new Reader(database, this.file);
      const known = new Map<string, { fingerprint: string; record: OpenCodeRecord }>();
      for (const header of reader.headers()) {
        if (!isWanted(header.directory)) {
          continue;
        }
        const fingerprint = reader.fingerprint(header.id);
        const before = this.known.get(header.id);
        const entries = before?.fingerprint === fingerprint ? before.record.entries : reader.entries(header.id);
        known.set(header.id, { fingerprint, record: { header, entries, source: this.file } });
      }
      this.known = known;
      if (reader.badRows > 0) {
        problem(`${this.file}: ${reader.badRows} unreadable rows were left out`);
      }
      return [...known.values()].map(({ record }) => record);
    } finally {
      database.close();
    }
  }
}

const TABLES = ['session', 'message', 'part'];

/** Makes fingerprints that are like no other. */
let fresh = 0;

/** Reads the tables as they are in any version from 1.2 on; only real tables, for a view could run anything. */
class Reader {
  badRows = 0;
  private readonly database: initSqlJs.Database;
  private readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly file: string;

  constructor(database: initSqlJs.Database, file: string) {
    this.database = database;
    this.file = file;
    database.run('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;');
    requirePlainTables((sql) => this.rows(sql), TABLES);
    const tables = new Map<string, ReadonlySet<string>>();
    for (const table of TABLES) {
      const [found] = this.rows("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?", table);
      const info = found ? this.rows(`SELECT name FROM pragma_table_info('${table}')`) : [];
      tables.set(table, new Set(info.flatMap(({ name }) => textOf(name) ?? [])));
    }
    this.columns = tables;
  }

  headers(): OpenCodeHeader[] {
    const known = this.columns.get('session') ?? new Set();
    if (!known.has('id')) {
      throw new Error('it has no sessions table');
    }
    const columns = ['id', 'parent_id', 'directory', 'title', 'time_created', 'time_updated'];
    const wanted = columns.filter((column) => known.has(column));
    return this.rows(`SELECT ${wanted.join(', ')} FROM session`).flatMap((row) => {
      const id = textOf(row['id']);
      if (id === undefined) {
        this.badRows++;
        return [];
      }
      return [
        {
          id,
          directory: textOf(row['directory']),
          parentId: textOf(row['parent_id']),
          title: textOf(row['title']),
          created: millisOf(row['time_created']),
          updated: millisOf(row['time_updated']),
        },
      ];
    });
  }

  /** Changes whenever a message or a part of the session does. */
  fingerprint(sessionId: string): string {
    const parts = ['message', 'part'].map((table) => {
      const columns = this.columns.get(table) ?? new Set();
      if (!columns.has('session_id') || !columns.has('time_updated')) {
        return `?${fresh++}`; // Nothing to tell by: read again each time.
      }
      const sql = `SELECT count(*) AS n, max(time_updated) AS latest FROM ${table} WHERE session_id = ?`;
      return this.rows(sql, sessionId).map(({ n, latest }) => `${String(n)}/${String(latest)}`);
    });
    return `${this.file} ${parts.join(' ')}`;
  }

  entries(sessionId: string): Map<string, OpenCodeEntry> {
    const messages = new Map<string, { message: OpenCodeMessage; reader: PartsReader }>();
    this.each('SELECT id, data FROM message WHERE session_id = ? ORDER BY id', sessionId, (row) => {
      const id = textOf(row['id']);
      const data = this.json(row['data']);
      const message = data && messageFrom(data);
      if (id !== undefined && message) {
        messages.set(id, { message, reader: new PartsReader() });
      }
    });
    this.each('SELECT id, message_id, data FROM part WHERE session_id = ? ORDER BY id', sessionId, (row) => {
      const message = messages.get(textOf(row['message_id']) ?? '');
      const data = message && this.json(row['data']);
      if (data) {
        message.reader.add(textOf(row['id']) ?? '', data);
      }
    });
    return new Map([...messages].map(([id, { message, reader }]) => [id, { message, parts: reader.parts }]));
  }

  private json(value: unknown): Row | undefined {
    try {
      const data: unknown = typeof value === 'string' ? JSON.parse(value) : undefined;
      if (isRecord(data)) {
        return data;
      }
    } catch {
      // Counted with the others.
    }
    this.badRows++;
    return undefined;
  }

  private rows(sql: string, ...values: string[]): Row[] {
    const rows: Row[] = [];
    this.each(sql, values, (row) => rows.push(row));
    return rows;
  }

  private each(sql: string, values: string | readonly string[], use: (row: Row) => void): void {
    const statement = this.database.prepare(sql);
    try {
      statement.bind([values].flat());
      while (statement.step()) {
        use(statement.getAsObject());
      }
    } finally {
      statement.free();
    }
  }
}

function sameVersions(a: Versions, b: Versions): boolean {
  return sameStamp(a.database, b.database) && (a.wal && b.wal ? sameStamp(a.wal, b.wal) : a.wal === b.wal);
}
