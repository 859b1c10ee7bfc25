/** The thread that reads sessions: dist/sessionWorker.js. The same file serves in the host's own thread where no other starts. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { blockingAccess } from '../reading/blockingAccess';
import { diskAccess } from '../reading/fileAccess';
import { SessionIndex } from '../sessionIndex';
import { createSources, type SourceSettings } from '../sources';
import { SentSessions } from './changes';
import type { ScanAnswer, ScanRequest, WorkerStart } from './protocol';

/** An index that reads in the thread of its caller, with pauses. */
export function createIndex(settings: SourceSettings): SessionIndex {
  return new SessionIndex(createSources(settings, diskAccess));
}

function serve({ settings }: WorkerStart): void {
  const index = new SessionIndex(createSources(settings, blockingAccess));
  const sent = new SentSessions();
  parentPort?.on('message', (message: ScanRequest) => {
    void answer(message);
  });

  async function answer({ request, workspaceFolders, now }: ScanRequest): Promise<void> {
    const sessions = await index.refresh(workspaceFolders, now);
    const reply: ScanAnswer = {
      request,
      ...sent.changes(sessions),
      problems: [...index.problems],
      watchFolders: index.watchFolders(workspaceFolders),
    };
    parentPort?.postMessage(reply);
  }
}

if (!isMainThread && (workerData as Partial<WorkerStart> | null)?.sessionWorker === true) {
  serve(workerData as WorkerStart);
}
