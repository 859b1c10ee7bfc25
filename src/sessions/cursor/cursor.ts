import * as path from 'node:path';
import type { IndexedSession, SessionSource } from '../model';
import { assembleSession } from '../reading/assemble';
import { Breather } from '../reading/breathe';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { pathRulesHere } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES } from '../reading/liveness';
import { PerVersion } from '../reading/perVersion';
import { Places } from '../reading/places';
import type { ToolSummary } from '../reading/toolCalls';
import { TranscriptCache } from '../reading/transcriptCache';
import { expandHome } from '../reading/values';
import { listFolder } from '../reading/wholeFiles';
import { cursorSlug } from './cursorSlug';
import { CursorTranscript } from './cursorTranscript';

export interface CursorOptions {
  environment: { home: string };
  /** A setting: the folder to read instead of `~/.cursor`. */
  folder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  maxLineBytes?: number;
}

/** Agent sessions of Cursor: `projects/<slug>/agent-transcripts/<id>/<id>.jsonl`, and the older `<id>.jsonl` beside it. */
export class CursorSessions implements SessionSource {
  readonly agent = 'cursor';
  private readonly options: CursorOptions;
  private readonly access: FileAccess;
  private readonly rules: PathRules;
  private readonly places: Places;
  private readonly cache: TranscriptCache<CursorTranscript>;
  private readonly summaries = new PerVersion<CursorTranscript, ToolSummary>();
  private scanning: Promise<unknown> = Promise.resolve();

  constructor(options: CursorOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.rules = options.rules ?? pathRulesHere;
    this.places = new Places(this.access, this.rules);
    const { maxLineBytes } = options;
    this.cache = new TranscriptCache(this.access, maxLineBytes === undefined ? {} : { maxLineBytes });
  }

  watchFolders(): string[] {
    return [this.projects()];
  }

  /** One scan after the other: they share the cache. */
  scan(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const scan = this.scanning.then(() => this.scanNow(workspaceFolders, now, problem));
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private projects(): string {
    const { home } = this.options.environment;
    const named = (this.options.folder ?? '').trim();
    return path.join(named === '' ? path.join(home, '.cursor') : expandHome(named, home), 'projects');
  }

  private async scanNow(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const transcripts = await this.transcripts(workspaceFolders, problem);
    this.cache.keepOnly(new Set(transcripts.map((file) => file.path)));
    const sessions: IndexedSession[] = [];
    const breather = new Breather();
    for (const transcript of transcripts) {
      const session = await this.read(transcript, now, problem);
      if (session) {
        sessions.push(session);
      }
      if (breather.due) {
        await breather.pause();
      }
    }
    return sessions;
  }

  /** A transcript names no folder, so only the name of the project's folder tells: it must be exactly that of a workspace folder. */
  private async transcripts(
    workspaceFolders: readonly string[],
    problem: (message: string) => void,
  ): Promise<Transcript[]> {
    const bySlug = new Map<string, string>();
    for (const folder of await this.places.wanted(workspaceFolders)) {
      const slug = this.comparable(cursorSlug(folder));
      if (!bySlug.has(slug)) {
        bySlug.set(slug, folder);
      }
    }
    const found: Transcript[] = [];
    for (const project of await listFolder(this.projects(), this.access, problem)) {
      const workspaceFolder = bySlug.get(this.comparable(project.name));
      if (!project.maybeFolder || workspaceFolder === undefined) {
        continue;
      }
      const folder = path.join(this.projects(), project.name, 'agent-transcripts');
      for (const { name, maybeFile, maybeFolder } of await listFolder(folder, this.access, problem)) {
        if (maybeFile && name.endsWith('.jsonl')) {
          found.push({ id: name.slice(0, -'.jsonl'.length), path: path.join(folder, name), workspaceFolder });
        } else if (maybeFolder) {
          found.push({ id: name, path: path.join(folder, name, `${name}.jsonl`), workspaceFolder });
        }
      }
    }
    return found;
  }

  private comparable(slug: string): string {
    return this.rules.windows ? slug.toLowerCase() : slug;
  }

  private async read(
    { id, path: file, workspaceFolder }: Transcript,
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession | undefined> {
    const read = await this.cache.read(
      file,
      () => new CursorTranscript(),
      () => true,
      problem,
    );
    if (!read || (read.facts.prompts === 0 && read.facts.tools.size === 0)) {
      return undefined;
    }
    const { facts, version, stamp } = read;
    return assembleSession(
      {
        agent: this.agent,
        id,
        transcript: file,
        titles: [facts.firstPrompt],
        workspaceFolder,
        times: timesOf(stamp),
        timesKnown: 'file',
        models: {},
        prompts: facts.prompts,
        tools: this.summaries.of(facts, version, () => facts.tools.summary({ unproven: true })),
        tokens: undefined,
        tokensKnown: 'none',
        apiErrors: facts.failedTurns,
      },
      { now, liveMinutes: this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES },
    );
  }
}

interface Transcript {
  id: string;
  path: string;
  workspaceFolder: string;
}

/** From when the file was made to when it was written last; a copy may be younger than what it was copied from. */
function timesOf({ birthtimeMs, mtimeMs }: { birthtimeMs: number; mtimeMs: number }): number[] {
  return birthtimeMs > 0 && birthtimeMs < mtimeMs ? [birthtimeMs, mtimeMs] : [mtimeMs];
}
