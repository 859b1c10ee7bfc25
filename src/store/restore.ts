import { basename, dirname, join } from 'node:path';
import { discard, moveIntoPlace, syncFolder, writeFully, writeNew } from './atomicFile';
import { parseBackupName, type BackupName } from './backupNames';
import { backUp, backupFolder, makeFolder, ownFolder } from './backups';
import { readIfChanged } from './databaseFile';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf, errnoOf, fileError, StoreError } from './errors';
import type { Files } from './files';
import { nextCounter, setCounter } from './header';
import { JOURNAL_FOLDER } from './journal';
import { emptyDatabase, loadAlone } from './memoryCopy';
import { entriesIn, JOURNAL_SUFFIX } from './salvageJournal';
import { changesOf, writable, type TransactionContext } from './transaction';
import { wholeDatabase } from './whole';

/** Beside the database: damaged files that were replaced. They are never removed. */
export const DAMAGED_FOLDER = 'damaged';
const COPY_BYTES = 1024 * 1024;

const damagedFolder = (file: string): string => join(dirname(file), DAMAGED_FOLDER);

export type BackupCheck = { sound: true; experiments: number; tags: number } | { sound: false; detail: string };

export interface Restored {
  /** The backup's name; undefined for an empty database. */
  backup: string | undefined;
  experiments: number;
  tags: number;
  /**
   * Where the damaged file now is, or its journal where that was all there was; undefined where it was sound (then it is among
   * the backups) or there was none.
   */
  keptAs: string | undefined;
}

function unreadable(detail: string, file: string): StoreError {
  return new StoreError({ code: 'readOnly', problem: 'unreadable', detail, file });
}

/** The database in a backup. Throws StoreError where it is not sound. */
function openBackup(files: Files, engine: Engine, file: string, name: string): { db: MemoryDatabase; counter: number } {
  const path = join(backupFolder(file), name);
  if (parseBackupName(name) === undefined) throw unreadable('it is no backup', path);
  try {
    ownFolder(files, backupFolder(file));
  } catch (error) {
    throw fileError(error, 'lstat', path);
  }
  const content = readIfChanged(files, path, undefined);
  if (content.kind !== 'bytes' || content.stamp.link) {
    throw unreadable(content.kind === 'unreadable' ? content.detail : 'there is no such file', path);
  }
  const loaded = loadAlone(engine, content.bytes);
  if (loaded.kind === 'ready') return loaded;
  loaded.db?.close();
  throw new StoreError({ code: 'readOnly', problem: loaded.problem, detail: loaded.detail, file: path });
}

function countsOf(db: MemoryDatabase): { experiments: number; tags: number } {
  const [[experiments, tags] = []] = db.rows(
    'SELECT (SELECT count(*) FROM experiments), (SELECT count(*) FROM experiment_tags)',
  );
  return { experiments: Number(experiments), tags: Number(tags) };
}

/** Whether a backup can be restored, and what is in it. Never throws. */
export function checkBackup(files: Files, engine: Engine, file: string, { name }: BackupName): BackupCheck {
  try {
    const { db } = openBackup(files, engine, file, name);
    try {
      return { sound: true, ...countsOf(db) };
    } finally {
      db.close();
    }
  } catch (error) {
    return {
      sound: false,
      detail: error instanceof StoreError && 'detail' in error.fault ? error.fault.detail : detailOf(error),
    };
  }
}

/**
 * Puts a backup, or an empty database, in the place of the file, under the lock. A damaged file is kept aside under another name
 * first, a sound one as a backup. Throws LostLock, or StoreError and then the old file stands.
 */
export function restore(context: TransactionContext, name: string | undefined): Restored {
  const { files, file, engine, copy, lock, now } = context;
  const current = copy.refresh(engine);
  // What another program or a newer version can use is not in the way to be replaced.
  if (current.kind === 'blocked' && current.problem !== 'unreadable') writable(current, file);
  const opened = name === undefined ? { db: emptyDatabase(engine), counter: 0 } : openBackup(files, engine, file, name);
  try {
    const counts = countsOf(opened.db);
    // A journal of before must not be taken for the restored file's.
    opened.db.run(`UPDATE journal_base SET id = lower(hex(randomblob(8))), sequence = 0, checksum = ''`);
    const bytes = opened.db.export();
    const counter = nextCounter(Math.max(opened.counter, current.kind === 'ready' ? current.counter : 0));
    setCounter(bytes, counter);
    const next = join(lock.workspace, 'restored.db');
    writeNew(files, next, bytes);
    const time = now();
    let keptAs: string | undefined;
    if (current.kind === 'blocked') keptAs = keepAside(files, file, time);
    else if (current.fileVersion !== undefined) {
      const whole = (): Uint8Array | undefined => wholeDatabase(files, file, engine);
      backUp({ files, file, now: time, changes: changesOf(current), whole, workspace: lock.workspace }, 'restore');
    }
    moveIntoPlace(files, next, file);
    // Only now: between the two, the restored file with a journal that is not its own is read-only, and nothing is lost.
    const journal = moveJournalAside(files, file, keptAs, { blocked: current.kind === 'blocked', now: time });
    syncFolder(files, dirname(file));
    return { backup: name, ...counts, keptAs: current.kind === 'blocked' ? (keptAs ?? journal) : undefined };
  } finally {
    opened.db.close();
    copy.drop();
  }
}

