import * as path from 'node:path';
import type { IndexedSession } from '../model';
import { Breather } from '../reading/breathe';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside, pathRulesHere } from '../reading/folders';
import { isRecord } from '../reading/jsonLines';
import { IndexFile, indexKey } from './indexFile';

/** Changes with every change of what is kept that an older version would misread. */
const FORMAT = 1;
/** Of one workspace folder the newest sessions are kept, each as long as its numbers are not absurdly many. */
const MAX_SESSIONS = 10_000;
const MAX_SESSION_LENGTH = 32 * 1024;
/** Soon after the first look, and then not too often. */
const FIRST_SAVE_MS = 1_000;
const NEXT_SAVE_MS = 30_000;

/** How an agent's sessions were read: `unsure` where something could not be read, `failed` where nothing could. */
export type Reading = 'complete' | 'unsure' | 'failed';

/** A session as it is kept, without signs of life; out of the file as a text, of which few are ever looked into. */
class Kept {
  /** As it is given out once its transcript is gone. */
  gone: IndexedSession | undefined;

  /** `found`: as it was found last. */
  constructor(
    readonly text: string,
    private parsed?: IndexedSession,
    public found?: IndexedSession,
  ) {}

  /** Undefined where the text is none of a session. */
  get session(): IndexedSession | undefined {
    this.parsed ??= parse(this.text);
    return this.parsed;
  }

  get hasCommit(): boolean {
    return this.text.includes('"startCommit":');
  }
}

/**
 * Keeps every session that was found in a file per workspace folder, so that one whose transcript the agent deletes stays in its
 * experiments. A session is gone only where its agent was read and its transcript is not there; one of an agent that failed is as
 * it was; one of an agent that is switched off is kept and not shown.
 */
export class KeptSessions {
  private readonly files = new Map<string, KeptFile>();
  private open: KeptFile[] = [];
  private timer: NodeJS.Timeout | undefined;
  private saved = false;
  private told: string[] = [];
  /** Found, and not yet compared to what is kept. */
  private waiting: IndexedSession[] = [];
  private comparing: NodeJS.Immediate | undefined;

  constructor(
    private readonly folder: string,
    private readonly access: FileAccess,
  ) {}

  /** The files of these workspace folders are meant from now on. */
  use(workspaceFolders: readonly string[]): void {
    this.compareAll();
    this.open = workspaceFolders.map((workspaceFolder) => {
      const file = this.files.get(workspaceFolder) ?? new KeptFile(this.folder, workspaceFolder);
      this.files.set(workspaceFolder, file);
      return file;
    });
  }

  /** The session as it was found last, where the commit that it started from is known. */
  withCommit(id: string): IndexedSession | undefined {
    for (const { sessions } of this.open) {
      const kept = sessions.get(id);
      if (kept?.hasCommit === true && kept.session) return kept.session;
    }
    return undefined;
  }

  /** Sessions that were found before and are not among these. `readings` by agent, of those that are not switched off. */
  async missing(
    found: readonly IndexedSession[],
    readings: ReadonlyMap<string, Reading>,
  ): Promise<readonly IndexedSession[]> {
    const here = new Set(found.map(({ id }) => id));
    const missing: IndexedSession[] = [];
    for (const file of this.open) {
      for (const [id, kept] of file.sessions) {
        if (here.has(id)) continue;
        const reading = kept.session && readings.get(kept.session.agent);
        if (!kept.session || reading === undefined) continue;
        here.add(id);
        const session = await this.asMissing(kept, kept.session, reading);
        if (session) missing.push(session);
      }
    }
    return missing;
  }

  private async asMissing(kept: Kept, session: IndexedSession, reading: Reading): Promise<IndexedSession | undefined> {
    const { transcript } = session;
    if (kept.gone || reading === 'failed') return kept.gone ?? session;
    const there = transcript !== undefined && (await this.isThere(transcript));
    const deletedIn = transcript === undefined || isDatabase(transcript);
    if (reading === 'unsure' && (there || deletedIn)) return session;
    // A transcript that is there and gives no session here has moved to another folder.
    if (there && !deletedIn) return undefined;
    const gone: IndexedSession = { ...session, gone: true };
    delete gone.transcript;
    kept.gone = gone;
    return gone;
  }

  private async isThere(transcript: string): Promise<boolean> {
    try {
      await this.access.stat(transcript);
      return true;
    } catch (error) {
      return !isMissing(error);
    }
  }

  /** Takes over all sessions that there are now, and writes them soon. Whoever asked for them does not wait for it. */
  remember(sessions: readonly IndexedSession[]): void {
    this.compareAll();
    this.waiting = [...sessions];
    this.comparing = setImmediate(() => {
      this.compareSome();
    });
  }

  private compareSome(): void {
    const breather = new Breather();
    while (this.waiting.length > 0 && !breather.due) this.compareOne();
    if (this.waiting.length === 0) this.compareAll();
    else
      this.comparing = setImmediate(() => {
        this.compareSome();
      });
  }

