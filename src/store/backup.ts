import { basename, dirname, join } from 'node:path';
import { moveIntoPlace, syncFolder, writeNew } from './atomicFile';
import { errnoOf, fileError } from './errors';
import type { Files } from './files';

export const BACKUP_FOLDER = 'backups';

/** `experiments-v0-20260131T235959999Z-<mark>.db`; the mark keeps two of one moment apart. */
export function backupName(file: string, version: number, now: number, mark: string): string {
  const time = new Date(now).toISOString().replace(/[-:.]/g, '');
  return `${basename(file, '.db')}-v${version}-${time}-${mark}.db`;
}

export interface Backup {
  file: string;
  version: number;
  now: number;
  mark: string;
  /** The database as it is now. */
  bytes: Uint8Array;
  /** The held lock's workspace, where the copy is made before it is renamed into the folder of backups. */
  workspace: string;
}

/** Keeps a copy of the database. Throws LostLock or StoreError. */
export function backUp(files: Files, { file, version, now, mark, bytes, workspace }: Backup): string {
  const folder = join(dirname(file), BACKUP_FOLDER);
  try {
    files.mkdir(folder);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw fileError(error, 'mkdir', folder);
  }
  const copy = join(workspace, 'backup.db');
  const target = join(folder, backupName(file, version, now, mark));
  writeNew(files, copy, bytes);
  moveIntoPlace(files, copy, target);
  syncFolder(files, folder);
  return target;
}
