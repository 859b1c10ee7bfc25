import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Subscription } from './experimentStore';

/** Events come in bursts; one look serves them all. */
const SETTLE_MS = 40;
/** What is noticed at the latest where the system tells nothing (network folders) or the folder is replaced. */
const POLL_MS = 5_000;

/**
 * Calls `look` soon after the file, or a journal beside it, may have changed, and every few seconds in any case. Tolerates a
 * folder that is missing, appears or is replaced. Keeps no process alive.
 */
export function watchFile(
  file: string,
  look: () => void,
  log: (message: string) => void,
  pollMs = POLL_MS,
): Subscription {
  const name = basename(file);
  let watcher: FSWatcher | undefined;
  let settling: NodeJS.Timeout | undefined;

  const soon = (): void => {
    settling ??= setTimeout(() => {
      settling = undefined;
      look();
    }, SETTLE_MS).unref();
  };
  const drop = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const start = (): void => {
    try {
      watcher = watch(dirname(file), { persistent: false }, (event, changed) => {
        // The lock beside it comes and goes with every write of any window.
        if (changed === null || changed === name || changed.startsWith(`${name}-`)) soon();
        // The folder itself was moved or removed: watch the one that comes after it.
        if (event === 'rename' && changed === basename(dirname(file))) drop();
      });
      watcher.on('error', (error) => {
        log(`Watching ${dirname(file)} stopped: ${error.message}`);
        drop();
      });
    } catch {
      // The folder is not there yet; the next tick tries again.
      watcher = undefined;
    }
  };
  const ticking = setInterval(() => {
    if (watcher === undefined) start();
    look();
  }, pollMs).unref();

  start();
  return {
    dispose: () => {
      clearInterval(ticking);
      clearTimeout(settling);
      drop();
    },
  };
}
