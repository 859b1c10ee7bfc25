import { readIfChanged, sameStamp, type KnownStamp, type Stamp } from './databaseFile';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf, type ReadOnlyProblem } from './errors';
import type { Files } from './files';
import { parseHeader } from './header';
import { fingerprint, listJournal, readBase, replay, type Base, type Listing, type Progress } from './journal';
import { JOURNAL_SCHEMA, migrate, recognise, SCHEMA_VERSION } from './schema';
import { sealOf } from './seal';

/** The content of the file and its journal, in memory. */
export type Loaded =
  /** Already of our schema; `fileVersion` is what the file still has, undefined where there is no file. */
  | {
      kind: 'ready';
      db: MemoryDatabase;
      fileVersion: number | undefined;
      counter: number;
      fileBytes: number;
      progress: Progress;
    }
  /** Not to be written. `db` is there where the rows can still be shown. */
  | {
      kind: 'blocked';
      problem: ReadOnlyProblem;
      detail: string;
      db: MemoryDatabase | undefined;
      /** The next look may find something else, though no file changes. */
      mayPass?: boolean;
    };

export type Ready = Extract<Loaded, { kind: 'ready' }>;

/** A look may meet the moment in which entries went into the file; a moment is all that it is. */
const LOOKS = 5;

const unreadable = (detail: string): Loaded => ({ kind: 'blocked', problem: 'unreadable', detail, db: undefined });

function start(base: Base): Progress {
  return { base, at: { sequence: base.sequence, checksum: base.checksum }, entries: 0, bytes: 0 };
}

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

/** A database of a schema before the journal's has none, so any entry is of another. */
function baseOf(db: MemoryDatabase, version: number): Base {
  return version >= JOURNAL_SCHEMA ? readBase(db) : { id: '', sequence: 0, checksum: '' };
}

function again(db: MemoryDatabase): 'again' {
  db.close();
  return 'again';
}

type Replay = (db: MemoryDatabase, from: Progress) => ReturnType<typeof replay>;

/** Decides what a database of these bytes is. Takes the bytes over. Total, but for a failure of the engine itself. */
function load(engine: Engine, bytes: Uint8Array, catchUp: Replay): Loaded | 'again' {
  const counter = parseHeader(bytes)?.counter ?? 0;
  const fileBytes = bytes.length;
  let db: MemoryDatabase | undefined;
  try {
    db = engine.open(bytes);
    const seal = sealOf(db, bytes);
    // Bytes whose seal holds are those of a sound database: SQLite's own check, by far the slowest part, finds nothing more.
    const damage = seal === 'holds' ? undefined : checkIntegrity(db);
    if (damage !== undefined) throw new Error(damage);
    const recognised = recognise(db);
    if (recognised.kind === 'foreign') throw new Error(recognised.detail);
    if (recognised.kind === 'newer') {
      const detail = `schema ${recognised.version}, this version knows ${SCHEMA_VERSION}`;
      if (!recognised.readable) {
        db.close();
        return { kind: 'blocked', problem: 'newer', detail, db: undefined };
      }
      // What of the journal can be shown is shown.
      const replayed = catchUp(db, start(baseOf(db, recognised.version)));
      return replayed.kind === 'again' ? again(db) : { kind: 'blocked', problem: 'newer', detail, db };
    }
    const { version } = recognised;
    if (seal === 'broken') throw new Error('its bytes are not those that were written');
    const replayed = catchUp(db, start(baseOf(db, version)));
    if (replayed.kind === 'blocked') return { ...replayed, db };
    if (replayed.kind === 'again') return again(db);
    // After the entries, which were decided on the older schema.
    migrateInMemory(db, version);
    const progress = version >= JOURNAL_SCHEMA ? replayed.progress : start(readBase(db));
    return { kind: 'ready', db, fileVersion: version, counter, fileBytes, progress };
  } catch (error) {
    db?.close();
    return unreadable(detailOf(error));
  }
}

/** A database that has no journal, of bytes that it takes over. */
export function loadAlone(engine: Engine, bytes: Uint8Array): Loaded {
  const loaded = load(engine, bytes, (_, progress) => ({ kind: 'done', progress, applied: 0 }));
  return loaded === 'again' ? unreadable('it cannot be read') : loaded;
}

/** A database of our schema with nothing in it. */
export function emptyDatabase(engine: Engine): MemoryDatabase {
  const db = engine.open();
  migrateInMemory(db, 0);
  return db;
}

function empty(engine: Engine): Loaded {
  const db = emptyDatabase(engine);
  return { kind: 'ready', db, fileVersion: undefined, counter: 0, fileBytes: 0, progress: start(readBase(db)) };
}

/** One process's copy of the database, brought up to date whenever the file or its journal tell more than the copy. */
export class MemoryCopy {
  readonly #files: Files;
  readonly #file: string;
  #loaded: Loaded | undefined;
  #stamp: KnownStamp;
  /** The journal that a blocked copy was looked at with: another one is a reason to look at everything again. */
  #blockedWith: string | undefined;
  /** What the revision stands for, together with the stamp. */
  #mark: string | undefined;
  #revision = 0;

  constructor(files: Files, file: string) {
    this.#files = files;
    this.#file = file;
  }

