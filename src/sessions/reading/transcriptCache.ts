import type { FileAccess, FileStamp, OpenFile } from './fileAccess';
import { isMissing, reasonOf, sameStamp } from './fileAccess';
import { DamagedIndex } from '../indexFile/restOfFile';
import { LineSplitter, MAX_LINE_BYTES, parseLine } from './jsonLines';
import type { ParsedLine } from './jsonLines';
import { searchableBuffer } from './stringFinder';
import { keepKeys } from './values';

/** Little enough to be still in the processor's cache when it is looked at. */
const CHUNK_BYTES = 128 * 1024;
/** The first read is shorter: of a transcript of another workspace a few lines are enough. */
const FIRST_BYTES = 64 * 1024;
/** As many bytes before the read position are compared before a grown file is read on. */
const GUARD_BYTES = 64;

/** What is gathered from the records of one file. */
export interface RecordSink {
  add(record: Readonly<Record<string, unknown>>): void;
  /** As `parseLine` and `add` together, for sinks that know how to read a line without parsing it. */
  addLine?(bytes: Buffer, from: number, to: number): ParsedLine['kind'];
}

export interface CachedTranscript<T extends RecordSink> {
  facts: T;
  stamp: FileStamp;
  /** Complete lines that are no JSON objects, or too long. */
  badLines: number;
  /** Reading ended early because the caller wants nothing of this file. */
  stopped: boolean;
  /** Counts up whenever the facts changed. */
  version: number;
}

/** How far a file was read, for another thread or a later run. */
export interface TranscriptState {
  stamp: FileStamp;
  badLines: number;
  stopped: boolean;
  offset: number;
  /** In base64. */
  guard: string;
  tailTaken: boolean;
}

interface Entry<T extends RecordSink> extends CachedTranscript<T> {
  /** Bytes before this are in the facts. */
  offset: number;
  /** The last bytes before `offset`; in base64 as long as it was only adopted, as few of those are ever needed. */
  guard: Buffer | string;
  /** The last line had no newline yet but was whole, so it is in the facts. */
  tailTaken: boolean;
}

export interface TranscriptCacheOptions {
  maxLineBytes?: number;
  chunkBytes?: number;
}

/**
 * Facts of transcript files, read once. An unchanged file (same inode, size and time) is not opened again; of one that grew only
 * the new bytes are read; one that was replaced, rewritten or shortened is read anew.
 */
export class TranscriptCache<T extends RecordSink> {
  private readonly entries = new Map<string, Entry<T>>();
  /** Read a moment ago: need not be looked at when they are asked for next. */
  private readonly fresh = new Set<string>();
  private readonly chunkBytes: number;
  /** Made when the first file is read. */
  private made: Buffer | undefined;
  private readonly maxLineBytes: number;

  private readonly access: FileAccess;

  constructor(access: FileAccess, options: TranscriptCacheOptions = {}) {
    this.access = access;
    this.chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
    this.maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
  }

  /**
   * The facts of a file, undefined where it is gone or cannot be read. `create` makes empty facts; `wanted` is asked as records
   * come in, and reading stops where it says no. One call at a time: the buffer is shared.
   */
  async read(
    path: string,
    create: () => T,
    wanted: (facts: T) => boolean,
    problem: (message: string) => void,
  ): Promise<CachedTranscript<T> | undefined> {
    try {
      const stamp = await this.access.stat(path);
      if (!stamp.isFile) {
        this.entries.delete(path);
        return undefined;
      }
      const entry = await this.update(path, stamp, create, wanted);
      if (entry.badLines > 0) {
        problem(`${path}: ${entry.badLines} unreadable lines were left out`);
      }
      return entry;
    } catch (error) {
      if (error instanceof DamagedIndex) throw error;
      this.entries.delete(path);
      if (!isMissing(error)) {
        problem(`${path}: ${reasonOf(error)}`);
      }
      return undefined;
    }
  }

  has(path: string): boolean {
    return this.entries.has(path);
  }

  /** What `read` would give without opening the file, where that is seen at once; undefined where it must be asked. */
  unchanged(path: string): CachedTranscript<T> | undefined {
    const known = this.entries.get(path);
    if (!known || known.stopped || known.badLines > 0) {
      return undefined;
    }
    if (this.fresh.delete(path)) {
      return known;
    }
    try {
      const stamp = this.access.statNow?.(path);
      return stamp && sameStamp(known.stamp, stamp) ? known : undefined;
    } catch {
      return undefined;
    }
  }

  /** What is known of the file is as of now: the next `unchanged` gives it without a look at the disk. */
  trust(path: string): void {
    this.fresh.add(path);
  }

  /** Undefined for an unknown file. */
  versionOf(path: string): number | undefined {
    return this.entries.get(path)?.version;
  }

  forget(path: string): void {
    this.entries.delete(path);
  }

  /** How far the file was read. */
  dump(path: string): TranscriptState | undefined {
    const entry = this.entries.get(path);
    if (!entry) return undefined;
    const { stamp, badLines, stopped, offset, guard, tailTaken } = entry;
    return { stamp, badLines, stopped, offset, guard: toBase64(guard), tailTaken };
  }

  /** Goes on from where another thread or an earlier run left a file. */
  adopt(path: string, facts: T, state: TranscriptState): CachedTranscript<T> {
    const { stamp, badLines, stopped, offset, guard, tailTaken } = state;
    const entry: Entry<T> = { facts, stamp, version: 1, badLines, stopped, offset, guard, tailTaken };
    this.entries.set(path, entry);
    return entry;
  }

