import type { IndexedSession } from '../../../src/sessions/model';

/** Content by path, relative to the home folder. */
export type Files = Map<string, Buffer>;

/** The workspace that all sessions of the campaign say that they worked in. It does not exist: only its name counts. */
export const WORKSPACE = '/campaign/shop';
export const START = Date.UTC(2026, 2, 4, 9);
/** Long after every record, so that no session is live. */
export const LATER = START + 24 * 3_600_000;

export type Numbers = Partial<IndexedSession>;

/** One way in which an agent keeps sessions on disk. */
export interface Seed {
  /** Name in `--agent=`, together with `agent`. */
  name: string;
  /** The `agent` of the source that reads it. */
  agent: string;
  /** The files of one session; those of two names share no file. */
  make(name: string): Promise<Files> | Files;
  id(name: string): string;
  /** What the session comes to, whatever its name. */
  numbers: Numbers;
  /** Where `make` puts the file that holds the most. */
  main: RegExp;
  /** Only the end of the main file grows, line by line. */
  appended: boolean;
  /** Folder of the sample sessions that may take the place of the main file. */
  samples?: { folder: string; ending: string };
}

/** ISO time of so many seconds after the start. */
export function iso(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

export function lines(records: readonly unknown[]): Buffer {
  return Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function filesOf(files: Readonly<Record<string, Buffer>>): Files {
  return new Map(Object.entries(files));
}
