import * as path from 'node:path';
import { Breather } from '../reading/breathe';
import { outcomeFields } from '../reading/commandOutcome';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside, pathRulesHere, withRealPath } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES, judgeLiveness } from '../reading/liveness';
import { isProcessAlive } from '../reading/processes';
import { oneLine, titleFrom } from '../reading/title';
import { TranscriptCache } from '../reading/transcriptCache';
import type { CachedTranscript } from '../reading/transcriptCache';
import { mostFrequent } from '../reading/values';
import type { IndexedSession, SessionSource } from '../model';
import { priceResponses } from '../prices/prices';
import type { SessionCost } from '../prices/prices';
import { combineCodexFiles, freshInput, idOf } from './codexCombine';
import type { CodexFile, CodexSession } from './codexCombine';
import { CodexFacts } from './codexFacts';
import { findRollouts } from './codexFiles';
import type { Rollout } from './codexFiles';
import { heldThreads } from './codexLive';
import { codexHome } from './codexLocations';
import type { CodexEnvironment } from './codexLocations';
import { CompressedCache } from './compressedCache';

export interface CodexOptions {
  environment: CodexEnvironment;
  /** A setting: folder to read instead of the one of the environment. */
  homeFolder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  isAlive?: (pid: number) => boolean;
  maxLineBytes?: number;
}

type Problem = (message: string) => void;
type Priced = readonly { session: CodexSession; cost: SessionCost }[];

/** Programs that keep every thread locked that was opened since they started: their locks say nothing. */
const KEEPS_LOCKS = new Set(['Codex Desktop', 'codex_vscode']);
/** Sub-agents of sub-agents and forks of forks are followed this far. */
const MAX_GENERATIONS = 8;

/** Sessions of Codex (terminal, editor extension and desktop write the same files). */
export class CodexSessions implements SessionSource {
  readonly agent = 'codex';
  private readonly options: CodexOptions;
  private readonly access: FileAccess;
  private readonly rules: PathRules;
  private readonly plain: TranscriptCache<CodexFacts>;
  private readonly compressed: CompressedCache<CodexFacts>;
  /** Real paths of folders named in rollouts, so that each is looked up once. */
  private readonly realPaths = new Map<string, readonly string[]>();
  /** Threads of other folders that sessions of this workspace are forks of. */
  private readonly needed = new Set<string>();
  private scanning: Promise<unknown> = Promise.resolve();
  private last: { files: readonly CodexFile[]; sessions: Priced } | undefined;

  constructor(options: CodexOptions) {
    this.options = options;
    this.access = options.access ?? diskAccess;
    this.rules = options.rules ?? pathRulesHere;
    const limits = options.maxLineBytes === undefined ? {} : { maxLineBytes: options.maxLineBytes };
    this.plain = new TranscriptCache(this.access, limits);
    this.compressed = new CompressedCache(this.access, limits);
  }

  watchFolders(): string[] {
    const home = this.home();
    return ['sessions', 'archived_sessions', 'thread-writer-locks'].map((folder) => path.join(home, folder));
  }

  /** One scan after the other: they share the caches. */
  scan(workspaceFolders: readonly string[], now: number, problem: Problem): Promise<IndexedSession[]> {
    const scan = this.scanning.then(() => this.scanNow(workspaceFolders, now, problem));
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private home(): string {
    return codexHome(this.options.environment, this.options.homeFolder);
  }

  private async scanNow(folders: readonly string[], now: number, problem: Problem): Promise<IndexedSession[]> {
    const home = this.home();
    const wanted = (await Promise.all(folders.map((folder) => withRealPath(folder, this.access)))).flat();
    const rollouts = await findRollouts(home, this.access, problem);
    const paths = new Set(rollouts.map((rollout) => rollout.path));
    this.plain.keepOnly(paths);
    this.compressed.keepOnly(paths);
    const files = await this.readAll(rollouts, wanted, problem);
    const held = await heldThreads(home, this.access, this.options.isAlive ?? isProcessAlive);
    const liveMinutes = this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES;
    return (await this.combine(files)).map(({ session, cost }) => {
      const locked = !KEEPS_LOCKS.has(session.main.facts.meta?.originator ?? '');
      const pid = locked ? session.threadIds.map((id) => held.get(id)).find((each) => each !== undefined) : undefined;
      return toIndexed(session, cost, { pid, now, liveMinutes });
    });
  }

  /** As the last time where no file changed, which is what most scans find. */
  private async combine(files: readonly CodexFile[]): Promise<Priced> {
    const { last } = this;
    const same =
      last?.files.length === files.length &&
      files.every(({ facts, version, inWorkspace }, i) => {
        const before = last.files[i];
        return before?.facts === facts && before.version === version && before.inWorkspace === inWorkspace;
      });
    if (!same) {
      const sessions: { session: CodexSession; cost: SessionCost }[] = [];
      for (const session of combineCodexFiles(files)) {
        sessions.push({ session, cost: await costOf(session) });
      }
      this.last = { files, sessions };
    }
    return this.last?.sessions ?? [];
  }

  /** The files of the workspace, and those elsewhere that they are forks or sub-agents of, or that are sub-agents of them. */
  private async readAll(
    rollouts: readonly Rollout[],
    wanted: readonly string[],
    problem: Problem,
  ): Promise<CodexFile[]> {
    const breather = new Breather();
    const read = new Map<string, CodexFile>();
    const elsewhere = new Map<string, { rollout: Rollout; file: CodexFile }>();
    for (const rollout of rollouts) {
      const found = await this.readOne(rollout, wanted, problem);
      if (found) {
        const file = { path: rollout.path, facts: found.facts, version: found.version, inWorkspace: !found.stopped };
        const inWorkspace = file.inWorkspace && this.isKnownInside(found.facts.cwd, wanted);
        if (inWorkspace) {
          read.set(rollout.path, file);
        } else {
          elsewhere.set(rollout.path, { rollout, file: { ...file, inWorkspace } });
        }
      }
      if (breather.due) {
        await breather.pause();
      }
    }
    for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
      const relatives = relativesAmong([...elsewhere.values()], [...read.values()]);
      for (const { rollout, file } of relatives) {
        this.needed.add(idOf(file));
        elsewhere.delete(rollout.path);
        const found = await this.readOne(rollout, wanted, problem);
        if (found) {
          read.set(rollout.path, { ...file, facts: found.facts, version: found.version });
        }
      }
      if (relatives.length === 0) {
        break;
      }
    }
    return [...read.values()];
  }

