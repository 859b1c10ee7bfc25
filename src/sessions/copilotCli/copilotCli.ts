import * as path from 'node:path';
import type { IndexedSession, SessionSource } from '../model';
import { assembleSession } from '../reading/assemble';
import type { SessionParts } from '../reading/assemble';
import { Breather } from '../reading/breathe';
import { diskAccess, isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { pathRulesHere } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES } from '../reading/liveness';
import { PerVersion } from '../reading/perVersion';
import { Places } from '../reading/places';
import { TranscriptCache } from '../reading/transcriptCache';
import { expandHome } from '../reading/values';
import { CopilotEvents } from './copilotEvents';
import { workspaceFileOf } from './copilotWorkspace';

export interface CopilotCliOptions {
  environment: {
    home: string;
    COPILOT_HOME?: string | undefined;
    XDG_STATE_HOME?: string | undefined;
  };
  /** A setting: the folder to read instead of those of the environment. */
  folder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  maxLineBytes?: number;
}

/** Sessions of GitHub Copilot CLI: `session-state/<id>/events.jsonl`, and the older `session-state/<id>.jsonl`. */
export class CopilotCliSessions implements SessionSource {
  readonly agent = 'copilot-cli';
  private readonly options: CopilotCliOptions;
  private readonly access: FileAccess;
  private readonly places: Places;
  private readonly cache: TranscriptCache<CopilotEvents>;
  private readonly parts = new PerVersion<CopilotEvents, Omit<SessionParts, 'id' | 'titles' | 'workspaceFolder'>>();
  private scanning: Promise<unknown> = Promise.resolve();

  constructor(options: CopilotCliOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.places = new Places(this.access, options.rules ?? pathRulesHere);
    const { maxLineBytes } = options;
    this.cache = new TranscriptCache(this.access, maxLineBytes === undefined ? {} : { maxLineBytes });
  }

  watchFolders(): string[] {
    return this.roots().map((root) => path.join(root, 'session-state'));
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

  private async scanNow(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const wanted = await this.places.wanted(workspaceFolders);
    const files = (await Promise.all(this.roots().map((root) => this.transcripts(root, problem)))).flat();
    this.cache.keepOnly(new Set(files.map((file) => file.path)));
    const sessions: IndexedSession[] = [];
    const breather = new Breather();
    for (const file of files) {
      const session = await this.read(file, wanted, now, problem);
      if (session) {
        sessions.push(session);
      }
      if (breather.due) {
        await breather.pause();
      }
    }
    return sessions;
  }

  private roots(): string[] {
    const { home, COPILOT_HOME, XDG_STATE_HOME } = this.options.environment;
    const named = this.options.folder?.trim() ?? '';
    const chosen = named === '' ? (COPILOT_HOME ?? '') : named;
    if (chosen !== '') {
      return [expandHome(chosen, home)];
    }
    const own = path.join(home, '.copilot');
    return (XDG_STATE_HOME ?? '') === '' ? [own] : [...new Set([path.join(XDG_STATE_HOME ?? '', '.copilot'), own])];
  }

  private async transcripts(root: string, problem: (message: string) => void): Promise<Transcript[]> {
    const found: Transcript[] = [];
    for (const name of ['session-state', 'history-session-state']) {
      const folder = path.join(root, name);
      for (const entry of await this.list(folder, problem)) {
        if (entry.maybeFolder) {
          const own = path.join(folder, entry.name);
          found.push({
            id: entry.name,
            path: path.join(own, 'events.jsonl'),
            workspace: path.join(own, 'workspace.yaml'),
          });
        }
        if (entry.maybeFile && entry.name.endsWith('.jsonl')) {
          found.push({ id: entry.name.slice(0, -'.jsonl'.length), path: path.join(folder, entry.name) });
        }
      }
    }
    return found;
  }

  private async list(
    folder: string,
    problem: (message: string) => void,
  ): Promise<Awaited<ReturnType<FileAccess['list']>>> {
    try {
      return await this.access.list(folder);
    } catch (error) {
      if (!isMissing(error)) {
        problem(`${folder}: ${reasonOf(error)}`);
      }
      return [];
    }
  }

  private async read(
    file: Transcript,
    wanted: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession | undefined> {
    // Reading stops at the first folder that is not known to lie in the workspace, and goes on once it turns out to.
    const mayBelong = (facts: CopilotEvents): boolean =>
      facts.cwd === undefined || this.places.isKnownInside(facts.cwd, wanted);
    const readOn = (): ReturnType<typeof this.cache.read> =>
      this.cache.read(file.path, () => new CopilotEvents(), mayBelong, problem);
    const first = await readOn();
    if (!first) {
      return undefined;
    }
    const beside = file.workspace === undefined ? {} : await workspaceFileOf(file.workspace, this.access);
    const cwd = first.facts.cwd ?? beside.cwd;
    if (cwd === undefined || !(await this.places.isInside(cwd, wanted))) {
      return undefined;
    }
    const read = first.stopped ? await readOn() : first;
    if (!read) {
      return undefined;
    }
    const { facts, version } = read;
    const parts = this.parts.of(facts, version, () => partsOf(facts, file.path));
    return assembleSession(
      {
        ...parts,
        id: facts.sessionId ?? file.id,
        titles: [beside.name, beside.summary, facts.firstPrompt],
        workspaceFolder: cwd,
        branch: parts.branch ?? beside.branch,
      },
      { now, liveMinutes: this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES },
    );
  }
}

interface Transcript {
  id: string;
  path: string;
  workspace?: string;
}

function partsOf(facts: CopilotEvents, transcript: string): Omit<SessionParts, 'id' | 'titles' | 'workspaceFolder'> {
  const { tokens, known } = facts.tokens;
  return {
    agent: 'copilot-cli',
    transcript,
    times: facts.times,
    ...(facts.ended ? { lastSign: -Infinity } : {}),
    models: { ...facts.models },
    branch: facts.branch,
    startCommit: facts.startCommit,
    prompts: facts.prompts,
    tools: facts.tools.summary({ moreFiles: facts.filesModified }),
    tokens,
    tokensKnown: known,
    apiErrors: facts.apiErrors,
  };
}
