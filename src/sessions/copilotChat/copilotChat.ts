import * as path from 'node:path';
import { CopilotEvents } from '../copilotCli/copilotEvents';
import type { IndexedSession, SessionSource } from '../model';
import { assembleSession } from '../reading/assemble';
import { Breather } from '../reading/breathe';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess, FileStamp } from '../reading/fileAccess';
import { pathRulesHere } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES } from '../reading/liveness';
import { PerVersion } from '../reading/perVersion';
import { Places } from '../reading/places';
import type { WasmSource } from '../reading/sqliteReader';
import type { ToolSummary } from '../reading/toolCalls';
import { TranscriptCache } from '../reading/transcriptCache';
import { userDataFolders } from '../reading/userData';
import type { UserDataEnvironment } from '../reading/userData';
import { expandHome } from '../reading/values';
import { listFolder, WholeFiles } from '../reading/wholeFiles';
import { chatSession } from './chatSession';
import type { ChatSession } from './chatSession';
import { ChatUsage } from './chatUsage';
import { findStorages } from './workspaceStorage';
import type { Storage } from './workspaceStorage';

export interface CopilotChatOptions {
  environment: UserDataEnvironment;
  /** The running window's own folder in `workspaceStorage`: the parent of the extension's `storageUri`. */
  storageFolder?: string | undefined;
  /** A setting: the user data folder to read instead of those of all editors (the one that holds `User`). */
  folder?: string | undefined;
  /** The SQLite engine, for `agent-traces.db`; without it that file is not read. */
  loadWasm?: WasmSource | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  maxLineBytes?: number;
}

/** Chat sessions of VS Code (Copilot Chat), from the editors' storage of the workspace. */
export class CopilotChatSessions implements SessionSource {
  readonly agent = 'copilot-chat';
  private readonly options: CopilotChatOptions;
  private readonly access: FileAccess;
  private readonly places: Places;
  private readonly chats: WholeFiles<ChatSession>;
  private readonly events: TranscriptCache<CopilotEvents>;
  private readonly summaries = new PerVersion<CopilotEvents, ToolSummary>();
  private readonly usage: ChatUsage;
  private scanning: Promise<unknown> = Promise.resolve();

  constructor(options: CopilotChatOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.places = new Places(this.access, options.rules ?? pathRulesHere);
    const lines = options.maxLineBytes === undefined ? {} : { maxLineBytes: options.maxLineBytes };
    this.chats = new WholeFiles(this.access);
    this.events = new TranscriptCache(this.access, lines);
    this.usage = new ChatUsage(this.access, options.loadWasm);
  }

  /** Only the window's own folder: what other windows and editors write is seen at the next refresh. */
  watchFolders(): string[] {
    const own = this.options.storageFolder;
    return own === undefined
      ? []
      : [path.join(own, 'chatSessions'), ...PARTS.map((part) => path.join(own, part, 'transcripts'))];
  }

