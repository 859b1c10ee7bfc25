import { errnoOf, fileError } from './errors';
import type { Files } from './files';

/** Pauses between attempts to rename: about a second in all, far less than a lock's staleness. */
const RENAME_PAUSES_MS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/** Windows says these while a virus scanner or an indexer has a file open for a moment. */
const PASSING = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** The lock was broken while it was held: nothing was written, and the work must start again. */
export class LostLock extends Error {
  override readonly name = 'LostLock';
}

/** Writes a new file and its bytes durably. On failure nothing is left. Throws LostLock or StoreError. */
export function writeNew(files: Files, path: string, bytes: Uint8Array): void {
  let fd: number;
  try {
    fd = files.createNew(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new LostLock(path, { cause: error });
    throw fileError(error, 'open', path);
  }
  let call = 'write';
  try {
    try {
      writeFully(files, fd, bytes);
      call = 'fsync';
      files.fsync(fd);
    } finally {
      files.close(fd);
    }
  } catch (error) {
    discard(files, path);
    throw fileError(error, call, path);
  }
}

/** Goes on where the system writes less than asked. */
export function writeFully(files: Files, fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const count = files.write(fd, bytes, done, bytes.length - done);
    if (count <= 0) throw new Error('nothing was written');
    done += count;
  }
}

/**
 * Renames a file onto another, which is replaced as a whole or not at all: there is no second way that would write into it.
 * Throws LostLock or StoreError.
 */
export function moveIntoPlace(files: Files, from: string, to: string): void {
  for (let attempts = 0; ; attempts += 1) {
    try {
      files.rename(from, to);
      return;
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno === 'ENOENT') throw new LostLock(from, { cause: error });
      const ms = RENAME_PAUSES_MS[attempts];
      if (ms === undefined || !PASSING.has(errno)) {
        discard(files, from);
        throw fileError(error, 'rename', to);
      }
      sleep(ms);
    }
  }
}

/** Makes a rename durable. Ignored where folders cannot be synced (Windows, some network file systems). */
export function syncFolder(files: Files, folder: string): void {
  let fd: number;
  try {
    fd = files.openRead(folder);
  } catch (error) {
    if (unsupported(error)) return;
    throw fileError(error, 'open', folder, 'unknown');
  }
  try {
    files.fsync(fd);
  } catch (error) {
    if (!unsupported(error)) throw fileError(error, 'fsync', folder, 'unknown');
  } finally {
    closeQuietly(files, fd);
  }
}

/** For a descriptor that nothing was written to. */
function closeQuietly(files: Files, fd: number): void {
  try {
    files.close(fd);
  } catch {
    // There is nothing that closing could have lost.
  }
}

function unsupported(error: unknown): boolean {
  return ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF'].includes(errnoOf(error) ?? '');
}

/** Removes a file that did not get whole; what stays of one in the lock's workspace goes with the lock. */
export function discard(files: Files, path: string): void {
  try {
    files.unlink(path);
  } catch {
    // There is nothing more to be done about it.
  }
}

/** Waits without letting anything else of this process run: the lock is held. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