  /** Forgets all files that are not among these, and what was only true a moment ago. */
  keepOnly(paths: ReadonlySet<string>): void {
    this.fresh.clear();
    keepKeys(this.entries, paths);
  }

  private async update(
    path: string,
    stamp: FileStamp,
    create: () => T,
    wanted: (facts: T) => boolean,
  ): Promise<Entry<T>> {
    const known = this.entries.get(path);
    if (known?.stopped && known.stamp.ino === stamp.ino && stamp.size >= known.stamp.size && !wanted(known.facts)) {
      return known;
    }
    if (known && !known.stopped && sameStamp(known.stamp, stamp)) {
      return known;
    }
    const file = await this.access.open(path);
    try {
      if (known && mayContinue(known, stamp) && (await this.readOn(file, known, stamp, wanted))) {
        return known;
      }
      const fresh = emptyEntry(create(), stamp, (known?.version ?? 0) + 1);
      this.entries.set(path, fresh);
      await this.readRange(file, fresh, stamp, wanted);
      return fresh;
    } finally {
      await file.close();
    }
  }

  /** Reads what was appended; false where the file is not the old one with more behind it. */
  private async readOn(
    file: OpenFile,
    entry: Entry<T>,
    stamp: FileStamp,
    wanted: (facts: T) => boolean,
  ): Promise<boolean> {
    const expected = typeof entry.guard === 'string' ? Buffer.from(entry.guard, 'base64') : entry.guard;
    const guard = Buffer.alloc(expected.length);
    const got = await file.read(guard, entry.offset - guard.length);
    if (got !== guard.length || !guard.equals(expected)) {
      return false;
    }
    entry.version++;
    return this.readRange(file, entry, stamp, wanted);
  }

  /** Reads from the entry's offset to the size in the stamp. False where a line that was taken as whole went on. */
  private async readRange(
    file: OpenFile,
    entry: Entry<T>,
    stamp: FileStamp,
    wanted: (facts: T) => boolean,
  ): Promise<boolean> {
    const splitter = new LineSplitter(this.maxLineBytes);
    /** A line that was taken as whole before its newline came must be followed by nothing but that newline. */
    const tail = { open: entry.tailTaken, wentOn: false };
    const sink = {
      line: (bytes: Buffer, from: number, to: number): void => {
        if (entry.stopped) {
          return;
        }
        const kind = addLine(entry.facts, bytes, from, to);
        tail.wentOn ||= tail.open && kind !== 'blank';
        tail.open = false;
        if (kind === 'record') {
          entry.stopped = !wanted(entry.facts);
        } else if (kind === 'bad') {
          entry.badLines++;
        }
      },
      tooLong: (): void => {
        tail.wentOn ||= tail.open;
        tail.open = false;
        entry.badLines++;
      },
    };
    const buffer = (this.made ??= searchableBuffer(this.chunkBytes));
    let position = entry.offset;
    let step = FIRST_BYTES;
    while (position < stamp.size && !entry.stopped && !tail.wentOn) {
      const got = await file.read(buffer.subarray(0, Math.min(buffer.length, step, stamp.size - position)), position);
      step = buffer.length;
      if (got === 0) {
        break;
      }
      splitter.push(buffer.subarray(0, got), sink);
      position += got;
    }
    if (tail.wentOn) {
      return false;
    }
    entry.stamp = stamp;
    if (!this.takeTail(entry, splitter, position, tail.open)) {
      return false;
    }
    const guard = Buffer.alloc(Math.min(GUARD_BYTES, entry.offset));
    await file.read(guard, entry.offset - guard.length);
    entry.guard = guard;
    return true;
  }

  /** The last line may lack its newline and yet be whole. A torn one is left for the next time. */
  private takeTail(entry: Entry<T>, splitter: LineSplitter, position: number, afterTail: boolean): boolean {
    const rest = splitter.rest();
    const parsed = rest && !entry.stopped ? parseLine(rest) : undefined;
    if (afterTail && splitter.pendingBytes > 0 && parsed?.kind !== 'blank') {
      return false;
    }
    entry.tailTaken = afterTail;
    entry.offset = position;
    if (parsed?.kind === 'record') {
      entry.facts.add(parsed.record);
      entry.tailTaken = true;
    } else if (parsed?.kind !== 'blank') {
      entry.offset -= splitter.pendingBytes;
    }
    return true;
  }
}

function addLine(facts: RecordSink, bytes: Buffer, from: number, to: number): ParsedLine['kind'] {
  if (facts.addLine) {
    return facts.addLine(bytes, from, to);
  }
  const parsed = parseLine(bytes.subarray(from, to));
  if (parsed.kind === 'record') {
    facts.add(parsed.record);
  }
  return parsed.kind;
}

function emptyEntry<T extends RecordSink>(facts: T, stamp: FileStamp, version: number): Entry<T> {
  const nothing = Buffer.alloc(0);
  return { facts, stamp, version, badLines: 0, stopped: false, offset: 0, guard: nothing, tailTaken: false };
}

function toBase64(guard: Buffer | string): string {
  return typeof guard === 'string' ? guard : guard.toString('base64');
}

function mayContinue(entry: Entry<RecordSink>, stamp: FileStamp): boolean {
  return !entry.stopped && entry.stamp.ino === stamp.ino && stamp.size > entry.stamp.size && entry.offset > 0;
}