  /** One scan after the other: they share what was read. */
  scan(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const scan = this.scanning.then(() => this.scanNow(workspaceFolders, now, problem));
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private userFolders(): string[] {
    const named = (this.options.folder ?? '').trim();
    return named === ''
      ? userDataFolders(this.options.environment)
      : [path.join(expandHome(named, this.options.environment.home), 'User')];
  }

  private async scanNow(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const userFolders = this.userFolders();
    const storages = await findStorages({
      userFolders,
      own: this.options.storageFolder,
      wanted: await this.places.wanted(workspaceFolders),
      places: this.places,
      access: this.access,
      problem,
    });
    await this.usage.readTraces(userFolders, problem);
    const around = { now, liveMinutes: this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES };
    const sessions: IndexedSession[] = [];
    const chats = new Set<string>();
    const transcripts = new Set<string>();
    const breather = new Breather();
    for (const storage of storages) {
      const files = await this.filesOf(storage, problem);
      const known = new Set<string>();
      for (const file of files.chats) {
        chats.add(file);
        const chat = await this.chats.read(file, chatSession, problem);
        const session = chat && (await this.fromChat(file, chat, storage, around, problem));
        if (session) {
          known.add(session.id);
          sessions.push(session);
        }
        if (breather.due) {
          await breather.pause();
        }
      }
      for (const file of files.transcripts) {
        transcripts.add(file);
        // The same session is told better, and for longer, by its chat session.
        const id = path.basename(file, '.jsonl');
        const session = known.has(id) ? undefined : await this.fromEvents(file, id, storage, around, problem);
        if (session && !known.has(session.id)) {
          sessions.push(session);
        }
      }
    }
    this.chats.keepOnly(chats);
    this.events.keepOnly(transcripts);
    return sessions;
  }

  private async filesOf(
    { folder }: Storage,
    problem: (message: string) => void,
  ): Promise<{ chats: string[]; transcripts: string[] }> {
    const chats = path.join(folder, 'chatSessions');
    const names = (await listFolder(chats, this.access, problem))
      .filter((entry) => entry.maybeFile)
      .map(({ name }) => name);
    const logs = new Set(names.filter((name) => name.endsWith('.jsonl')));
    // A session that was moved from the old format keeps its old file.
    const old = names.filter((name) => name.endsWith('.json') && !logs.has(`${name}l`));
    const transcripts: string[] = [];
    for (const part of PARTS) {
      const below = path.join(folder, part, 'transcripts');
      for (const { name, maybeFile } of await listFolder(below, this.access, problem)) {
        if (maybeFile && name.endsWith('.jsonl')) {
          transcripts.push(path.join(below, name));
        }
      }
    }
    return { chats: [...logs, ...old].map((name) => path.join(chats, name)), transcripts };
  }

  private async fromChat(
    file: string,
    { value: chat, stamp }: { value: ChatSession; stamp: FileStamp },
    storage: Storage,
    around: { now: number; liveMinutes: number },
    problem: (message: string) => void,
  ): Promise<IndexedSession | undefined> {
    if (chat.prompts === 0) {
      return undefined; // A chat that was opened and never used.
    }
    if (chat.badLines > 0) {
      problem(`${file}: ${chat.badLines} unreadable lines were left out`);
    }
    const id = chat.id ?? path.basename(file).replace(/\.jsonl?$/, '');
    const usage = await this.usage.of(id, storage.folder, chat.prompts, chat.tokens, problem);
    return assembleSession(
      {
        agent: this.agent,
        id,
        transcript: file,
        titles: [chat.title, chat.firstPrompt],
        workspaceFolder: storage.workspaceFolder,
        ...timesOf(chat, stamp),
        models: { ...chat.models },
        prompts: chat.prompts,
        tools: chat.tools,
        ...usage,
        apiErrors: chat.requestErrors,
      },
      around,
    );
  }

  private async fromEvents(
    file: string,
    name: string,
    storage: Storage,
    around: { now: number; liveMinutes: number },
    problem: (message: string) => void,
  ): Promise<IndexedSession | undefined> {
    const read = await this.events.read(
      file,
      () => new CopilotEvents(),
      () => true,
      problem,
    );
    if (!read || read.facts.prompts === 0) {
      return undefined;
    }
    const { facts, version } = read;
    const id = facts.sessionId ?? name;
    const usage = await this.usage.of(id, storage.folder, facts.prompts, undefined, problem);
    return assembleSession(
      {
        agent: this.agent,
        id,
        transcript: file,
        titles: [facts.firstPrompt],
        workspaceFolder: storage.workspaceFolder,
        times: facts.times,
        models: { ...facts.models },
        prompts: facts.prompts,
        tools: this.summaries.of(facts, version, () => facts.tools.summary()),
        ...usage,
        apiErrors: facts.apiErrors,
      },
      around,
    );
  }
}

/** The extension's folder, as it has been spelled. */
const PARTS = ['GitHub.copilot-chat', 'github.copilot-chat'];

/** A session without any time is as old as the session or its file. */
function timesOf(chat: ChatSession, stamp: FileStamp): { times: number[]; timesKnown?: 'file' } {
  return chat.times.length > 0
    ? { times: chat.times }
    : { times: [chat.createdAt ?? stamp.mtimeMs], timesKnown: 'file' };
}
