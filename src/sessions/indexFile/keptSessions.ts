import { createHash } from 'node:crypto';
import * as path from 'node:path';
import type { IndexedSession } from '../model';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside, pathRulesHere } from '../reading/folders';
import { isRecord } from '../reading/jsonLines';
import { IndexFile } from './indexFile';

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

interface Kept {
  /** As it was found last. */
  found: IndexedSession | undefined;
  /** As it is kept: without signs of life. */
  session: IndexedSession;
  text: string;
  /** As it is given out once its transcript is gone. */
  gone?: IndexedSession;
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

  constructor(
    private readonly folder: string,
    private readonly access: FileAccess,
  ) {}

  /** The files of these workspace folders are meant from now on. */
  use(workspaceFolders: readonly string[]): void {
    this.open = workspaceFolders.map((workspaceFolder) => {
      const file = this.files.get(workspaceFolder) ?? new KeptFile(this.folder, workspaceFolder);
      this.files.set(workspaceFolder, file);
      return file;
    });
  }

  /** The session as it was found last. */
  get(id: string): IndexedSession | undefined {
    return this.open.map((file) => file.sessions.get(id)?.session).find((session) => session);
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
        const reading = readings.get(kept.session.agent);
        if (here.has(id) || reading === undefined) continue;
        here.add(id);
        const session = await this.asMissing(kept, reading);
        if (session) missing.push(session);
      }
    }
    return missing;
  }

  private async asMissing(kept: Kept, reading: Reading): Promise<IndexedSession | undefined> {
    const { transcript } = kept.session;
    if (kept.gone || reading === 'failed') return kept.gone ?? kept.session;
    const there = transcript !== undefined && (await this.isThere(transcript));
    const deletedIn = transcript === undefined || isDatabase(transcript);
    if (reading === 'unsure' && (there || deletedIn)) return kept.session;
    // A transcript that is there and gives no session here has moved to another folder.
    if (there && !deletedIn) return undefined;
    const gone: IndexedSession = { ...kept.session, gone: true };
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

  /** Takes over all sessions that there are now, and writes them soon. */
  remember(sessions: readonly IndexedSession[]): void {
    for (const session of sessions) {
      const { workspaceFolder } = session;
      const owner = this.open.find(
        (file) => workspaceFolder !== undefined && isInside(workspaceFolder, file.workspaceFolder, pathRulesHere),
      );
      (owner ?? this.open[0])?.remember(session);
    }
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
    const key = createHash('sha1').update(workspaceFolder).digest('hex').slice(0, 16);
    const name = `sessions-${FORMAT}-${key}.index`;
    this.file = new IndexFile(path.join(folder, name), `Agent Experiments sessions of a folder, format ${FORMAT}`);
    this.load();
  }

  /** Of two records of a session the later one counts: another window may have seen more of it. */
  private load(): void {
    for (const [json] of this.file.load()) {
      const text = json?.toString('utf8') ?? '';
      const session = parse(text);
      const known = session && this.sessions.get(session.id);
      if (session && (!known || known.session.lastActiveAt < session.lastActiveAt))
        this.sessions.set(session.id, { found: undefined, session, text });
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
    this.sessions.set(found.id, { found, session, text });
  }

  save(): void {
    if (!this.changed) return;
    // Another window may know sessions whose transcripts are deleted by now.
    if (this.file.isForeign) this.load();
    const newest = [...this.sessions.values()].sort((a, b) => b.session.lastActiveAt - a.session.lastActiveAt);
    for (const { session } of newest.splice(MAX_SESSIONS)) this.sessions.delete(session.id);
    this.file.save(newest.map(({ text }) => [text]));
    this.changed = false;
  }
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
