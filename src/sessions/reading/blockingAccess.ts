import * as fs from 'node:fs';
import type { FileAccess, FileStamp, OpenFile } from './fileAccess';
import { diskAccess, toEntry } from './fileAccess';

/**
 * Files for a thread of its own, where waiting harms nobody: a call to the system is many times faster than a promise that goes
 * through the thread pool, and a scan makes thousands.
 */
export const blockingAccess: FileAccess = {
  ...diskAccess,
  stat: (path) => promised(() => stat(path)),
  statNow: stat,
  list: (path) => promised(() => fs.readdirSync(path, { withFileTypes: true }).map(toEntry)),
  realpath: (path) => promised(() => fs.realpathSync.native(path)),
  open: (path) => promised(() => open(path)),
};

function stat(path: string): FileStamp {
  const stat = fs.statSync(path);
  const { ino, size, mtimeMs, birthtimeMs } = stat;
  return { isFile: stat.isFile(), ino, size, mtimeMs, birthtimeMs };
}

function open(path: string): OpenFile {
  const file = fs.openSync(path, 'r');
  return {
    read: (buffer, position) => promised(() => fs.readSync(file, buffer, 0, buffer.length, position)),
    close: () =>
      promised(() => {
        fs.closeSync(file);
      }),
  };
}

function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
