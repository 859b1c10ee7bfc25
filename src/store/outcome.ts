import type { BackupKind } from './backupNames';

/** What a command decided on the rows that it saw. `changed: false` means that nothing needs to be written. */
export interface Outcome<T> {
  result: T;
  changed: boolean;
  /** A backup of what was there before that must be made first. */
  backUpAs?: BackupKind;
}

export const same = <T>(result: T): Outcome<T> => ({ result, changed: false });
export const changed = <T>(result: T): Outcome<T> => ({ result, changed: true });
