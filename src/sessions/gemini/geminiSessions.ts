import * as path from 'node:path';
import type { IndexedSession, SessionSource } from '../model';
import { priceResponses } from '../prices/prices';
import type { SessionCost } from '../prices/prices';
import { outcomeFields } from '../reading/commandOutcome';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess, FolderEntry } from '../reading/fileAccess';
import { pathRulesHere, withRealPath } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES, judgeLiveness } from '../reading/liveness';
import { titleFrom } from '../reading/title';
import { TranscriptCache } from '../reading/transcriptCache';
import { mostFrequent } from '../reading/values';
import { listFolder } from '../reading/wholeFiles';
import { DocumentCache } from '../reading/documentCache';
import { combineGeminiFiles } from './geminiCombine';
import type { GeminiFile, GeminiSession } from './geminiCombine';
import { GeminiFacts } from './geminiFacts';
import { findProjects, geminiFolder } from './geminiLocations';
import type { GeminiEnvironment, GeminiProject } from './geminiLocations';

export interface GeminiOptions {
  environment: GeminiEnvironment;
  /** A setting: the folder to read instead of `.gemini`. */
  folder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  maxLineBytes?: number;
}

type Problem = (message: string) => void;
type Priced = readonly { session: GeminiSession; cost: SessionCost }[];

/** A chat as the folder layout shows it. */
interface Chat {
  path: string;
  /** The folder it is in, where that is the session that the sub-agent worked for. */
  parent: string | undefined;
  root: string;
}

/** Sessions of Gemini CLI. */
export class GeminiSessions implements SessionSource {
  readonly agent = 'gemini';
  private readonly options: GeminiOptions;
  private readonly access: FileAccess;
  private readonly rules: PathRules;
  private readonly lines: TranscriptCache<GeminiFacts>;
  private readonly documents: DocumentCache<GeminiFacts>;
  private scanning: Promise<unknown> = Promise.resolve();
  private last: { files: readonly GeminiFile[]; sessions: Priced } | undefined;

  constructor(options: GeminiOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.rules = options.rules ?? pathRulesHere;
    this.lines = new TranscriptCache(
      this.access,
      options.maxLineBytes === undefined ? {} : { maxLineBytes: options.maxLineBytes },
    );
    this.documents = new DocumentCache(this.access);
  }

  watchFolders(): string[] {
    return [path.join(this.folder(), 'tmp')];
  }

  /** One scan after the other: they share the caches. */
  scan(workspaceFolders: readonly string[], now: number, problem: Problem): Promise<IndexedSession[]> {
    const scan = this.scanning.then(() => this.scanNow(workspaceFolders, now, problem));
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private folder(): string {
    return geminiFolder(this.options.environment, this.options.folder);
  }

  private async scanNow(folders: readonly string[], now: number, problem: Problem): Promise<IndexedSession[]> {
    const { access, rules } = this;
    const wanted = (await Promise.all(folders.map((folder) => withRealPath(folder, access)))).flat();
    const projects = await findProjects({ gemini: this.folder(), workspaceFolders: wanted, rules, access, problem });
    const chats = (await Promise.all(projects.map((project) => this.findChats(project, problem)))).flat();
    const paths = new Set(chats.map((chat) => chat.path));
    this.lines.keepOnly(paths);
    this.documents.keepOnly(paths);
    const files: GeminiFile[] = [];
    for (const chat of chats) {
      const file = await this.read(chat, problem);
      if (file) {
        files.push(file);
      }
    }
    const liveMinutes = this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES;
    return (await this.combine(files)).map(({ session, cost }) => toIndexed(session, cost, now, liveMinutes));
  }

  private async findChats({ folder, root }: GeminiProject, problem: Problem): Promise<Chat[]> {
    const chats: Chat[] = [];
    const place = path.join(folder, 'chats');
    for (const entry of await this.list(place, problem)) {
      const inside = path.join(place, entry.name);
      if (entry.maybeFile && /\.jsonl?$/.test(entry.name)) {
        chats.push({ path: inside, parent: undefined, root });
      } else if (entry.maybeFolder) {
        const subagents = (await this.list(inside, problem)).filter(
          ({ maybeFile, name }) => maybeFile && /\.jsonl?$/.test(name),
        );
        chats.push(...subagents.map(({ name }) => ({ path: path.join(inside, name), parent: entry.name, root })));
      }
    }
    return chats;
  }

  private async list(folder: string, problem: Problem): Promise<FolderEntry[]> {
    return (await listFolder(folder, this.access, problem)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private async read(chat: Chat, problem: Problem): Promise<GeminiFile | undefined> {
    const found = chat.path.endsWith('.json')
      ? await this.readDocument(chat.path, problem)
      : await this.lines.read(
          chat.path,
          () => new GeminiFacts(),
          () => true,
          problem,
        );
    if (!found) {
      return undefined;
    }
    const { facts, version } = found;
    const subagent = chat.parent !== undefined || facts.subagent;
    const own = facts.sessionId ?? path.basename(chat.path).replace(/\.jsonl?$/, '');
    return { path: chat.path, sessionId: chat.parent ?? own, subagent, root: chat.root, facts, version };
  }

  private async readDocument(
    file: string,
    problem: Problem,
  ): Promise<{ facts: GeminiFacts; version: number } | undefined> {
    const make = (document: Readonly<Record<string, unknown>>): GeminiFacts => {
      const facts = new GeminiFacts();
      facts.add(document);
      return facts;
    };
    const found = await this.documents.read(file, make, problem);
    return found && { facts: found.value, version: found.version };
  }

  /** As the last time where no file changed, which is what most scans find. */
  private async combine(files: readonly GeminiFile[]): Promise<Priced> {
    const { last } = this;
    const same =
      last?.files.length === files.length &&
      files.every(({ facts, version, root }, i) => {
        const before = last.files[i];
        return before?.facts === facts && before.version === version && before.root === root;
      });
    if (!same) {
      const sessions: { session: GeminiSession; cost: SessionCost }[] = [];
      for (const session of combineGeminiFiles(files)) {
        sessions.push({ session, cost: session.tokens ? await priceResponses(session.responses) : {} });
      }
      this.last = { files, sessions };
    }
    return this.last?.sessions ?? [];
  }
}

function toIndexed(session: GeminiSession, cost: SessionCost, now: number, liveMinutes: number): IndexedSession {
  const { activity, main, outcome, tokens } = session;
  const live = judgeLiveness({ pid: undefined, lastSign: activity.last, now, liveMinutes });
  const title = session.firstPrompt === undefined ? undefined : titleFrom(session.firstPrompt);
  const model = mostFrequent(session.models);
  return {
    id: session.id,
    agent: 'gemini',
    ...(title === undefined ? {} : { title }),
    workspaceFolder: main.root,
    startedAt: activity.first,
    lastActiveAt: activity.last,
    ...(live ?? { endedAt: activity.last }),
    ...(model === undefined ? {} : { model }),
    prompts: session.prompts,
    toolCalls: session.toolCalls,
    toolErrors: session.toolErrors,
    filesTouched: session.filesTouched,
    activeMinutes: activity.activeMinutes,
    wallMinutes: activity.wallMinutes,
    ...(tokens ? { tokens } : { tokensKnown: 'none' as const }),
    ...(session.subagentTokens ? { subagentTokens: session.subagentTokens } : {}),
    ...cost,
    ...outcomeFields(outcome),
    transcript: main.path,
    toolLoops: session.toolLoops,
    models: session.models,
  };
}
