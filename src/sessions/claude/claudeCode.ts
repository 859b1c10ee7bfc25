import * as path from 'node:path';
import type { ClaudeFile } from './claudeCombine';
import { ClaudeFacts } from './claudeFacts';
import { ClaudeGroups } from './claudeGroups';
import { IndexedSessions } from './claudeIndexed';
import { ClaudeMemory } from './claudeMemory';
import { runningClaudeSessions } from './claudeLive';
import { claudeConfigFolders } from './claudeLocations';
import type { ClaudeEnvironment } from './claudeLocations';
import { sessionIdOf, type ReadingHelper } from './claudeReading';
import { readAhead } from './claudeReadAhead';
import { findTranscripts } from './claudeTranscripts';
import type { TranscriptFile } from './claudeTranscripts';
import { DamagedIndex } from '../indexFile/restOfFile';
import { diskAccess, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside, pathRulesHere, withRealPath } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES } from '../reading/liveness';
import type { IndexedSession, SessionSource } from '../model';
import { isProcessAlive } from '../reading/processes';
import { TranscriptCache } from '../reading/transcriptCache';
import type { CachedTranscript } from '../reading/transcriptCache';

export interface ClaudeCodeOptions {
  environment: ClaudeEnvironment;
  /** A setting: configuration folder to read instead of those of the environment. */
  configFolder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  isAlive?: (pid: number) => boolean;
  maxLineBytes?: number;
  /** Where to keep what was read for the next start. With it, sessions stay when their transcripts are deleted. */
  indexFolder?: string | undefined;
  /** Another thread that helps when there is much to read. */
  helper?: ReadingHelper | undefined;
}

/** Sessions of Claude Code (terminal, its VS Code extension and VS Code's own Claude agent write the same files). */
export class ClaudeCodeSessions implements SessionSource {
  readonly agent = 'claude-code';
  private readonly access: FileAccess;
  private readonly rules: PathRules;
  private readonly cache: TranscriptCache<ClaudeFacts>;
  /** Real paths of folders named in transcripts, so that each is looked up once. */
  private readonly realPaths = new Map<string, readonly string[]>();
  private readonly inside = new Map<string, boolean>();

  private readonly options: ClaudeCodeOptions;
  private scanning: Promise<unknown> = Promise.resolve();
  private readonly groups = new ClaudeGroups();
  private readonly indexed = new IndexedSessions();
  private readonly memory: ClaudeMemory;

  constructor(options: ClaudeCodeOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.rules = options.rules ?? pathRulesHere;
    const { maxLineBytes } = options;
    this.cache = new TranscriptCache(this.access, maxLineBytes === undefined ? {} : { maxLineBytes });
    const { access, cache, groups } = this;
    this.memory = new ClaudeMemory({ folder: options.indexFolder, access, cache, groups });
  }

  watchFolders(): string[] {
    return this.configFolders().flatMap((folder) => [path.join(folder, 'projects'), path.join(folder, 'sessions')]);
  }

