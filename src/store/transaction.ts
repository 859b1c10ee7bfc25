import { dirname, join } from 'node:path';
import { LostLock, moveIntoPlace, syncFolder, writeNew } from './atomicFile';
import { backUp, backUpIfDue } from './backups';
import type { BackupKind } from './backupNames';
import type { Outcome } from './outcome';
import { stampOf } from './databaseFile';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf, fileError, StoreError } from './errors';
import type { Files } from './files';
import { nextCounter } from './header';
import { advanced, appendEntry, containedIn, removeContained, setBase } from './journal';
import { encodeEntry } from './journalEntry';
import type { HeldLock } from './lock';
import type { Loaded, MemoryCopy, Ready } from './memoryCopy';
import { SCHEMA_VERSION } from './schema';
import { sealedExport } from './seal';
import { wholeDatabase } from './whole';

/** When a commit is an entry of the journal, and when the journal goes into the file. */
export interface JournalLimits {
  /** Smaller files are written whole with each commit. */
  fileBytes: number;
  /** With so many entries, or bytes of entries, the next commit writes the whole file. */
  entries: number;
  bytes: number;
}

/** Chosen by measurement (docs/store.md). */
export const JOURNAL_LIMITS: JournalLimits = { fileBytes: 256 * 1024, entries: 256, bytes: 1024 * 1024 };

export interface TransactionContext {
  files: Files;
  file: string;
  engine: Engine;
  copy: MemoryCopy;
  lock: HeldLock;
  now: () => number;
  limits: JournalLimits;
  log: (message: string) => void;
}

export type Work<T> = (db: MemoryDatabase) => Outcome<T>;

/**
 * The part of a command that runs under the lock, from start to end without giving way: look at the file again, decide, and
 * write the whole file if something changed. Throws LostLock (nothing was written; take the lock and start again) or
 * StoreError; after either, the copy in memory is forgotten unless it is what the file holds.
 */
export function transact<T>(context: TransactionContext, work: Work<T>): T {
  return onReadyCopy(context, (loaded) => {
    const { result, changed, backUpAs } = decide(loaded.db, work);
    if (changed) {
      backUpBefore(context, loaded, backUpAs);
      write(context, loaded);
    }
    return result;
  });
}

/** Writes the whole file if there is a journal, under the lock. Throws like `transact`. */
export function compact(context: TransactionContext): void {
  onReadyCopy(context, (loaded) => {
    if (loaded.progress.entries > 0) {
      backUpBefore(context, loaded, undefined);
      replace(context, loaded, false);
    } else removeLeft(context, loaded);
  });
}

/** Removes entries that the file contains and that could not be removed when it was written. */
function removeLeft({ files, file }: TransactionContext, { progress: { base, at } }: Ready): void {
  if (containedIn(files, file, base.id, at).length === 0) return;
  // Whoever wrote the file may have died before it was durable; only then do the entries have nothing to add.
  syncFolder(files, dirname(file));
  removeContained(files, file, base.id, at);
}

function onReadyCopy<T>(context: TransactionContext, step: (loaded: Ready) => T): T {
  const loaded = writable(context.copy.refresh(context.engine), context.file);
  try {
    return step(loaded);
  } catch (error) {
    context.copy.drop();
    throw error instanceof LostLock ? error : fileError(error, 'transaction', context.file, 'unknown');
  }
}

/** Throws StoreError `readOnly` where the file is not ours to write. */
export function writable(loaded: Loaded, file: string): Ready {
  if (loaded.kind === 'ready') return loaded;
  const { problem, detail } = loaded;
  throw new StoreError({ code: 'readOnly', problem, detail, file });
}

/** Throws StoreError `engine` where SQLite refuses a statement. */
export function decide<T>(db: MemoryDatabase, work: Work<T>): Outcome<T> {
  try {
    db.begin();
    const outcome = work(db);
    if (outcome.changed) db.commit();
    else db.rollback();
    return outcome;
  } catch (error) {
    // The caller forgets the database, and with it the open transaction.
    if (error instanceof StoreError) throw error;
    throw new StoreError({ code: 'engine', detail: detailOf(error) }, error);
  }
}

/** How many changes the database has seen, or a little more. */
export const changesOf = ({ counter, progress }: Ready): number => counter + progress.at.sequence;

/** What the work asks a backup for must have one; without the regular one, a tag is stored all the same. */
function backUpBefore(context: TransactionContext, loaded: Ready, asked: BackupKind | undefined): void {
  const { files, file, engine, lock, now, log } = context;
  if (loaded.fileVersion === undefined) return;
  const whole = (): Uint8Array | undefined => wholeDatabase(files, file, engine);
  const place = { files, file, now: now(), changes: changesOf(loaded), whole, workspace: lock.workspace };
  const kind = loaded.fileVersion < SCHEMA_VERSION ? 'migration' : asked;
  if (kind !== undefined) {
    backUp(place, kind);
    return;
  }
  try {
    backUpIfDue(place);
  } catch (error) {
    if (error instanceof LostLock) throw error;
    log(`No backup was made: ${detailOf(error)}`);
  }
}

/** One small entry where the file is large; the whole file otherwise, and now and then. */
function write(context: TransactionContext, loaded: Ready): void {
  if (!append(context, loaded)) replace(context, loaded, true);
}

/** False where the commit must be written as a whole file. */
function append({ files, file, copy, lock, limits }: TransactionContext, loaded: Ready): boolean {
  const { db, progress, fileBytes, fileVersion } = loaded;
  const { changes } = db;
  if (fileVersion !== SCHEMA_VERSION || fileBytes < limits.fileBytes || changes === undefined) return false;
  if (progress.entries >= limits.entries || progress.bytes >= limits.bytes) return false;
  const { id } = progress.base;
  const sequence = progress.at.sequence + 1;
  const entry = { id, sequence, follows: progress.at.checksum, schema: SCHEMA_VERSION, changes };
  const encoded = encodeEntry(entry);
  if (encoded === undefined) return false;
  appendEntry(files, file, lock.workspace, entry, encoded.bytes);
  copy.appended(advanced(progress, { sequence, checksum: encoded.checksum }, encoded.bytes.length));
  return true;
}

function replace({ files, file, copy, lock }: TransactionContext, loaded: Ready, news: boolean): void {
  const folder = dirname(file);
  const { db, fileVersion, progress } = loaded;
  if (progress.entries > 0) setBase(db, progress.at);
  const counter = nextCounter(loaded.counter);
  const bytes = sealedExport(db, counter);

  const next = join(lock.workspace, 'next.db');
  writeNew(files, next, bytes);
  moveIntoPlace(files, next, file);
  // From here on, others see the new state.
  syncFolder(files, folder);
  if (fileVersion === undefined) syncFolder(files, dirname(folder));
  removeContained(files, file, progress.base.id, progress.at);
  adoptStamp({ files, file, copy, lock }, counter, news);
}

/** The stamp is ours only if nobody else wrote before it was taken, which is sure while the lock was still held after. */
function adoptStamp(
  { files, file, copy, lock }: Pick<TransactionContext, 'files' | 'file' | 'copy' | 'lock'>,
  counter: number,
  news: boolean,
): void {
  try {
    const stamp = stampOf(files.lstat(file), counter, false, false);
    copy.written(counter, stamp, news);
    if (lock.isHeld()) return;
  } catch {
    // What was written is acknowledged all the same; the next look reads it.
  }
  copy.drop();
}
