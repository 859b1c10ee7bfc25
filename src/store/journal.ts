import { dirname, join } from 'node:path';
import { moveIntoPlace, syncFolder, writeNew } from './atomicFile';
import { readFully } from './databaseFile';
import type { MemoryDatabase } from './engine';
import { detailOf, errnoOf, fileError, StoreError, type ReadOnlyProblem } from './errors';
import type { Files } from './files';
import { decodeEntry, MAX_ENTRY_BYTES, type Entry, type Position } from './journalEntry';
import { SCHEMA_VERSION } from './schema';

/** Beside the database: the commits that it does not contain yet, a file each. The two belong together. */
export const JOURNAL_FOLDER = 'journal';

/** What the folder holds at one moment. */
export interface Listing {
  /** It is a symbolic link; nothing is read through it, let alone written. */
  link: boolean;
  /** Of entries; other files are none of ours. */
  names: readonly string[];
}

/** What a database's file says of its journal. `sequence` and `checksum` are of the last entry that the file contains. */
export interface Base extends Position {
  id: string;
}

/** How far a database in memory is: up to `at`, with the entries that the file does not contain and their bytes. */
export interface Progress {
  base: Base;
  at: Position;
  entries: number;
  bytes: number;
}

export type Replayed =
  | { kind: 'done'; progress: Progress; applied: number }
  /** It may have changed while it was read; where another look says the same, the detail tells what is wrong. */
  | { kind: 'again'; detail: string }
  /** `mayPass`: it is the file system that failed, which may do better the next time. */
  | { kind: 'blocked'; problem: ReadOnlyProblem; detail: string; mayPass?: boolean };

export function entryName(id: string, sequence: number): string {
  return `${id}-${String(sequence).padStart(10, '0')}.entry`;
}

/** Undefined for a name that is none of an entry. */
export function parseEntryName(name: string): { id: string; sequence: number } | undefined {
  const [, id, sequence] = /^([0-9a-f]{16})-(\d{10})\.entry$/.exec(name) ?? [];
  return id === undefined || sequence === undefined ? undefined : { id, sequence: Number(sequence) };
}

/** What the one row of `journal_base` says. Throws where it does not say it. */
export function readBase(db: MemoryDatabase): Base {
  const [row, ...more] = db.rows('SELECT id, sequence, checksum FROM journal_base');
  const [id, sequence, checksum] = row ?? [];
  if (more.length > 0 || typeof id !== 'string' || typeof sequence !== 'number' || typeof checksum !== 'string') {
    throw new Error('journal_base does not tell which database this is');
  }
  return { id, sequence, checksum };
}

/** Makes the database in memory one that contains its journal up to there. */
export function setBase(db: MemoryDatabase, { sequence, checksum }: Position): void {
  db.run('UPDATE journal_base SET sequence = ?, checksum = ?', [sequence, checksum]);
}