  /** One scan after the other: they share the cache. */
  scan(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const once = (): Promise<IndexedSession[]> => this.scanNow(workspaceFolders, now, problem);
    const scan = this.scanning.then(once).catch((error: unknown) => {
      if (!(error instanceof DamagedIndex)) throw error;
      problem(`What is damaged of the index is made anew: ${reasonOf(error)}`);
      this.memory.dropDamaged();
      return once();
    });
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private async scanNow(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const configFolders = this.configFolders();
    const wanted = (await Promise.all(workspaceFolders.map((folder) => withRealPath(folder, this.access)))).flat();
    const transcripts = await findTranscripts({
      configFolders,
      workspaceFolders: wanted,
      projectFolderName: this.options.environment.CLAUDE_CODE_PROJECT_DIR_NAME,
      rules: this.rules,
      access: this.access,
      problem,
    });
    this.memory.open([configFolders, wanted], problem);
    this.cache.keepOnly(new Set([...transcripts.map((file) => file.path), ...this.memory.paths]));
    const { cache, groups } = this;
    const { helper } = this.options;
    await readAhead({ transcripts, cache, groups, access: this.access, helper, problem });
    const found = await this.readAll(transcripts, wanted, problem);
    const { files, gone } = await this.memory.withDeleted(found);
    const sessions = await this.groups.sessions(files);
    this.memory.remember(files, gone, problem);
    const isAlive = this.options.isAlive ?? isProcessAlive;
    const running = await runningClaudeSessions(configFolders, this.access, isAlive, problem);
    const liveMinutes = this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES;
    const summaries = new Map(files.flatMap((file) => [...file.facts.summaries]));
    return this.indexed.of(sessions, { running, now, liveMinutes, summaries, gone, fallbackFolder: wanted[0] });
  }

  /** Writes what is to be kept, before the end. */
  flush(): void {
    this.memory.flush();
  }

  private configFolders(): string[] {
    return claudeConfigFolders(this.options.environment, this.options.configFolder);
  }

  private async readAll(
    transcripts: readonly TranscriptFile[],
    workspaceFolders: readonly string[],
    problem: (message: string) => void,
  ): Promise<ClaudeFile[]> {
    const files: ClaudeFile[] = [];
    /** Main transcripts' sessions: true where they are of this workspace. */
    const decided = new Map<string, boolean>();
    for (const transcript of transcripts) {
      const subagent = transcript.kind === 'subagent';
      const parent = subagent && transcript.sessionId !== undefined ? decided.get(transcript.sessionId) : undefined;
      if (parent === false) {
        continue;
      }
      const read =
        this.cache.unchanged(transcript.path) ??
        (await this.read(transcript, parent === true, workspaceFolders, problem));
      if (!read) {
        continue;
      }
      const { facts, stamp, version } = read;
      const sessionId = sessionIdOf(transcript, facts);
      const belongs =
        !read.stopped &&
        (parent === true ||
          this.surelyBelongs(facts, workspaceFolders) ||
          (await this.belongs(facts, transcript, workspaceFolders)));
      if (!subagent) {
        decided.set(sessionId, belongs || decided.get(sessionId) === true);
      }
      if (belongs) {
        files.push({ path: transcript.path, sessionId, facts, version, birthtimeMs: stamp.birthtimeMs });
      }
    }
    return files;
  }

  /**
   * Reads a file as far as it may belong to the workspace. In a folder that only may be one below, reading stops at the first
   * `cwd` that is not known to lie in the workspace, and goes on once its real path says that it does.
   */
  private async read(
    transcript: TranscriptFile,
    certain: boolean,
    workspaceFolders: readonly string[],
    problem: (message: string) => void,
  ): Promise<CachedTranscript<ClaudeFacts> | undefined> {
    const wanted = (facts: ClaudeFacts): boolean =>
      certain ||
      transcript.folder === 'same' || // A later record may still say that the session moved here.
      facts.cwd === undefined ||
      this.isInsideAny(this.realPaths.get(facts.cwd) ?? [], workspaceFolders);
    const read = (): Promise<CachedTranscript<ClaudeFacts> | undefined> => {
      const subagent = transcript.kind === 'subagent';
      return this.cache.read(transcript.path, () => new ClaudeFacts(transcript.path, subagent), wanted, problem);
    };
    const first = await read();
    if (first?.stopped !== true || !(await this.belongs(first.facts, transcript, workspaceFolders))) {
      return first;
    }
    return read();
  }

  /** As far as that is seen without a look at the disk. */
  private surelyBelongs({ cwd }: ClaudeFacts, workspaceFolders: readonly string[]): boolean {
    return cwd !== undefined && this.isInsideAny(this.realPaths.get(cwd) ?? [], workspaceFolders);
  }

  private async belongs(
    facts: ClaudeFacts,
    transcript: TranscriptFile,
    workspaceFolders: readonly string[],
  ): Promise<boolean> {
    const places = [facts.cwd, facts.relocatedCwd].filter((place) => place !== undefined);
    if (places.length === 0) {
      return transcript.folder === 'same'; // Only the folder's name speaks; real transcripts always name the folder.
    }
    for (const place of places) {
      const known = this.realPaths.get(place) ?? (await withRealPath(place, this.access));
      this.realPaths.set(place, known);
      if (this.isInsideAny(known, workspaceFolders)) {
        return true;
      }
    }
    return false;
  }

  private isInsideAny(places: readonly string[], workspaceFolders: readonly string[]): boolean {
    return places.some((place) => workspaceFolders.some((folder) => this.isInside(place, folder)));
  }

  private isInside(place: string, folder: string): boolean {
    const key = `${place}\0${folder}`;
    const known = this.inside.get(key) ?? isInside(place, folder, this.rules);
    this.inside.set(key, known);
    return known;
  }
}
