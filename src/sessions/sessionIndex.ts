import { reasonOf } from './reading/fileAccess';
import type { KeptSessions, Reading } from './indexFile/keptSessions';
import type { IndexedSession, SessionSource } from './model';
import type { StartCommits } from './startCommits';

interface Request {
  workspaceFolders: readonly string[];
  now: number;
}

/** All agents' sessions of the workspace, newest first. Knows nothing before the first `refresh`. */
export interface SessionFinder {
  /** As of the last refresh that ended. */
  readonly sessions: readonly IndexedSession[];
  /** What the last refresh could not read, for the log. */
  readonly problems: readonly string[];
  /** Those of them because of which all sessions of an agent are as they were before. */
  readonly failures: readonly string[];
  get(id: string): IndexedSession | undefined;
  /** Folders outside the workspace to watch for changes. */
  watchFolders(workspaceFolders: readonly string[]): string[];
  /**
   * Looks for sessions again. One run at a time: calls during a run share one following run, made with the latest arguments, so
   * that what was written before a call is always in its result. Never rejects; a source that fails keeps its last sessions.
   */
  refresh(workspaceFolders: readonly string[], now: number): Promise<readonly IndexedSession[]>;
  dispose?(): void;
}

/** Finds sessions in the thread of its caller. */
export class SessionIndex implements SessionFinder {
  private readonly sources: readonly SessionSource[];
  private readonly bySource = new Map<SessionSource, readonly IndexedSession[]>();
  private found: readonly IndexedSession[] = [];
  private byId: ReadonlyMap<string, IndexedSession> = new Map();
  private told: readonly string[] = [];
  private failed: readonly string[] = [];
  private running: Promise<void> | undefined;
  private next: { request: Request; done: Promise<void> } | undefined;

  /** `starts` adds the commits that sessions started from; `kept` the sessions whose transcripts are deleted. */
  constructor(
    sources: readonly SessionSource[],
    private readonly parts: { starts?: StartCommits | undefined; kept?: KeptSessions | undefined } = {},
  ) {
    this.sources = sources;
  }

  get sessions(): readonly IndexedSession[] {
    return this.found;
  }

  get problems(): readonly string[] {
    return this.told;
  }

  get(id: string): IndexedSession | undefined {
    return this.byId.get(id);
  }

  get failures(): readonly string[] {
    return this.failed;
  }

  watchFolders(workspaceFolders: readonly string[]): string[] {
    return [...new Set(this.sources.flatMap((source) => source.watchFolders(workspaceFolders)))];
  }

  async refresh(workspaceFolders: readonly string[], now: number): Promise<readonly IndexedSession[]> {
    const request = { workspaceFolders, now };
    if (!this.running) {
      this.running = this.run(request);
      await this.running;
    } else if (this.next) {
      this.next.request = request;
      await this.next.done;
    } else {
      this.next = { request, done: this.running.then(() => this.runNext()) };
      await this.next.done;
    }
    return this.found;
  }

  /** Lets the sources keep what they know. */
  dispose(): void {
    for (const source of this.sources) source.flush?.();
    this.parts.kept?.flush();
  }

  private runNext(): Promise<void> {
    const request = this.next?.request;
    this.next = undefined;
    this.running = request ? this.run(request) : undefined;
    return this.running ?? Promise.resolve();
  }

  private async run({ workspaceFolders, now }: Request): Promise<void> {
    const problems: string[] = [];
    const failures: string[] = [];
    const readings = new Map<string, Reading>();
    await Promise.all(
      this.sources.map(async (source) => {
        const { agent } = source;
        readings.set(agent, 'complete');
        const problem = (message: string): void => {
          readings.set(agent, 'unsure');
          problems.push(message);
        };
        try {
          this.bySource.set(source, await source.scan(workspaceFolders, now, problem));
        } catch (error) {
          readings.set(agent, 'failed');
          failures.push(`${agent}: ${reasonOf(error)}`);
        }
      }),
    );
    const sessions = newestFirst(this.sources.flatMap((source) => this.bySource.get(source) ?? []));
    this.found = await this.complete(sessions, workspaceFolders, readings);
    problems.push(...failures, ...(this.parts.kept?.problems() ?? []));
    this.byId = new Map(this.found.map((session) => [session.id, session]));
    this.told = problems;
    this.failed = failures;
    if (!this.next) {
      this.running = undefined;
    }
  }

  private async complete(
    found: readonly IndexedSession[],
    workspaceFolders: readonly string[],
    readings: ReadonlyMap<string, Reading>,
  ): Promise<IndexedSession[]> {
    const { kept, starts } = this.parts;
    kept?.use(workspaceFolders);
    const missing = (await kept?.missing(found, readings)) ?? [];
    const all = missing.length === 0 ? [...found] : newestFirst([...found, ...missing]);
    const filled = starts ? await starts.fill(all, (id) => kept?.withCommit(id)) : all;
    kept?.remember(filled);
    return filled;
  }
}

/** Newest first by last activity, each id once (its newest). */
export function newestFirst(sessions: readonly IndexedSession[]): IndexedSession[] {
  const sorted = [...sessions].sort((a, b) => b.lastActiveAt - a.lastActiveAt || (a.id < b.id ? -1 : 1));
  const ids = new Set<string>();
  return sorted.filter(({ id }) => !ids.has(id) && ids.add(id));
}