  /** Reads a file as far as it may be of use: all of it where the session worked in the workspace, else the beginning. */
  private async readOne(
    rollout: Rollout,
    wanted: readonly string[],
    problem: Problem,
  ): Promise<CachedTranscript<CodexFacts> | undefined> {
    const isWanted = (facts: CodexFacts): boolean =>
      facts.cwd === undefined ||
      this.isKnownInside(facts.cwd, wanted) ||
      this.needed.has(idOf({ facts, path: rollout.path }));
    const cache = rollout.compressed ? this.compressed : this.plain;
    const first = await cache.read(rollout.path, () => new CodexFacts(), isWanted, problem);
    const cwd = first?.stopped === true ? first.facts.cwd : undefined;
    if (cwd === undefined || this.realPaths.has(cwd)) {
      return first;
    }
    this.realPaths.set(cwd, await withRealPath(cwd, this.access));
    return this.isKnownInside(cwd, wanted) ? this.readOne(rollout, wanted, problem) : first;
  }

  private isKnownInside(cwd: string | undefined, wanted: readonly string[]): boolean {
    const places = cwd === undefined ? [] : (this.realPaths.get(cwd) ?? [cwd]);
    return places.some((place) => wanted.some((folder) => isInside(place, folder, this.rules)));
  }
}

interface Elsewhere {
  rollout: Rollout;
  file: CodexFile;
}

/** Files of other folders that files of the workspace came from, and sub-agents of its sessions. */
function relativesAmong(elsewhere: readonly Elsewhere[], read: readonly CodexFile[]): Elsewhere[] {
  const ids = new Set(read.map(idOf));
  const origins = new Set(read.flatMap(({ facts: { meta } }) => [meta?.forkedFrom, meta?.basedOn, meta?.parentThread]));
  return elsewhere.filter(({ file }) => {
    const { meta } = file.facts;
    const isSubagent = meta?.subagent === true && meta.parentThread !== undefined && ids.has(meta.parentThread);
    return isSubagent || origins.has(idOf(file));
  });
}

async function costOf(session: CodexSession): Promise<SessionCost> {
  if (!session.tokens) {
    return {};
  }
  return priceResponses(
    session.responses.map((response) => ({
      model: response.model,
      at: response.at ?? session.activity.first,
      input: freshInput(response),
      output: response.output,
      cacheRead: Math.min(response.cached, response.input),
      cacheWrite: response.cacheWrite,
    })),
  );
}

interface Surroundings {
  pid: number | undefined;
  now: number;
  liveMinutes: number;
}

function toIndexed(session: CodexSession, cost: SessionCost, around: Surroundings): IndexedSession {
  const { activity, main, tokens, outcome } = session;
  const { meta, cwd } = main.facts;
  const lastSign = Math.max(activity.last, ...session.files.map(({ facts }) => facts.lastSign ?? 0));
  const live = judgeLiveness({ ...around, lastSign });
  const prompt = session.files.map(({ facts }) => facts.firstPrompt).find((text) => text !== undefined);
  const title = prompt === undefined ? undefined : titleFrom(prompt);
  const model = mostFrequent(session.models);
  return {
    id: session.id,
    agent: 'codex',
    ...(title === undefined ? {} : { title }),
    ...(cwd === undefined ? {} : { workspaceFolder: cwd }),
    startedAt: activity.first,
    lastActiveAt: activity.last,
    ...(live ?? { endedAt: activity.last }),
    ...(model === undefined ? {} : { model }),
    ...(meta?.branch === undefined ? {} : { branch: oneLine(meta.branch) }),
    ...(meta?.version === undefined ? {} : { agentVersion: meta.version }),
    ...(meta?.commit === undefined ? {} : { startCommit: meta.commit }),
    prompts: session.prompts,
    toolCalls: session.toolCalls,
    toolErrors: session.toolErrors,
    filesTouched: session.filesTouched,
    activeMinutes: activity.activeMinutes,
    wallMinutes: activity.wallMinutes,
    ...(tokens ? { tokens, reasoningInOutput: session.reasoning } : { tokensKnown: 'none' as const }),
    ...(session.subagentTokens ? { subagentTokens: session.subagentTokens } : {}),
    ...cost,
    ...outcomeFields(outcome),
    transcript: main.path,
    toolLoops: session.toolLoops,
    models: session.models,
  };
}
