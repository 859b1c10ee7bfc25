/** The threads that read sessions: dist/sessionWorker.js. The same file serves in the host's own thread where no other starts. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { HeadHistory } from '../../git/headHistory';
import { help, SharedQueue } from '../claude/claudeReading';
import type { ReadingHelper } from '../claude/claudeReading';
import { blockingAccess } from '../reading/blockingAccess';
import { KeptSessions } from '../indexFile/keptSessions';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { SessionIndex } from '../sessionIndex';
import { createSources, type SourceSettings } from '../sources';
import { StartCommits } from '../startCommits';
import { pack, SentSessions } from './changes';
import type { CloseRequest, HelperStart, ScanAnswer, ScanRequest, WorkerStart } from './protocol';
import { threadedHelper } from './readingHelper';

/** An index that reads in the thread of its caller, with pauses. */
export function createIndex(settings: SourceSettings): SessionIndex {
  return indexOf(settings, diskAccess);
}

function indexOf(settings: SourceSettings, access: FileAccess, helper?: ReadingHelper): SessionIndex {
  const { indexFolder } = settings;
  return new SessionIndex(createSources(settings, access, helper), {
    starts: new StartCommits(new HeadHistory(access)),
    kept: indexFolder === undefined ? undefined : new KeptSessions(indexFolder, access),
  });
}

function serve({ settings }: WorkerStart): void {
  const index = indexOf(settings, blockingAccess, threadedHelper(__filename));
  const sent = new SentSessions();
  parentPort?.on('message', (message: ScanRequest | CloseRequest) => {
    if ('close' in message) {
      index.dispose();
      parentPort?.close();
    } else {
      void answer(message);
    }
  });

  async function answer({ request, workspaceFolders, now }: ScanRequest): Promise<void> {
    const sessions = await index.refresh(workspaceFolders, now);
    const { ids, changed } = sent.changes(sessions);
    const packets = pack(changed);
    const reply: ScanAnswer = {
      request,
      ids,
      packets,
      problems: [...index.problems],
      failures: [...index.failures],
      watchFolders: index.watchFolders(workspaceFolders),
    };
    parentPort?.postMessage(
      reply,
      packets.map(({ buffer }) => buffer),
    );
  }
}

async function serveAsHelper({ jobs, queue }: HelperStart): Promise<void> {
  const answer = await help(jobs, new SharedQueue(queue, jobs.length), blockingAccess);
  // Handed over, not copied: it is most of the answer.
  parentPort?.postMessage(
    answer,
    answer.files.flatMap(({ dump }) => ownBuffers(dump.facts.details, dump.links)),
  );
}

/** The memory of those that share theirs with nothing else. */
function ownBuffers(...arrays: readonly object[]): ArrayBuffer[] {
  return arrays.flatMap((array) => {
    if (!ArrayBuffer.isView(array)) return [];
    const { buffer, byteLength } = array;
    return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength > 0 ? [buffer] : [];
  });
}

const start = workerData as Partial<WorkerStart & HelperStart> | null;
if (!isMainThread && start?.sessionWorker === true) {
  serve(start as WorkerStart);
} else if (!isMainThread && start?.transcriptHelper === true) {
  void serveAsHelper(start as HelperStart);
}