  private compareAll(): void {
    clearImmediate(this.comparing);
    while (this.waiting.length > 0) this.compareOne();
    this.saveSoon();
  }

  private compareOne(): void {
    const session = this.waiting.pop();
    if (!session) return;
    const { workspaceFolder } = session;
    const isOwner = (file: KeptFile): boolean =>
      workspaceFolder !== undefined && isInside(workspaceFolder, file.workspaceFolder, pathRulesHere);
    const owner = this.open.length > 1 ? this.open.find(isOwner) : undefined;
    (owner ?? this.open[0])?.remember(session);
  }

  private saveSoon(): void {
    if (this.timer !== undefined || !this.open.some((file) => file.changed)) return;
    this.timer = setTimeout(
      () => {
        this.flush();
      },
      this.saved ? NEXT_SAVE_MS : FIRST_SAVE_MS,
    );
    this.timer.unref();
  }

  /** Writes what has changed. */
  flush(): void {
    this.compareAll();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.saved = true;
    for (const file of this.files.values()) {
      try {
        file.save();
      } catch (error) {
        this.told.push(`Sessions could not be kept: ${reasonOf(error)}`);
      }
    }
  }

  /** What went wrong since the last call. */
  problems(): string[] {
    const { told } = this;
    this.told = [];
    return told;
  }
}

/** The kept sessions of one workspace folder. */
class KeptFile {
  readonly sessions = new Map<string, Kept>();
  changed = false;
  private readonly file: IndexFile;

  constructor(
    folder: string,
    readonly workspaceFolder: string,
  ) {
    const name = `sessions-${FORMAT}-${indexKey(workspaceFolder)}.index`;
    this.file = new IndexFile(path.join(folder, name), `Agent Experiments sessions of a folder, format ${FORMAT}`);
    try {
      this.load();
    } catch {
      // Saving tries again, as the file is foreign then, and writes nothing over it where it cannot be read.
    }
  }

  /** Of two records of a session the later one counts: another window may have seen more of it. */
  private load(): void {
    for (const record of this.file.load()) {
      const kept = new Kept(record.text());
      const id = idIn(kept);
      const known = id === undefined ? undefined : this.sessions.get(id);
      if (id !== undefined && (!known || isLater(kept, known))) this.sessions.set(id, kept);
    }
  }

  remember(found: IndexedSession): void {
    const known = this.sessions.get(found.id);
    if (known?.found === found) return;
    const session = withoutLife(found);
    const text = JSON.stringify(session);
    if (text.length > MAX_SESSION_LENGTH) return;
    if (known?.text === text) {
      known.found = found;
      return;
    }
    this.changed = true;
    this.sessions.set(found.id, new Kept(text, session, found));
  }

  save(): void {
    if (!this.changed) return;
    // Another window may know sessions whose transcripts are deleted by now.
    if (this.file.isForeign) this.load();
    for (const [id, { session }] of this.sessions) if (!session) this.sessions.delete(id);
    const newest = [...this.sessions].sort(([, a], [, b]) => lastActiveAt(b) - lastActiveAt(a));
    for (const [id] of newest.splice(MAX_SESSIONS)) this.sessions.delete(id);
    this.file.save(newest.map(([, { text }]) => [text]));
    this.changed = false;
  }
}

/** The id at the beginning of the text, where almost all have it: a thousand texts take a while to parse. */
function idIn(kept: Kept): string | undefined {
  return /^\{"id":"([^"\\]+)"/.exec(kept.text)?.[1] ?? kept.session?.id;
}

function isLater(a: Kept, b: Kept): boolean {
  return lastActiveAt(b) < lastActiveAt(a);
}

/** What is no session is the oldest. */
function lastActiveAt({ session }: Kept): number {
  return session?.lastActiveAt ?? -Infinity;
}

function withoutLife(session: IndexedSession): IndexedSession {
  const still: IndexedSession = { ...session, endedAt: session.endedAt ?? session.lastActiveAt };
  delete still.liveBecause;
  delete still.liveUntil;
  return still;
}

const NUMBERS = [
  ...(['startedAt', 'lastActiveAt', 'prompts', 'toolCalls', 'toolErrors', 'filesTouched'] as const),
  ...(['activeMinutes', 'wallMinutes'] as const),
];

function parse(text: string): IndexedSession | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isSession(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A checksum vouches for the text; this for what another version may have written under the same format. */
function isSession(value: unknown): value is IndexedSession {
  return (
    isRecord(value) &&
    typeof value['id'] === 'string' &&
    typeof value['agent'] === 'string' &&
    isRecord(value['models']) &&
    NUMBERS.every((name) => Number.isFinite(value[name]))
  );
}

/** A database outlives the sessions in it. */
function isDatabase(transcript: string): boolean {
  return /\.(?:db|vscdb)$/.test(transcript);
}
