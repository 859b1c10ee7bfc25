import * as path from 'node:path';
import type { FileAccess } from '../reading/fileAccess';

/** Linux lists all locks here; other systems do not tell. */
const KERNEL_LOCKS = '/proc/locks';
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Threads that a process holds, with its pid: Codex (0.16x) locks `thread-writer-locks/<thread>.lock` while a thread is open. The
 * empty file may stay behind, so only the lock itself is a sign, and that can be seen on Linux alone.
 */
export async function heldThreads(
  home: string,
  access: FileAccess,
  isAlive: (pid: number) => boolean,
): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  const folder = path.join(home, 'thread-writer-locks');
  try {
    const locks = (await access.list(folder)).filter(({ name }) => /^[0-9a-z].*\.lock$/i.test(name));
    if (locks.length === 0) {
      return held;
    }
    const pids = pidsByInode(await access.readText(KERNEL_LOCKS, MAX_BYTES));
    for (const { name } of locks) {
      const pid = pids.get((await access.stat(path.join(folder, name))).ino);
      if (pid !== undefined && isAlive(pid)) {
        held.set(name.slice(0, -'.lock'.length), pid);
      }
    }
  } catch {
    // No locks, or none to be seen: the time of the last record is the only sign.
  }
  return held;
}

/** Lines such as `1: FLOCK  ADVISORY  WRITE 708 08:02:1234 0 EOF`, which end with device:inode of the file. */
function pidsByInode(text: string): Map<number, number> {
  const pids = new Map<number, number>();
  for (const line of text.split('\n')) {
    const found = /^\d+:\s+(?:FLOCK|POSIX|OFDLCK)\s+\S+\s+\S+\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/i.exec(line);
    if (found) {
      pids.set(Number(found[2]), Number(found[1]));
    }
  }
  return pids;
}