/** The names of the entries beside a database file, in no order. Throws what the file system says. */
export function listJournal(files: Files, file: string): Listing {
  const folder = join(dirname(file), JOURNAL_FOLDER);
  try {
    if (files.lstat(folder).kind === 'link') return { link: true, names: [] };
    return { link: false, names: files.readdir(folder).filter((name) => parseEntryName(name) !== undefined) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { link: false, names: [] };
    throw error;
  }
}

/** Tells two states of a folder apart, also where an entry was put right in place. */
export function fingerprint(files: Files, file: string, { link, names }: Listing): string {
  const facts = names.toSorted().map((name) => {
    try {
      const { ino, size, mtimeNs, ctimeNs } = files.lstat(join(dirname(file), JOURNAL_FOLDER, name));
      return `${name} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    } catch (error) {
      return `${name} ${detailOf(error)}`;
    }
  });
  return [link, ...facts].join('\n');
}

/** The entries that the database file does not contain, by number, or why the folder and the file do not belong together. */
export function pendingOf(names: readonly string[], { id, sequence }: Base): number[] | string {
  const found = names.map(parseEntryName).filter((entry) => entry !== undefined);
  const stranger = found.find((entry) => entry.id !== id);
  if (stranger !== undefined) return `the journal has entries of another database (${stranger.id})`;
  const pending = found.map((entry) => entry.sequence).filter((number) => number > sequence);
  pending.sort((a, b) => a - b);
  const gap = pending.findIndex((number, index) => number !== sequence + 1 + index);
  return gap < 0 ? pending : `entry ${sequence + 1 + gap} of the journal is missing`;
}

function readEntryFile(files: Files, path: string): Uint8Array {
  const { kind, size } = files.lstat(path);
  if (kind !== 'file') throw new Error(`a ${kind} is in its place`);
  if (size > BigInt(MAX_ENTRY_BYTES)) throw new Error(`it is too large: ${size} bytes`);
  const bytes = new Uint8Array(Number(size));
  const fd = files.openRead(path);
  try {
    return bytes.subarray(0, readFully(files, fd, bytes));
  } finally {
    files.close(fd);
  }
}

/** All or nothing. Throws where the rows are not those that the entry was decided on. */
function apply(db: MemoryDatabase, { changes }: Entry): void {
  db.begin();
  try {
    for (const { name, parameters, rows } of changes) {
      const changed = db.change(name, parameters);
      if (changed !== rows) throw new Error(`${name} changed ${changed} rows instead of ${rows}`);
    }
    db.commit();
  } catch (error) {
    db.rollback();
    throw error;
  }
}

/**
 * Brings a database in memory up to the last entry of a listing, which was made before the database's file was looked at: so an
 * entry that is missing from it is in the file, unless something is wrong. Stops before the first entry that does not fit.
 */
export function replay(
  files: Files,
  file: string,
  db: MemoryDatabase,
  from: Progress,
  { link, names }: Listing,
): Replayed {
  if (link) return { kind: 'blocked', problem: 'link', detail: 'its journal is a symbolic link' };
  const pending = pendingOf(names, from.base);
  if (typeof pending === 'string') return { kind: 'again', detail: pending };
  const { id } = from.base;
  let progress = from;
  for (const sequence of pending.filter((number) => number > from.at.sequence)) {
    const told = (detail: string): string => `entry ${sequence} of the journal: ${detail}`;
    try {
      const bytes = readEntryFile(files, join(dirname(file), JOURNAL_FOLDER, entryName(id, sequence)));
      const decoded = decodeEntry(bytes);
      if (decoded.kind === 'newer') return { kind: 'blocked', problem: 'newer', detail: told(decoded.detail) };
      if (decoded.kind === 'damaged') throw new Error(decoded.detail);
      const { entry, checksum } = decoded;
      if (entry.schema > SCHEMA_VERSION) {
        return { kind: 'blocked', problem: 'newer', detail: told(`schema ${entry.schema}`) };
      }
      if (entry.id !== id || entry.sequence !== sequence || entry.follows !== progress.at.checksum) {
        throw new Error('it does not follow the one before');
      }
      apply(db, entry);
      progress = { ...advanced(progress, { sequence, checksum }, bytes.length) };
    } catch (error) {
      const detail = told(detailOf(error));
      if (errnoOf(error) === 'ENOENT') return { kind: 'again', detail };
      return { kind: 'blocked', problem: 'unreadable', detail, mayPass: errnoOf(error) !== undefined };
    }
  }
  const last = from.base.sequence + pending.length;
  if (last < progress.at.sequence) return { kind: 'again', detail: `entry ${last + 1} of the journal is missing` };
  return { kind: 'done', progress, applied: progress.at.sequence - from.at.sequence };
}

export function advanced({ base, entries, bytes }: Progress, at: Position, entryBytes: number): Progress {
  return { base, at, entries: entries + 1, bytes: bytes + entryBytes };
}

/** Makes an entry durable by a rename out of the held lock's workspace. Throws LostLock or StoreError. */
export function appendEntry(files: Files, file: string, workspace: string, entry: Entry, bytes: Uint8Array): void {
  const folder = join(dirname(file), JOURNAL_FOLDER);
  const next = join(workspace, 'next.entry');
  writeNew(files, next, bytes);
  ensureFolder(files, folder);
  moveIntoPlace(files, next, join(folder, entryName(entry.id, entry.sequence)));
  syncFolder(files, folder);
}

/** Throws StoreError. */
function ensureFolder(files: Files, folder: string): void {
  try {
    if (files.lstat(folder).kind === 'directory') return;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, 'lstat', folder);
    try {
      files.mkdir(folder);
    } catch (failure) {
      throw fileError(failure, 'mkdir', folder);
    }
    syncFolder(files, dirname(folder));
    return;
  }
  // It came after the look under the lock: the next look says which.
  throw new StoreError({ code: 'io', call: 'mkdir', errno: 'ENOTDIR', file: folder, saved: 'no' });
}

/** The entries that the file contains up to `at`, and that are there all the same; none where nobody can tell. */
export function containedIn(files: Files, file: string, id: string, at: Position): string[] {
  try {
    return listJournal(files, file).names.filter((name) => {
      const entry = parseEntryName(name);
      return entry?.id === id && entry.sequence <= at.sequence;
    });
  } catch {
    return [];
  }
}

/** Removes the entries that the file contains up to `at`. What cannot be removed does no harm, and goes the next time. */
export function removeContained(files: Files, file: string, id: string, at: Position): void {
  for (const name of containedIn(files, file, id, at)) {
    try {
      files.unlink(join(dirname(file), JOURNAL_FOLDER, name));
    } catch {
      // They are told apart from others by their numbers.
    }
  }
}
