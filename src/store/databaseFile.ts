import { basename, dirname } from 'node:path';
import { detailOf, errnoOf } from './errors';
import { HEADER_SIZE, headerProblem, parseHeader } from './header';
import type { FileFacts, Files } from './files';

/** A database larger than this is not read: SQLite in WebAssembly holds it in memory, twice while writing. */
export const MAX_DATABASE_BYTES = 512 * 1024 * 1024;

/**
 * Tells one version of the file from another. The inode alone would not: it is reused at once, and the times have coarse ticks;
 * the change counter in the header goes up with every write.
 */
export interface Stamp {
  dev: bigint;
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  counter: number;
  link: boolean;
  /** A journal of another SQLite program lies beside the file. */
  journal: boolean;
}

export type KnownStamp = Stamp | 'missing' | undefined;

export type Content =
  | { kind: 'same' }
  | { kind: 'missing' }
  /** `bytes` are the caller's to keep and change. */
  | { kind: 'bytes'; stamp: Stamp; bytes: Uint8Array }
  /** `stamp` is undefined where a next look may find something else without any change of the file. */
  | { kind: 'unreadable'; stamp: Stamp | undefined; detail: string };

export function stampOf(facts: FileFacts, counter: number, link: boolean, journal: boolean): Stamp {
  const { dev, ino, size, mtimeNs, ctimeNs } = facts;
  return { dev, ino, size, mtimeNs, ctimeNs, counter, link, journal };
}

export function sameStamp(a: KnownStamp, b: KnownStamp): boolean {
  if (a === undefined || b === undefined) return false;
  if (a === 'missing' || b === 'missing') return a === b;
  return (
    a.ino === b.ino &&
    a.counter === b.counter &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.size === b.size &&
    a.dev === b.dev &&
    a.link === b.link &&
    a.journal === b.journal
  );
}

/** Whether another SQLite program's journal lies beside the file. Replacing the file then would corrupt what that one sees. */
function hasJournal(files: Files, file: string): boolean {
  return ['-journal', '-wal'].some((suffix) => {
    try {
      return files.lstat(file + suffix).size > 0n;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  });
}

export function readFully(files: Files, fd: number, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const count = files.read(fd, into, done, into.length - done, done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function readOpen(files: Files, fd: number, known: KnownStamp, link: boolean, journal: boolean): Content {
  const before = files.fstat(fd);
  const start = new Uint8Array(HEADER_SIZE);
  const header = parseHeader(start.subarray(0, readFully(files, fd, start)));
  const stamp = stampOf(before, header?.counter ?? 0, link, journal);
  if (sameStamp(stamp, known)) return { kind: 'same' };

  const size = Number(before.size);
  const problem = size > MAX_DATABASE_BYTES ? `the file is too large: ${size} bytes` : headerProblem(header, size);
  if (problem !== undefined) return { kind: 'unreadable', stamp, detail: problem };

  const bytes = new Uint8Array(size);
  const got = readFully(files, fd, bytes);
  // Another program writes into the file. We replace it, which, like a second name for it, changes no more than the ctime.
  const after = files.fstat(fd);
  if (got < size || after.size !== before.size || after.mtimeNs !== before.mtimeNs) {
    return { kind: 'unreadable', stamp: undefined, detail: 'the file changed while it was read' };
  }
  return { kind: 'bytes', stamp, bytes };
}

/** Reads the file unless it is the version that `known` stamps. Never throws, never writes, needs no lock. */
export function readIfChanged(files: Files, file: string, known: KnownStamp, looks = 3): Content {
  try {
    const entry = files.lstat(file);
    const link = entry.kind === 'link';
    // Opening a pipe would wait for ever.
    const kind = link ? files.stat(file).kind : entry.kind;
    const journal = hasJournal(files, file);
    if (kind !== 'file') {
      return { kind: 'unreadable', stamp: stampOf(entry, 0, link, journal), detail: `a ${kind} is in its place` };
    }
    const fd = files.openRead(file);
    try {
      return readOpen(files, fd, known, link, journal);
    } finally {
      files.close(fd);
    }
  } catch (error) {
    const missing = errnoOf(error) === 'ENOENT';
    if (missing && !mayHold(files, dirname(file), [basename(file)]))
      return known === 'missing' ? { kind: 'same' } : { kind: 'missing' };
    // It may have come between the two looks.
    if (missing && looks > 1) return readIfChanged(files, file, known, looks - 1);
    return { kind: 'unreadable', stamp: undefined, detail: detailOf(error) };
  }
}

/**
 * Whether there is anything of one of these names, even a link that leads nowhere. A missing file means that the next write creates
 * one, so the folder's listing must say the same as the call that did not find it.
 */
export function mayHold(files: Files, folder: string, names: readonly string[]): boolean {
  try {
    return files.readdir(folder).some((name) => names.includes(name));
  } catch (error) {
    return errnoOf(error) !== 'ENOENT';
  }
}
