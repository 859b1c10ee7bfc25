import type { Author } from '../domain/tags';
import type { ExportedDatabase } from './exportDatabase';
import type { MergeResult, SourceRows } from './merge';

/** What can be done with the database as a whole, where it is a file. All throw StoreError; reading another file, SourceError. */
export interface ExperimentFile {
  readonly file: string;
  /** Reads a database of ours or of the kaizen CLI, with a write-ahead log beside it. Changes nothing. */
  readDatabase(file: string): Promise<SourceRows>;
  /** What `merge` would do now. */
  previewMerge(source: SourceRows, author: Author): Promise<MergeResult>;
  /** Adds the rows in one transaction. `reason` is what the history says of tags that come without one. */
  merge(source: SourceRows, author: Author, reason: string): Promise<MergeResult>;
  /** The whole database as of now. */
  export(): Promise<ExportedDatabase>;
}
