import type { FileAccess, FileStamp } from './fileAccess';
import { isMissing, reasonOf, sameStamp } from './fileAccess';
import { keepKeys } from './values';

/** Larger files are not read. */
export const MAX_WHOLE_BYTES = 128 * 1024 * 1024;

interface Known<T> {
  stamp: FileStamp;
  value: T;
}

/** Facts of files that are rewritten whole; an unchanged one (same inode, size and time) is not opened again. */
export class WholeFiles<T> {
  private readonly known = new Map<string, Known<T>>();
  private readonly access: FileAccess;

  constructor(access: FileAccess) {
    this.access = access;
  }

  /**
   * The facts of a file. One that is being written and cannot be parsed keeps what was known of it; undefined where nothing is
   * known, or the file is gone. `parse` throws for what it cannot read.
   */
  async read(
    path: string,
    parse: (text: string, stamp: FileStamp) => T,
    problem: (message: string) => void,
  ): Promise<Known<T> | undefined> {
    const before = this.known.get(path);
    try {
      const stamp = await this.access.stat(path);
      if (before && sameStamp(before.stamp, stamp)) {
        return before;
      }
      if (!stamp.isFile) {
        return undefined;
      }
      const value = parse(await this.access.readText(path, MAX_WHOLE_BYTES), stamp);
      const known = { stamp, value };
      this.known.set(path, known);
      return known;
    } catch (error) {
      if (isMissing(error)) {
        this.known.delete(path);
        return undefined;
      }
      problem(`${path}: ${reasonOf(error)}`);
      return before;
    }
  }

  /** Forgets all files that are not among these. */
  keepOnly(paths: ReadonlySet<string>): void {
    keepKeys(this.known, paths);
  }
}

/** JSON after a byte order mark; throws for what is none. */
export function parseJson(text: string): unknown {
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as unknown;
}

/** The names in a folder; none where it is missing, and a word to the log where it cannot be read. */
export async function listFolder(
  folder: string,
  access: FileAccess,
  problem: (message: string) => void,
): ReturnType<FileAccess['list']> {
  try {
    return await access.list(folder);
  } catch (error) {
    if (!isMissing(error)) {
      problem(`${folder}: ${reasonOf(error)}`);
    }
    return [];
  }
}
