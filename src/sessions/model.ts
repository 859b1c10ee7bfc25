import type { Session, Tokens } from '../api';

/** A session as the index knows it: the public shape and what only this extension needs. */
export interface IndexedSession extends Session {
  /** Absolute path of the main transcript; absent where the session has no file yet. */
  transcript?: string;
  /** Its agent has told of its start, and has written no transcript yet: there are no numbers. */
  starting?: true;
  /** The agent has deleted the transcript; the numbers are those that were measured before. */
  gone?: true;
  /** Repeats of the same tool with the same input in a row, polling left out. Absent where the agent has no tools. */
  toolLoops?: number;
  /** The version of the agent that it began with, where it tells. */
  agentVersion?: string;
  /** API responses by model. */
  models: Record<string, number>;
  /**
   * How much of the session's use `tokens` covers. `partial`: a lower bound, some calls or kinds are not on disk; `none`: no
   * `tokens` at all. Absent means `full` where there are tokens.
   */
  tokensKnown?: 'full' | 'partial' | 'none';
  /**
   * `file`: the transcript has no times, so `startedAt` and `lastActiveAt` are those of the file, and the minutes are not known
   * (and 0 or too great).
   */
  timesKnown?: 'file';
  /** The part of `tokens.output` that was reasoning, where the agent reports it inside output. */
  reasoningInOutput?: number;
  /** Models without a known list price: `costUsd` is absent because of them. */
  unpricedModels?: string[];
  /** The price table that `costUsd` was computed with. */
  pricesVersion?: string;
  /** The part of `tokens` that sub-agents used; absent where there was none. */
  subagentTokens?: Tokens;
  /** Slash commands that started a turn of the model. They are not in `prompts`. */
  slashCommands?: number;
  /** Calls of the model that failed for good; they carry no tokens. */
  apiErrors?: number;
  /** Who says `outcome`: a person, or the last test or build command of the session. */
  outcomeSource?: 'person' | 'command';
  /** The command that `outcome` comes from, in the form in which it is shown: without what looks like a secret. */
  outcomeCommand?: string;
  /** A sign that the session is still going on, for instance "process 4711 is running"; absent when there is none. */
  liveBecause?: string;
  /** The sign holds until this moment (ms since the epoch) unless it is renewed; absent where it holds by itself. */
  liveUntil?: number;
}

/** One agent's sessions. A new agent is one file that implements this and one line where the sources are listed. */
export interface SessionSource {
  /** Stable id, the `agent` of its sessions, for instance `claude-code`. */
  readonly agent: string;
  /** Folders outside the workspace whose changes may change the result, for a file watcher. */
  watchFolders(workspaceFolders: readonly string[]): string[];
  /**
   * The sessions that worked in one of the folders or below. Never throws for what a transcript holds: an unreadable or torn
   * file is reported through `problem` and the rest is still returned.
   */
  scan(workspaceFolders: readonly string[], now: number, problem: (message: string) => void): Promise<IndexedSession[]>;
  /** Before the end: writes what is to be kept for the next start. */
  flush?(): void;
}
