import { dirname, join } from 'node:path';
import { moveIntoPlace, syncFolder, writeNew } from './atomicFile';
import {
  backupName,
  isBackupDue,
  parseBackupName,
  surplusBackups,
  type BackupKind,
  type BackupName,
} from './backupNames';
import { errnoOf, fileError, StoreError } from './errors';
import type { Files } from './files';

export const BACKUP_FOLDER = 'backups';

export const backupFolder = (file: string): string => join(dirname(file), BACKUP_FOLDER);

/** The backups of a database file, oldest first; what else lies in their folder is not looked at. */
export function listBackups(files: Files, file: string): BackupName[] {
  let names: string[];
  try {
    names = files.readdir(ownFolder(files, backupFolder(file)));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fileError(error, 'readdir', backupFolder(file));
  }
  return names.sort().flatMap((name) => parseBackupName(name) ?? []);
}

/** Throws where something else is in the place of a folder of ours, a link above all: what is written there would leave it. */
export function ownFolder(files: Files, folder: string): string {
  if (files.lstat(folder).kind !== 'directory') {
    throw new StoreError({ code: 'io', call: 'lstat', errno: 'ENOTDIR', file: folder, saved: 'no' });
  }
  return folder;
}

export function makeFolder(files: Files, folder: string): void {
  try {
    files.mkdir(folder);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw fileError(error, 'mkdir', folder);
    ownFolder(files, folder);
  }
}

export interface BackupPlace {
  files: Files;
  file: string;
  now: number;
  /** How many changes the database has seen. */
  changes: number;
  /** The bytes of the database as it is now; undefined where there is none. */
  whole: () => Uint8Array | undefined;
  /** The held lock's workspace, where the copy is made before it is renamed into the folder of backups. */
  workspace: string;
}

/** Copies the database as it is now, durably, and removes what is too much. Throws LostLock or StoreError. */
export function backUp({ files, file, now, changes, whole, workspace }: BackupPlace, kind: BackupKind): void {
  const bytes = whole();
  if (bytes === undefined) return;
  const folder = backupFolder(file);
  makeFolder(files, folder);
  const copy = join(workspace, 'backup.db');
  writeNew(files, copy, bytes);
  moveIntoPlace(files, copy, join(folder, backupName(now, changes, kind)));
  syncFolder(files, folder);
  for (const { name } of surplusBackups(listBackups(files, file), now)) {
    try {
      files.unlink(join(folder, name));
    } catch {
      // It is removed next time.
    }
  }
}

/** Before a change: a copy of what is about to change, where one is due. */
export function backUpIfDue(place: BackupPlace): void {
  if (isBackupDue(listBackups(place.files, place.file), place.now, place.changes)) backUp(place, 'regular');
}