function exists(files: Files, path: string): boolean {
  try {
    files.lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function freeName(files: Files, folder: string, now: number): string {
  const time = new Date(now).toISOString().replace(/[-:.]/g, '');
  for (let count = 1; ; count += 1) {
    const path = join(folder, `experiments-${time}${count === 1 ? '' : `-${count}`}.db`);
    if (!exists(files, path) && !exists(files, path + JOURNAL_SUFFIX)) return path;
  }
}

/** Gives the damaged file, and what SQLite programs left beside it, a second name. Returns it; undefined where there is no file. */
function keepAside(files: Files, file: string, now: number): string | undefined {
  try {
    if (!exists(files, file)) return undefined;
    const folder = damagedFolder(file);
    makeFolder(files, folder);
    const path = freeName(files, folder, now);
    if (files.lstat(file).kind === 'file') secondName(files, file, path);
    // A folder or a link in the place of the file: it has no content of ours, and moves as what it is.
    else files.rename(file, path);
    // Beside the restored file, another program would take them for its journal.
    for (const suffix of ['-journal', '-wal', '-shm']) {
      if (exists(files, file + suffix)) files.rename(file + suffix, path + suffix);
    }
    syncFolder(files, folder);
    return path;
  } catch (error) {
    throw fileError(error, 'link', file);
  }
}

function secondName(files: Files, from: string, to: string): void {
  try {
    files.link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES'].includes(errnoOf(error) ?? ''))
      throw error;
    copyFile(files, from, to);
  }
}

function copyFile(files: Files, from: string, to: string): void {
  const source = files.openRead(from);
  try {
    const target = files.createNew(to);
    try {
      try {
        const buffer = new Uint8Array(COPY_BYTES);
        for (let at = 0; ;) {
          const count = files.read(source, buffer, 0, buffer.length, at);
          if (count === 0) break;
          writeFully(files, target, buffer.subarray(0, count));
          at += count;
        }
        files.fsync(target);
      } finally {
        files.close(target);
      }
    } catch (error) {
      discard(files, to);
      throw error;
    }
  } finally {
    files.close(source);
  }
}

/**
 * A journal belongs to the file that was there. It goes where that one went, or to the damaged ones by itself; that of a sound
 * file is in the backup as well, so it is kept under a name that nobody salvages. Where it now is; undefined where there is none.
 */
function moveJournalAside(
  files: Files,
  file: string,
  keptAs: string | undefined,
  { blocked, now }: { blocked: boolean; now: number },
): string | undefined {
  const journal = join(dirname(file), JOURNAL_FOLDER);
  try {
    if (!exists(files, journal)) return undefined;
    const folder = damagedFolder(file);
    makeFolder(files, folder);
    // Another program's journal may have the name beside the file already.
    const besides =
      keptAs !== undefined && !exists(files, keptAs + JOURNAL_SUFFIX) ? keptAs : freeName(files, folder, now);
    const path = blocked ? besides + JOURNAL_SUFFIX : join(folder, `backed-up-${basename(besides)}${JOURNAL_SUFFIX}`);
    files.rename(journal, path);
    syncFolder(files, folder);
    return path;
  } catch (error) {
    // The other file is in place already.
    throw fileError(error, 'rename', journal, 'unknown');
  }
}

/** What was put aside, newest first: files, and journals whose file was gone. */
export function listDamaged(files: Files, file: string): string[] {
  const folder = damagedFolder(file);
  try {
    const names = new Set(files.readdir(ownFolder(files, folder)));
    const kept = [...names].filter((name) => {
      const [, base, suffix] = /^(experiments-[\dTZ-]+\.db)(-journal)?$/.exec(name) ?? [];
      if (base === undefined) return false;
      return suffix === undefined || (!names.has(base) && entriesIn(files, join(folder, name)).length > 0);
    });
    return kept
      .sort()
      .reverse()
      .map((name) => join(folder, name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fileError(error, 'readdir', folder);
  }
}
