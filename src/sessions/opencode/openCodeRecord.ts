import type { OpenCodeHeader, OpenCodeMessage, OpenCodeParts } from './openCodeFacts';

export interface OpenCodeEntry {
  message: OpenCodeMessage;
  parts: OpenCodeParts;
}

/** A session as one store has it. */
export interface OpenCodeRecord {
  header: OpenCodeHeader;
  /** By message id. */
  entries: ReadonlyMap<string, OpenCodeEntry>;
  /** The database, or the session's file. */
  source: string;
}

/** Whether a session that names this folder is wanted; asked before its messages are read. */
export type IsWanted = (directory: string | undefined) => boolean;
