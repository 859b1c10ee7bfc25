import type { ReadingJob } from '../claude/claudeReading';
import type { SessionFinder } from '../sessionIndex';
import type { SourceSettings } from '../sources';

/** Little room for young objects in each thread: what is read is soon garbage, and the process is the editor's. MB. */
export const YOUNG_GENERATION_MB = 8;

/** What a session worker is started with. */
export interface WorkerStart {
  sessionWorker: true;
  settings: SourceSettings;
}

/** What a thread is started with that helps another one to read transcripts. */
export interface HelperStart {
  transcriptHelper: true;
  jobs: readonly ReadingJob[];
  queue: SharedArrayBuffer;
}

/** Asks the worker to keep what it knows and to end. */
export interface CloseRequest {
  close: true;
}

export interface ScanRequest {
  /** Numbers the requests of one worker. */
  request: number;
  workspaceFolders: readonly string[];
  now: number;
}

export interface ScanAnswer {
  request: number;
  /** Ids of all sessions, newest first; undefined where neither they nor their order changed. */
  ids: string[] | undefined;
  /** Sessions that are new or different since the last answer, as `pack` makes them. */
  packets: Uint8Array[];
  problems: string[];
  failures: string[];
  watchFolders: string[];
}

/** What dist/sessionWorker.js exports. */
export interface SessionWorkerModule {
  /** An index that reads in the thread of its caller, with pauses. */
  createIndex(settings: SourceSettings): SessionFinder;
}
