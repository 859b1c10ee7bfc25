import { isMissing, reasonOf, sameStamp } from './fileAccess';
import type { FileAccess, FileStamp } from './fileAccess';
import { isRecord } from './jsonLines';
import { keepKeys } from './values';
import { parseJson } from './wholeFiles';

/** Larger documents are not read: a JSON text must be held as a whole. */
const MAX_BYTES = 128 * 1024 * 1024;

interface Entry<T> {
  stamp: FileStamp;
  value: T;
  version: number;
}

/** What was made of JSON files that hold one object and are rewritten as a whole; unchanged ones are not read again. */
export class DocumentCache<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly access: FileAccess;

  constructor(access: FileAccess) {
    this.access = access;
  }

  /**
   * `make` turns the object into what is kept. A file that cannot be read is reported; while it is being rewritten, what it said
   * before still counts.
   */
  async read(
    path: string,
    make: (document: Readonly<Record<string, unknown>>) => T,
    problem: (message: string) => void,
  ): Promise<{ value: T; version: number } | undefined> {
    const known = this.entries.get(path);
    try {
      const stamp = await this.access.stat(path);
      if (!stamp.isFile) {
        this.entries.delete(path);
        return undefined;
      }
      if (known && sameStamp(known.stamp, stamp)) {
        return known;
      }
      const document = parseJson(await this.access.readText(path, MAX_BYTES));
      if (!isRecord(document)) {
        throw new Error('not a JSON object');
      }
      const entry = { stamp, value: make(document), version: (known?.version ?? 0) + 1 };
      this.entries.set(path, entry);
      return entry;
    } catch (error) {
      if (isMissing(error)) {
        this.entries.delete(path);
        return undefined;
      }
      problem(`${path}: ${reasonOf(error)}`);
      return known;
    }
  }

  /** Forgets all files that are not among these. */
  keepOnly(paths: ReadonlySet<string>): void {
    keepKeys(this.entries, paths);
  }
}
