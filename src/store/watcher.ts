import { basename, dirname, join } from 'node:path';
import type { Subscription } from './experimentStore';
import { FolderWatch } from './folderWatch';

/** Events come in bursts; one look serves them all. */
const SETTLE_MS = 40;
/** What is noticed at the latest where the system tells nothing (network folders) or the folder is replaced. */
const POLL_MS = 5_000;

/**
 * Calls `look` soon after the file, a journal beside it, or something in the folder `inside` beside it may have changed, and every
 * few seconds in any case. Tolerates folders that are missing, appear or are replaced. Keeps no process alive.
 */
export function watchFile(
  file: string,
  inside: string,
  look: () => void,
  log: (message: string) => void,
  pollMs = POLL_MS,
): Subscription {
  const name = basename(file);
  const folder = dirname(file);
  let settling: NodeJS.Timeout | undefined;

  const soon = (): void => {
    settling ??= setTimeout(() => {
      settling = undefined;
      look();
    }, SETTLE_MS).unref();
  };
  const within = new FolderWatch(join(folder, inside), log, soon);
  const beside = new FolderWatch(folder, log, (changed) => {
    // The lock beside it comes and goes with every write of any window.
    if (changed === null || changed === name || changed.startsWith(`${name}-`)) soon();
    if (changed === inside) {
      within.restart();
      soon();
    }
  });
  const ticking = setInterval(() => {
    beside.start();
    within.start();
    look();
  }, pollMs).unref();

  beside.start();
  within.start();
  return {
    dispose: () => {
      clearInterval(ticking);
      clearTimeout(settling);
      beside.stop();
      within.stop();
    },
  };
}
