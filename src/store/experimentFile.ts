import type { BackupName } from './backupNames';
import type { ExportedDatabase } from './exportDatabase';
import type { MergeOptions, MergeResult, SourceRows } from './merge';
import type { BackupCheck, Restored } from './restore';
import type { Salvaged } from './salvage';

export type MergeRequest = Omit<MergeOptions, 'now'>;

/** What can be done with the database as a whole, where it is a file. All throw StoreError; reading another file, SourceError. */
export interface ExperimentFile {
  readonly file: string;
  /** Reads a database of ours or of the kaizen CLI, with a write-ahead log beside it. Changes nothing. */
  readDatabase(file: string): Promise<SourceRows>;
  /** What `merge` would do now. */
  previewMerge(source: SourceRows, how: MergeRequest): Promise<MergeResult>;
  /** Adds the rows in one transaction. */
  merge(source: SourceRows, how: MergeRequest): Promise<MergeResult>;
  /** Oldest first. Only their names are looked at. */
  backups(): Promise<readonly BackupName[]>;
  /** Whether a backup is sound, and what is in it. Never throws for the state of the backup. */
  checkBackup(backup: BackupName): Promise<BackupCheck>;
  /**
   * Puts a backup, by its name, in the place of the database, or an empty one where none is named. A damaged file is kept aside,
   * a sound one becomes a backup.
   */
  restore(backup: string | undefined): Promise<Restored>;
  /** Paths of the files that a restore kept aside, newest first. */
  damagedFiles(): Promise<readonly string[]>;
  /** What can be read of a damaged file, which is not touched. */
  salvage(file: string): Promise<Salvaged>;
  /** The whole database as of now. */
  export(): Promise<ExportedDatabase>;
}
