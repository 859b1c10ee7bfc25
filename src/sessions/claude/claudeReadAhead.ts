import type { FileAccess } from '../reading/fileAccess';
import { reasonOf } from '../reading/fileAccess';
import type { TranscriptCache } from '../reading/transcriptCache';
import type { ClaudeFile } from './claudeCombine';
import { ClaudeFacts } from './claudeFacts';
import type { ClaudeGroups } from './claudeGroups';
import { readAlone, restoreSession, SharedQueue } from './claudeReading';
import type { HelperAnswer, ReadingHelper, ReadingJob } from './claudeReading';
import type { TranscriptFile } from './claudeTranscripts';

/** Less than this, in bytes, is not worth another thread. */
const MUCH = 24 * 1024 * 1024;

export interface ReadAhead {
  transcripts: readonly TranscriptFile[];
  cache: TranscriptCache<ClaudeFacts>;
  groups: ClaudeGroups;
  access: FileAccess;
  helper: ReadingHelper | undefined;
  problem: (message: string) => void;
}

/** Where much is to be read that surely belongs to the workspace, as at the first start, two threads share it. */
export async function readAhead({ transcripts, cache, groups, access, helper, problem }: ReadAhead): Promise<void> {
  const jobs = helper ? await newJobs(transcripts, cache, access) : [];
  if (!helper || jobs.reduce((sum, { size }) => sum + size, 0) < MUCH) return;
  const queue = SharedQueue.create(jobs.length);
  const helped = helper(jobs, queue).catch((error: unknown): HelperAnswer => {
    return { files: [], problems: [`The thread that helps to read sessions ended: ${reasonOf(error)}`] };
  });
  for (let place = queue.next(); place !== undefined; place = queue.next()) {
    const job = jobs[place];
    const read = job && (await readAlone(job, cache, problem));
    if (!read) continue;
    cache.trust(job.path);
    groups.adoptFile(read.file, read.links);
    groups.adoptGroup([read.file], read.sessions, true);
  }
  const { files, problems } = await helped;
  problems.forEach(problem);
  for (const { dump, sessions } of files) {
    const { path, sessionId, state } = dump;
    const { facts, version, stamp } = cache.adopt(path, ClaudeFacts.restore(path, dump.facts), state);
    cache.trust(path);
    const file: ClaudeFile = { path, sessionId, facts, version, birthtimeMs: stamp.birthtimeMs };
    groups.adoptFile(file, dump.links);
    const own = new Map([[path, file]]);
    groups.adoptGroup(
      [file],
      sessions.flatMap((session) => restoreSession(session, own) ?? []),
      true,
    );
  }
}

/** Largest first, so that the threads end at about the same time. */
async function newJobs(
  transcripts: readonly TranscriptFile[],
  cache: TranscriptCache<ClaudeFacts>,
  access: FileAccess,
): Promise<(ReadingJob & { size: number })[]> {
  const jobs: (ReadingJob & { size: number })[] = [];
  for (const { path, kind, sessionId, folder } of transcripts) {
    if (folder !== 'same' || cache.has(path)) continue;
    try {
      const { isFile, size } = await access.stat(path);
      if (isFile) jobs.push({ path, subagent: kind === 'subagent', sessionId, size });
    } catch {
      // Reading it in its turn will say what is wrong.
    }
  }
  return jobs.sort((a, b) => b.size - a.size);
}
