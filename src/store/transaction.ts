import { dirname, join } from 'node:path';
import { LostLock, moveIntoPlace, syncFolder, writeNew } from './atomicFile';
import { backUp } from './backup';
import type { Outcome } from './outcome';
import { stampOf } from './databaseFile';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf, fileError, StoreError } from './errors';
import type { Files } from './files';
import { nextCounter, setCounter } from './header';
import type { HeldLock } from './lock';
import type { Loaded, MemoryCopy } from './memoryCopy';
import { SCHEMA_VERSION } from './schema';

export interface TransactionContext {
  files: Files;
  file: string;
  engine: Engine;
  copy: MemoryCopy;
  lock: HeldLock;
  now: () => number;
}

export type Work<T> = (db: MemoryDatabase) => Outcome<T>;

type Ready = Extract<Loaded, { kind: 'ready' }>;

/**
 * The part of a command that runs under the lock, from start to end without giving way: look at the file again, decide, and
 * write the whole file if something changed. Throws LostLock (nothing was written; take the lock and start again) or
 * StoreError; after either, the copy in memory is forgotten unless it is what the file holds.
 */
export function transact<T>(context: TransactionContext, work: Work<T>): T {
  const loaded = writable(context.copy.refresh(context.engine), context.file);
  try {
    const { result, changed } = decide(loaded.db, work);
    if (changed) write(context, loaded);
    return result;
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

function write({ files, file, copy, lock, now }: TransactionContext, loaded: Ready): void {
  const folder = dirname(file);
  const { fileVersion } = loaded;
  if (fileVersion !== undefined && fileVersion < SCHEMA_VERSION) {
    const mark = String(loaded.counter);
    backUp(files, { file, version: fileVersion, now: now(), mark, workspace: lock.workspace });
  }
  const bytes = loaded.db.export();
  const counter = nextCounter(loaded.counter);
  setCounter(bytes, counter);

  const next = join(lock.workspace, 'next.db');
  writeNew(files, next, bytes);
  moveIntoPlace(files, next, file);
  // From here on, others see the new state.
  syncFolder(files, folder);
  if (fileVersion === undefined) syncFolder(files, dirname(folder));
  adoptStamp(files, file, copy, lock, counter);
}

/** The stamp is ours only if nobody else wrote before it was taken, which is sure while the lock was still held after. */
function adoptStamp(files: Files, file: string, copy: MemoryCopy, lock: HeldLock, counter: number): void {
  try {
    const stamp = stampOf(files.lstat(file), counter, false, false);
    copy.written(counter, stamp);
    if (lock.isHeld()) return;
  } catch {
    // What was written is acknowledged all the same; the next look reads it.
  }
  copy.drop();
}
