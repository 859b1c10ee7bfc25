import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { areSound, DamagedIndex } from '../indexFile/restOfFile';
import type { TranscriptCache, TranscriptState } from '../reading/transcriptCache';
import type { ClaudeFile } from './claudeCombine';
import { ClaudeFacts } from './claudeFacts';
import type { ClaudeGroups } from './claudeGroups';
import { ClaudeIndex } from './claudeIndex';
import { dumpSession, restoreSession, type ClaudeFileDump } from './claudeReading';

/** Soon after the first reading, and then not too often: what is missing at the next start is read again. */
const FIRST_SAVE_MS = 1_000;
const NEXT_SAVE_MS = 30_000;
/** What a start does without is read when the start is over. */
const REST_MS = 500;

interface Parts {
  folder: string | undefined;
  access: FileAccess;
  cache: TranscriptCache<ClaudeFacts>;
  groups: ClaudeGroups;
}

/** Keeps what was read of transcripts in the index file, and sessions whose transcripts the agent has deleted since. */
export class ClaudeMemory {
  private readonly parts: Parts;
  private index: ClaudeIndex | undefined;
  private key = '';
  /** As of the last scan, or of the index file before the first. */
  private files = new Map<string, ClaudeFile>();
  private gone = new Set<string>();
  /** How far deleted transcripts had been read. */
  private readonly states = new Map<string, TranscriptState>();
  private timer: NodeJS.Timeout | undefined;
  private restTimer: NodeJS.Timeout | undefined;
  private damage: DamagedIndex | undefined;
  private saved: readonly ClaudeFile[] | undefined;
  private problem: (message: string) => void = () => undefined;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get paths(): Iterable<string> {
    return this.files.keys();
  }

  /**
   * `of`: what decides which transcripts there are. The index file is read when this is new. Throws a `DamagedIndex` where what was
   * taken from it so far cannot be used.
   */
  open(of: readonly (readonly string[])[], problem: (message: string) => void): void {
    const { folder, cache, groups } = this.parts;
    const key = JSON.stringify(of);
    this.refuseDamaged();
    if (folder === undefined || key === this.key) return;
    this.flush();
    this.readRest();
    this.refuseDamaged();
    this.key = key;
    this.index = new ClaudeIndex(folder, of);
    this.saved = undefined;
    this.files = new Map();
    this.gone = new Set();
    try {
      const content = this.index.load();
      for (const dump of content.files) {
        if (!cache.has(dump.path)) this.restore(dump);
      }
      for (const { paths, sessions } of content.groups) {
        const files = paths.flatMap((path) => this.files.get(path) ?? []);
        const restored = sessions.flatMap((session) => restoreSession(session, this.files) ?? []);
        if (files.length === paths.length && restored.length === sessions.length)
          groups.adoptGroup(files, restored, false);
      }
      this.saved = [...this.files.values()];
      this.restTimer = setTimeout(() => {
        this.readRest();
      }, REST_MS);
      this.restTimer.unref();
    } catch (error) {
      problem(`The index of sessions is made anew: ${reasonOf(error)}`);
    }
  }

  private readRest(): void {
    clearTimeout(this.restTimer);
    this.index?.readRest();
  }

  private refuseDamaged(): void {
    if (this.damage) throw this.damage;
  }

  private noteDamage(error: unknown): void {
    if (error instanceof DamagedIndex) this.damage = error;
  }

  /** Drops what cannot be used of the index file. It is read again where there is a transcript, and the file is written anew. */
  dropDamaged(): void {
    this.readRest();
    const sound = [...this.files.values()]
      .flatMap((file) => this.dumpOf(file) ?? [])
      .filter(({ links, facts }) => areSound([links, facts.details]));
    this.damage = undefined;
    this.saved = undefined;
    this.files = new Map();
    this.gone = new Set();
    this.states.clear();
    this.parts.cache.keepOnly(new Set());
    this.parts.groups.clear();
    for (const dump of sound) this.restore(dump);
  }

