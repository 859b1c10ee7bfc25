import { sqliteImage } from '../sqlite/image';
import { requirePlainTables } from '../sqlite/plainTables';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf, errnoOf } from './errors';
import { exactRows, type ExactRow } from './exactRows';
import type { FileFacts, Files } from './files';
import { HEADER_SIZE, headerProblem, parseHeader } from './header';
import { checkIntegrity, emptyDatabase } from './memoryCopy';
import type { SourceRows } from './merge';
import { isOwnTable, ownTables } from './ownTables';
import { recognise } from './schema';

/** A larger file is not imported: it is held in memory, beside the database that it goes into. */
export const MAX_IMPORT_BYTES = 256 * 1024 * 1024;

export type SourceProblem =
  | { code: 'missing' | 'notAFile' | 'inUse' }
  | { code: 'tooLarge'; bytes: number; max: number }
  | { code: 'unreadable' | 'foreign' | 'newer'; detail: string };

/** Why a file cannot be imported. Nothing was changed, here or there. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly problem: SourceProblem;
  readonly file: string;

  constructor(problem: SourceProblem, file: string, cause?: unknown) {
    super(`${problem.code} ${file}`, { cause });
    this.problem = problem;
    this.file = file;
  }
}

/** How often a file that changes while it is read is read again. */
const ATTEMPTS = 3;
/** A rollback journal begins with these bytes unless it is one of the past. */
const JOURNAL_MAGIC = 'd9d505f920a163d7';

interface Part {
  facts: FileFacts;
  bytes: Uint8Array;
}

/** Undefined where there is no file. */
function readPart(files: Files, path: string, max: number): Part | undefined {
  let facts: FileFacts;
  try {
    facts = files.stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  // Opening a pipe would wait for ever.
  if (facts.kind !== 'file') throw new SourceError({ code: 'notAFile' }, path);
  if (facts.size > max) throw new SourceError({ code: 'tooLarge', bytes: Number(facts.size), max }, path);
  const bytes = new Uint8Array(Number(facts.size));
  const fd = files.openRead(path);
  try {
    let done = 0;
    while (done < bytes.length) {
      const count = files.read(fd, bytes, done, bytes.length - done, done);
      if (count === 0) break;
      done += count;
    }
    return { facts, bytes: bytes.subarray(0, done) };
  } finally {
    files.close(fd);
  }
}

const same = (part: Part | undefined, now: FileFacts | undefined): boolean => {
  if (part === undefined || now === undefined) return part?.facts === now;
  const { ino, size, mtimeNs, ctimeNs } = part.facts;
  return ino === now.ino && size === now.size && mtimeNs === now.mtimeNs && ctimeNs === now.ctimeNs;
};

function look(files: Files, path: string): FileFacts | undefined {
  try {
    return files.stat(path);
  } catch {
    return undefined;
  }
}

/**
 * The database in a file together with its write-ahead log, as one image of the moment. Opens nothing in place: neither the file
 * nor what lies beside it is touched. Throws SourceError.
 */
export function readSource(files: Files, file: string, max = MAX_IMPORT_BYTES): Uint8Array {
  try {
    for (let attempts = ATTEMPTS; attempts > 0; attempts -= 1) {
      const database = readPart(files, file, max);
      if (database === undefined) throw new SourceError({ code: 'missing' }, file);
      const journal = readPart(files, `${file}-journal`, max);
      const log = readPart(files, `${file}-wal`, max);
      const changed =
        !same(database, look(files, file)) ||
        !same(journal, look(files, `${file}-journal`)) ||
        !same(log, look(files, `${file}-wal`));
      if (changed) continue;
      // Another program writes, or died while it did: the file alone is a mixture of before and after.
      if (journal !== undefined && Buffer.from(journal.bytes.subarray(0, 8)).toString('hex') === JOURNAL_MAGIC) break;
      if (log === undefined) {
        const { bytes } = database;
        const problem = headerProblem(parseHeader(bytes.subarray(0, HEADER_SIZE)), bytes.length);
        if (problem !== undefined) throw new SourceError({ code: 'unreadable', detail: problem }, file);
      }
      return sqliteImage(database.bytes, log?.bytes, max);
    }
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError({ code: 'unreadable', detail: detailOf(error) }, file, error);
  }
  throw new SourceError({ code: 'inUse' }, file);
}

/** The bytes of a damaged file, as they are. Throws SourceError. */
export function readDamaged(files: Files, file: string): Uint8Array {
  try {
    const part = readPart(files, file, MAX_IMPORT_BYTES);
    if (part === undefined) throw new SourceError({ code: 'missing' }, file);
    return part.bytes;
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError({ code: 'unreadable', detail: detailOf(error) }, file, error);
  }
}

/** Every row of our tables in a database of ours or of the kaizen CLI. Takes the bytes over. Throws SourceError. */
export function sourceRows(engine: Engine, bytes: Uint8Array, file: string): SourceRows {
  let db: MemoryDatabase | undefined;
  try {
    db = engine.open(bytes);
    db.script('PRAGMA query_only = ON; PRAGMA cell_size_check = ON');
    const damage = checkIntegrity(db);
    if (damage !== undefined) throw new SourceError({ code: 'unreadable', detail: damage }, file);
    const recognised = recognise(db);
    if (recognised.kind === 'newer') throw new SourceError({ code: 'newer', detail: String(recognised.version) }, file);
    if (recognised.kind === 'foreign') throw new SourceError({ code: 'foreign', detail: recognised.detail }, file);
    return { version: recognised.version, ...readTables(engine, db) };
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError({ code: 'unreadable', detail: detailOf(error) }, file, error);
  } finally {
    db?.close();
  }
}

function readTables(engine: Engine, db: MemoryDatabase): Pick<SourceRows, 'tables' | 'strangers'> {
  const nothing = emptyDatabase(engine);
  const own = ownTables(nothing);
  nothing.close();
  const present = db
    .rows(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .map(([name]) => String(name));
  requirePlainTables(
    (sql) => db.rows(sql).map(([type]) => ({ type })),
    own.map(({ name }) => name),
  );
  const tables = new Map<string, readonly ExactRow[]>();
  const strangers: { name: string; rows: number }[] = [];
  for (const { name, columns } of own) {
    if (!present.includes(name)) {
      tables.set(name, []);
      continue;
    }
    const found = db.rows('SELECT name FROM pragma_table_info(?)', [name]).map(([column]) => String(column));
    const known = columns.filter((column) => found.includes(column));
    const rows = exactRows(db, { name, columns: known });
    tables.set(
      name,
      rows.map((row) =>
        columns.map((column) => (known.includes(column) ? (row[known.indexOf(column)] ?? null) : null)),
      ),
    );
    const unknown = found.filter((column) => !columns.includes(column));
    strangers.push(...unknown.map((column) => ({ name: `${name}.${column}`, rows: rows.length })));
  }
  const others = present.filter((name) => !isOwnTable(own, name));
  strangers.push(...others.map((name) => ({ name, rows: 0 })));
  return { tables, strangers };
}
