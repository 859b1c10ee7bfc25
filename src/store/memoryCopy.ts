import { readIfChanged, sameStamp, type KnownStamp } from './databaseFile';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf, type ReadOnlyProblem } from './errors';
import type { Files } from './files';
import { parseHeader } from './header';
import { migrate, recognise, SCHEMA_VERSION } from './schema';

/** The content of the file, in memory. */
export type Loaded =
  /** Already of our schema; `fileVersion` is what the file still has, undefined where there is no file. */
  | { kind: 'ready'; db: MemoryDatabase; fileVersion: number | undefined; counter: number }
  /** Not to be written. `db` is there where the rows can still be shown. */
  | { kind: 'blocked'; problem: ReadOnlyProblem; detail: string; db: MemoryDatabase | undefined };

const unreadable = (detail: string): Loaded => ({ kind: 'blocked', problem: 'unreadable', detail, db: undefined });

export function checkIntegrity(db: MemoryDatabase): string | undefined {
  const found = db.rows('PRAGMA integrity_check(5)').map(([line]) => String(line));
  return found.length === 1 && found[0] === 'ok' ? undefined : found.join('; ');
}

function migrateInMemory(db: MemoryDatabase, version: number): void {
  db.begin();
  try {
    migrate(db, version);
    db.commit();
  } catch (error) {
    db.rollback();
    throw error;
  }
}

/** Decides what a database of these bytes is. Takes the bytes over. Total, but for a failure of the engine itself. */
function load(engine: Engine, bytes: Uint8Array): Loaded {
  const counter = parseHeader(bytes)?.counter ?? 0;
  let db: MemoryDatabase | undefined;
  try {
    db = engine.open(bytes);
    const damage = checkIntegrity(db);
    if (damage !== undefined) throw new Error(damage);
    const recognised = recognise(db);
    if (recognised.kind === 'foreign') throw new Error(recognised.detail);
    if (recognised.kind === 'newer') {
      const detail = `schema ${recognised.version}, this version knows ${SCHEMA_VERSION}`;
      if (recognised.readable) return { kind: 'blocked', problem: 'newer', detail, db };
      db.close();
      return { kind: 'blocked', problem: 'newer', detail, db: undefined };
    }
    migrateInMemory(db, recognised.version);
    return { kind: 'ready', db, fileVersion: recognised.version, counter };
  } catch (error) {
    db?.close();
    return unreadable(detailOf(error));
  }
}

/** A database of our schema with nothing in it. */
export function emptyDatabase(engine: Engine): MemoryDatabase {
  const db = engine.open();
  migrateInMemory(db, 0);
  return db;
}

function empty(engine: Engine): Loaded {
  return { kind: 'ready', db: emptyDatabase(engine), fileVersion: undefined, counter: 0 };
}

/** One process's copy of the database file, read again whenever the file is another version than the copy. */
export class MemoryCopy {
  readonly #files: Files;
  readonly #file: string;
  #loaded: Loaded | undefined;
  #stamp: KnownStamp;
  #revision = 0;

  constructor(files: Files, file: string) {
    this.#files = files;
    this.#file = file;
  }

  /** Goes up whenever the content may have changed; 0 before the first look. */
  get revision(): number {
    return this.#revision;
  }

  /** Synchronous: inside the lock, nothing of this process comes between. */
  refresh(engine: Engine): Loaded {
    const content = readIfChanged(this.#files, this.#file, this.#loaded && this.#stamp);
    switch (content.kind) {
      case 'same':
        return this.#loaded ?? this.#keep(empty(engine), 'missing');
      case 'missing':
        return this.#keep(empty(engine), 'missing');
      case 'unreadable':
        return this.#keep(unreadable(content.detail), content.stamp);
      case 'bytes':
        return this.#keep(blockedBy(content.stamp, load(engine, content.bytes)), content.stamp);
    }
  }

  /** The copy was written to the file, which now has this stamp. */
  written(counter: number, stamp: KnownStamp): void {
    if (this.#loaded?.kind === 'ready') {
      this.#loaded = { kind: 'ready', db: this.#loaded.db, fileVersion: SCHEMA_VERSION, counter };
    }
    this.#stamp = stamp;
    this.#revision += 1;
  }

  /** Forgets the copy: it may be ahead of the file. */
  drop(): void {
    try {
      this.#loaded?.db?.close();
    } finally {
      this.#loaded = undefined;
    }
  }

  #keep(loaded: Loaded, stamp: KnownStamp): Loaded {
    const before = this.#loaded;
    // A file that cannot be looked at has no stamp: while it stays so for the same reason, nothing changed.
    const still =
      sameStamp(stamp, this.#stamp) ||
      (stamp === undefined &&
        before?.kind === 'blocked' &&
        loaded.kind === 'blocked' &&
        before.detail === loaded.detail);
    this.drop();
    this.#loaded = loaded;
    this.#stamp = stamp;
    if (!still) this.#revision += 1;
    return loaded;
  }
}

/** A sound database may still not be ours to replace. */
function blockedBy(stamp: { link: boolean; journal: boolean }, loaded: Loaded): Loaded {
  if (loaded.kind === 'blocked') return loaded;
  if (stamp.journal) {
    const detail = 'a journal of another SQLite program lies beside it';
    return { kind: 'blocked', problem: 'inUse', detail, db: loaded.db };
  }
  if (stamp.link) return { kind: 'blocked', problem: 'link', detail: 'it is a symbolic link', db: loaded.db };
  return loaded;
}