  /** Goes up whenever the content may have changed; 0 before the first look. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether the journal had entries that the file does not contain, at the last look. */
  get hasJournal(): boolean {
    return this.#loaded?.kind === 'ready' && this.#loaded.progress.entries > 0;
  }

  /** Synchronous: inside the lock, nothing of this process comes between. */
  refresh(engine: Engine): Loaded {
    for (let looks = LOOKS; ; looks -= 1) {
      const loaded = this.#look(engine, looks <= 1);
      if (loaded !== 'again') return loaded;
    }
  }

  #look(engine: Engine, last: boolean): Loaded | 'again' {
    let listing: Listing;
    try {
      // The journal before the file, so that an entry which is in neither is truly gone.
      listing = listJournal(this.#files, this.#file);
    } catch (error) {
      return this.#keep(unreadable(`its journal: ${detailOf(error)}`), undefined);
    }
    const replaying: Replay = (db, from) => {
      const replayed = replay(this.#files, this.#file, db, from, listing);
      if (replayed.kind !== 'again' || !last) return replayed;
      return { kind: 'blocked', problem: 'unreadable', detail: replayed.detail };
    };
    const seen = this.#loaded?.kind === 'blocked' ? fingerprint(this.#files, this.#file, listing) : undefined;
    const known = this.#loaded !== undefined && seen === this.#blockedWith;
    const content = readIfChanged(this.#files, this.#file, known ? this.#stamp : undefined);
    switch (content.kind) {
      case 'same':
        if (this.#loaded === undefined) return 'again';
        return this.#loaded.kind === 'ready' ? this.#catchUp(this.#loaded, replaying, listing) : this.#loaded;
      case 'missing':
        if (listing.names.length === 0) return this.#keep(empty(engine), 'missing', listing);
        return this.#keep(unreadable('the file is missing, but its journal is there'), 'missing', listing);
      case 'unreadable':
        return this.#keep(unreadable(content.detail), content.stamp, listing);
      case 'bytes': {
        const loaded = load(engine, content.bytes, replaying);
        if (loaded === 'again') return loaded;
        return this.#keep(blockedBy(content.stamp, loaded), stampFor(loaded, content.stamp), listing);
      }
    }
  }

  /** The file is what it was: only the journal can have grown. */
  #catchUp(loaded: Ready, replaying: Replay, listing: Listing): Loaded | 'again' {
    const replayed = replaying(loaded.db, loaded.progress);
    if (replayed.kind === 'again') {
      // Some entries may be in the copy already.
      this.drop();
      return 'again';
    }
    if (replayed.kind === 'blocked') {
      const blocked: Loaded = { ...replayed, db: loaded.db };
      return this.#keep(blocked, stampFor(blocked, this.#stamp), listing);
    }
    if (replayed.applied === 0) return loaded;
    if (loaded.fileVersion !== SCHEMA_VERSION) {
      // Written by an older version of ours, before a migration that this copy has already.
      this.drop();
      return 'again';
    }
    return this.#keep({ ...loaded, progress: replayed.progress }, this.#stamp, listing);
  }

  /** The whole copy was written to the file, which now has this stamp; `news` where that changed what others see. */
  written(counter: number, stamp: Stamp, news: boolean): void {
    if (this.#loaded?.kind === 'ready') {
      const { db } = this.#loaded;
      const progress = start(readBase(db));
      const fileBytes = Number(stamp.size);
      this.#loaded = { kind: 'ready', db, fileVersion: SCHEMA_VERSION, counter, fileBytes, progress };
      this.#mark = markOf(this.#loaded);
    }
    this.#stamp = stamp;
    if (news) this.#revision += 1;
  }

  /** What the copy is ahead of the file was written to the journal. */
  appended(progress: Progress): void {
    if (this.#loaded?.kind === 'ready') {
      this.#loaded = { ...this.#loaded, progress };
      this.#mark = markOf(this.#loaded);
    }
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

  #keep(loaded: Loaded, stamp: KnownStamp, listing?: Listing): Loaded {
    const mark = markOf(loaded);
    // A file that cannot be looked at has no stamp: while it stays so for the same reason, nothing changed.
    const sameFile = sameStamp(stamp, this.#stamp) || (stamp === undefined && this.#stamp === undefined);
    if (!sameFile || mark !== this.#mark) this.#revision += 1;
    if (this.#loaded?.db !== loaded.db) this.drop();
    this.#loaded = loaded;
    this.#stamp = stamp;
    this.#mark = mark;
    this.#blockedWith =
      loaded.kind === 'blocked' && listing !== undefined ? fingerprint(this.#files, this.#file, listing) : undefined;
    return loaded;
  }
}

/** Without a stamp, the next look reads everything again. */
function stampFor(loaded: Loaded, stamp: KnownStamp): KnownStamp {
  return loaded.kind === 'blocked' && loaded.mayPass === true ? undefined : stamp;
}

function markOf(loaded: Loaded): string {
  return loaded.kind === 'ready'
    ? `ready ${loaded.progress.at.sequence} ${loaded.progress.at.checksum}`
    : `${loaded.problem} ${loaded.detail}`;
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
