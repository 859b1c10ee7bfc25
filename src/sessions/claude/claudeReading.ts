import * as path from 'node:path';
import type { FileAccess } from '../reading/fileAccess';
import { TranscriptCache, type TranscriptState } from '../reading/transcriptCache';
import type { ClaudeFile } from './claudeCombine';
import { ClaudeFacts, type ClaudeFactsDump } from './claudeFacts';
import type { Links } from './claudeLinks';
import { linksOf, settle, type SettledSession } from './claudeGroups';

/** A transcript that belongs to the workspace by its folder's name, so that it is read to the end. */
export interface ReadingJob {
  path: string;
  subagent: boolean;
  /** As the layout of the folders names it. */
  sessionId: string | undefined;
}

/** A transcript as it was read, for another thread or a later run. */
export interface ClaudeFileDump {
  path: string;
  sessionId: string;
  gone?: true;
  state: TranscriptState;
  facts: ClaudeFactsDump;
  links: Links;
}

export interface SettledDump extends Omit<SettledSession, 'files'> {
  paths: string[];
}

/** A file that was read and, by itself, put together. */
export interface ReadAlone {
  file: ClaudeFile;
  links: Float64Array;
  sessions: SettledSession[];
}

export async function readAlone(
  job: ReadingJob,
  cache: TranscriptCache<ClaudeFacts>,
  problem: (message: string) => void,
): Promise<ReadAlone | undefined> {
  const create = (): ClaudeFacts => new ClaudeFacts(job.path, job.subagent);
  const read = await cache.read(job.path, create, () => true, problem);
  if (!read) return undefined;
  const sessionId = sessionIdOf(job, read.facts);
  const { facts, version, stamp } = read;
  const file: ClaudeFile = { path: job.path, sessionId, facts, version, birthtimeMs: stamp.birthtimeMs };
  const links = linksOf(file);
  return { file, links, sessions: await settle([file]) };
}

export function sessionIdOf(job: { path: string; sessionId: string | undefined }, facts: ClaudeFacts): string {
  return job.sessionId ?? facts.sessionId ?? path.basename(job.path, '.jsonl');
}

export function dumpSession({ files, ...rest }: SettledSession): SettledDump {
  // `paths` last: what was restored from a dump still has its own.
  return { ...rest, paths: files.map((file) => file.path) };
}

/** The inverse of `dumpSession`, which makes the session of the dump itself; undefined where a file of it is not there. */
export function restoreSession(dump: SettledDump, files: ReadonlyMap<string, ClaudeFile>): SettledSession | undefined {
  const own = dump.paths.flatMap((file) => files.get(file) ?? []);
  return own.length === dump.paths.length ? Object.assign(dump, { files: own }) : undefined;
}

/** Gives out the places of a list to several threads, each once. */
export class SharedQueue {
  private readonly counter: Int32Array;

  constructor(
    readonly memory: SharedArrayBuffer,
    private readonly length: number,
  ) {
    this.counter = new Int32Array(memory);
  }

  static create(length: number): SharedQueue {
    return new SharedQueue(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT), length);
  }

  next(): number | undefined {
    const place = Atomics.add(this.counter, 0, 1);
    return place < this.length ? place : undefined;
  }
}

export interface HelperAnswer {
  files: { dump: ClaudeFileDump; sessions: SettledDump[] }[];
  problems: string[];
}

/** Another thread that takes jobs from the queue until none is left. */
export type ReadingHelper = (jobs: readonly ReadingJob[], queue: SharedQueue) => Promise<HelperAnswer>;

/** What the helper does in its thread. */
export async function help(jobs: readonly ReadingJob[], queue: SharedQueue, access: FileAccess): Promise<HelperAnswer> {
  const answer: HelperAnswer = { files: [], problems: [] };
  const cache = new TranscriptCache<ClaudeFacts>(access);
  for (let place = queue.next(); place !== undefined; place = queue.next()) {
    const job = jobs[place];
    const read = job && (await readAlone(job, cache, (message) => answer.problems.push(message)));
    const state = read && cache.dump(read.file.path);
    if (!read || !state) continue;
    const { path: file, sessionId, facts } = read.file;
    const dump = { path: file, sessionId, state, facts: facts.dump(), links: read.links };
    answer.files.push({ dump, sessions: read.sessions.map(dumpSession) });
    cache.forget(file);
  }
  return answer;
}