  private restore({ path, sessionId, gone, state, facts: dump, links }: ClaudeFileDump): void {
    const { cache, groups } = this.parts;
    const { facts, version, stamp } = cache.adopt(path, ClaudeFacts.restore(path, dump), state);
    const file: ClaudeFile = { path, sessionId, facts, version, birthtimeMs: stamp.birthtimeMs };
    this.files.set(path, file);
    groups.adoptFile(file, links);
    if (gone) this.gone.add(path);
  }

  /** The files that were found and those that are gone since, in one order. */
  async withDeleted(found: readonly ClaudeFile[]): Promise<{ files: ClaudeFile[]; gone: ReadonlySet<string> }> {
    const here = new Set(found.map((file) => file.path));
    const gone = new Set<string>();
    const files = [...found];
    for (const [path, file] of this.index ? this.files : []) {
      if (here.has(path) || !(await this.isMissing(path))) continue;
      gone.add(path);
      files.push(file);
      this.keepState(path);
    }
    return { files: files.sort(byKindAndPath), gone };
  }

  private keepState(path: string): TranscriptState | undefined {
    const state = this.parts.cache.dump(path) ?? this.states.get(path);
    if (state) this.states.set(path, state);
    return state;
  }

  private async isMissing(path: string): Promise<boolean> {
    try {
      await this.parts.access.stat(path);
      return false;
    } catch (error) {
      return isMissing(error);
    }
  }

  /** What the next scan and the next start are to know. */
  remember(files: readonly ClaudeFile[], gone: ReadonlySet<string>, problem: (message: string) => void): void {
    if (!this.index) return;
    this.problem = problem;
    const sameGone = gone.size === this.gone.size && [...gone].every((path) => this.gone.has(path));
    this.files = new Map(files.map((file) => [file.path, file]));
    this.gone = new Set(gone);
    const { saved } = this;
    const same =
      sameGone &&
      saved?.length === files.length &&
      files.every(({ facts, version }, n) => saved[n]?.facts === facts && saved[n].version === version);
    if (same || this.timer) return;
    this.timer = setTimeout(
      () => {
        this.flush();
      },
      saved?.length ? NEXT_SAVE_MS : FIRST_SAVE_MS,
    );
    this.timer.unref();
  }

  flush(): void {
    const waiting = this.timer;
    clearTimeout(waiting);
    this.timer = undefined;
    if (!waiting || !this.index) return;
    try {
      this.save(this.index);
      this.saved = [...this.files.values()];
    } catch (error) {
      this.noteDamage(error);
      this.problem(`The index of sessions could not be written: ${reasonOf(error)}`);
    }
  }

  /** A scan may be under way: what was read and not yet put together is left out, and read again at the next start. */
  private save(index: ClaudeIndex): void {
    const { groups } = this.parts;
    index.save({
      files: [...this.files.values()].flatMap((file) => this.dumpOf(file) ?? []),
      groups: groups.all
        .filter(({ files }) => files.every((file) => file.version === this.versionOf(file)))
        .map((group) => ({ paths: group.files.map(({ path }) => path), sessions: group.sessions.map(dumpSession) })),
    });
  }

  private dumpOf(file: ClaudeFile): ClaudeFileDump | undefined {
    const { path, sessionId, facts } = file;
    const state = this.keepState(path);
    const links = this.parts.groups.linksOf(path, this.versionOf(file));
    const gone = this.gone.has(path) ? ({ gone: true } as const) : {};
    return state && links && { path, sessionId, ...gone, state, facts: facts.dump(), links };
  }

  /** Of what is known now: facts grow as a transcript is read on. */
  private versionOf({ path, version }: Pick<ClaudeFile, 'path' | 'version'>): number {
    return this.parts.cache.versionOf(path) ?? version;
  }
}

/** The order in which transcripts are found. */
function byKindAndPath(a: ClaudeFile, b: ClaudeFile): number {
  return (
    Number(a.facts.subagentFile) - Number(b.facts.subagentFile) || (a.path < b.path ? -1 : Number(a.path > b.path))
  );
}
