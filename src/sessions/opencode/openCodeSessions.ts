import * as path from 'node:path';
import type { IndexedSession, SessionSource } from '../model';
import { priceResponses } from '../prices/prices';
import type { SessionCost } from '../prices/prices';
import { outcomeFields } from '../reading/commandOutcome';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside, pathRulesHere, withRealPath } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES, judgeLiveness } from '../reading/liveness';
import { titleFrom } from '../reading/title';
import { mostFrequent } from '../reading/values';
import { combineOpenCode } from './openCodeCombine';
import type { OpenCodeSession } from './openCodeCombine';
import { OpenCodeDatabase, sqlLoader } from './openCodeDatabase';
import type { LoadSql } from './openCodeDatabase';
import { findDatabases, openCodeFolder } from './openCodeLocations';
import type { OpenCodeEnvironment } from './openCodeLocations';
import type { IsWanted, OpenCodeRecord } from './openCodeRecord';
import { OpenCodeStorage } from './openCodeStorage';

export interface OpenCodeOptions {
  environment: OpenCodeEnvironment;
  /** The bytes of sql.js's WASM; asked for when the first database is read. */
  loadWasm: () => Promise<Uint8Array>;
  /** A setting: the data folder to read instead of the one of the environment. */
  folder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  maxDatabaseBytes?: number;
}

type Problem = (message: string) => void;

/** Titles that OpenCode gives before the first answer. */
const NO_TITLE = /^(?:New|Child) session - \d{4}-/;

/** Sessions of OpenCode, from its database and from the files of older versions. */
export class OpenCodeSessions implements SessionSource {
  readonly agent = 'opencode';
  private readonly options: OpenCodeOptions;
  private readonly access: FileAccess;
  private readonly rules: PathRules;
  private readonly loadSql: LoadSql;
  private readonly databases = new Map<string, OpenCodeDatabase>();
  private readonly storage: OpenCodeStorage;
  /** Real paths of folders named in sessions, so that each is looked up once. */
  private readonly realPaths = new Map<string, readonly string[]>();
  private scanning: Promise<unknown> = Promise.resolve();

  constructor(options: OpenCodeOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.rules = options.rules ?? pathRulesHere;
    this.loadSql = sqlLoader(options.loadWasm);
    this.storage = new OpenCodeStorage(path.join(this.folder(), 'storage'), this.access);
  }

  watchFolders(): string[] {
    return [this.folder()];
  }

  /** One scan after the other: they share the caches. */
  scan(workspaceFolders: readonly string[], now: number, problem: Problem): Promise<IndexedSession[]> {
    const scan = this.scanning.then(() => this.scanNow(workspaceFolders, now, problem));
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private folder(): string {
    return openCodeFolder(this.options.environment, this.options.folder);
  }

  private async scanNow(folders: readonly string[], now: number, problem: Problem): Promise<IndexedSession[]> {
    const wanted = (await Promise.all(folders.map((folder) => withRealPath(folder, this.access)))).flat();
    let records = await this.readAll(wanted, problem);
    // Folders that were named for the first time may lie in the workspace by their real path.
    if (await this.learnRealPaths()) {
      records = await this.readAll(wanted, problem);
    }
    const liveMinutes = this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES;
    const sessions: IndexedSession[] = [];
    for (const session of combineOpenCode(records)) {
      const cost = session.tokens ? await priceResponses(session.responses) : {};
      sessions.push(toIndexed(session, cost, now, liveMinutes));
    }
    return sessions;
  }

  private async readAll(wanted: readonly string[], problem: Problem): Promise<OpenCodeRecord[]> {
    const { environment, maxDatabaseBytes } = this.options;
    const isWanted: IsWanted = (directory) => this.isInside(directory, wanted);
    const files = await findDatabases({ folder: this.folder(), environment, access: this.access, problem });
    const records: OpenCodeRecord[] = [];
    for (const file of files) {
      const database = this.databases.get(file) ?? this.open(file, maxDatabaseBytes);
      const key = JSON.stringify([wanted, [...this.realPaths.values()].filter((places) => places.length > 1)]);
      records.push(...(await database.read(isWanted, key, problem)));
    }
    return [...records, ...(await this.storage.read(isWanted, problem))];
  }

  private open(file: string, maxBytes: number | undefined): OpenCodeDatabase {
    const database = new OpenCodeDatabase({
      file,
      access: this.access,
      loadSql: this.loadSql,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    this.databases.set(file, database);
    return database;
  }

  private isInside(directory: string | undefined, wanted: readonly string[]): boolean {
    if (directory === undefined) {
      return false;
    }
    if (!this.realPaths.has(directory)) {
      this.realPaths.set(directory, []); // To be looked up.
    }
    const places = [directory, ...(this.realPaths.get(directory) ?? [])];
    return places.some((place) => wanted.some((folder) => isInside(place, folder, this.rules)));
  }

  /** True where a folder turned out to have another name, too. */
  private async learnRealPaths(): Promise<boolean> {
    let learned = false;
    for (const [directory, known] of this.realPaths) {
      if (known.length === 0) {
        const places = await withRealPath(directory, this.access);
        this.realPaths.set(directory, places);
        learned ||= places.length > 1;
      }
    }
    return learned;
  }
}

function toIndexed(session: OpenCodeSession, cost: SessionCost, now: number, liveMinutes: number): IndexedSession {
  const { activity, header, outcome, tokens } = session;
  const lastSign = Math.max(activity.last, header.updated ?? 0);
  const live = judgeLiveness({ pid: undefined, lastSign, now, liveMinutes });
  const named = header.title !== undefined && !NO_TITLE.test(header.title) ? header.title : session.firstPrompt;
  const title = named === undefined ? undefined : titleFrom(named);
  const model = mostFrequent(session.models);
  return {
    id: header.id,
    agent: 'opencode',
    ...(title === undefined ? {} : { title }),
    ...(session.directory === undefined ? {} : { workspaceFolder: session.directory }),
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
    ...(session.reasoningInOutput > 0 ? { reasoningInOutput: session.reasoningInOutput } : {}),
    ...(session.subagentTokens ? { subagentTokens: session.subagentTokens } : {}),
    ...cost,
    ...outcomeFields(outcome),
    transcript: session.source,
    toolLoops: session.toolLoops,
    models: session.models,
    apiErrors: session.apiErrors,
  };
}
