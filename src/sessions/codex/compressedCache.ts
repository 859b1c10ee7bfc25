import { Breather } from '../reading/breathe';
import { isMissing, reasonOf, sameStamp } from '../reading/fileAccess';
import type { FileAccess, FileStamp } from '../reading/fileAccess';
import { LineSplitter, MAX_LINE_BYTES, parseLine } from '../reading/jsonLines';
import { readBytes } from '../reading/readBytes';
import type { CachedTranscript, RecordSink } from '../reading/transcriptCache';
import { keepKeys } from '../reading/values';
import { decodeAtOnce, decodeZstd } from './zstd';

/** Larger files are not looked at. */
const MAX_COMPRESSED = 256 * 1024 * 1024;

/** What a few KB may unpack to has no end; what comes after this is left out. */
const MAX_CONTENT = 1024 * 1024 * 1024;

export interface CompressedCacheOptions {
  maxContentBytes?: number;
  maxLineBytes?: number;
  /** Decodes a whole file, undefined where it cannot. */
  decodeAll?: (bytes: Buffer) => Buffer | undefined;
}

/**
 * Facts of `.jsonl.zst` files, read once: Codex compresses a rollout when it is old, and unpacks it before it writes to it again.
 * Decoding stops where the caller wants no more of the file.
 */
export class CompressedCache<T extends RecordSink> {
  private readonly entries = new Map<string, CachedTranscript<T>>();
  private readonly access: FileAccess;
  private readonly maxLineBytes: number;
  private readonly maxContentBytes: number;
  private readonly decodeAll: (bytes: Buffer) => Buffer | undefined;

  constructor(access: FileAccess, options: CompressedCacheOptions = {}) {
    this.access = access;
    this.maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.maxContentBytes = options.maxContentBytes ?? MAX_CONTENT;
    this.decodeAll = options.decodeAll ?? decodeAtOnce;
  }

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
      const known = this.entries.get(path);
      if (known && sameStamp(known.stamp, stamp) && (!known.stopped || !wanted(known.facts))) {
        return known;
      }
      const entry = await this.decode(path, stamp, (known?.version ?? 0) + 1, create, wanted, problem);
      this.entries.set(path, entry);
      if (entry.badLines > 0) {
        problem(`${path}: ${entry.badLines} unreadable lines were left out`);
      }
      return entry;
    } catch (error) {
      this.entries.delete(path);
      if (!isMissing(error)) {
        problem(`${path}: ${reasonOf(error)}`);
      }
      return undefined;
    }
  }

  /** Forgets all files that are not among these. */
  keepOnly(paths: ReadonlySet<string>): void {
    keepKeys(this.entries, paths);
  }

  private async decode(
    path: string,
    stamp: FileStamp,
    version: number,
    create: () => T,
    wanted: (facts: T) => boolean,
    problem: (message: string) => void,
  ): Promise<CachedTranscript<T>> {
    const bytes = await readBytes(this.access, path, stamp.size, MAX_COMPRESSED);
    const breather = new Breather();
    const pause = async (): Promise<void> => {
      if (breather.due) {
        await breather.pause();
      }
    };
    let reader = new Reader(create(), stamp, version, this.maxLineBytes, wanted);
    try {
      let whole: Buffer | undefined;
      let decided = false;
      await decodeZstd(
        bytes,
        (piece) => {
          reader.push(piece);
          if (reader.bytes > this.maxContentBytes) {
            throw new Error(`more than ${this.maxContentBytes} bytes of content; the rest was left out`);
          }
          // What begins like a wanted file is decoded the fast way, where there is one.
          if (!decided && reader.lines > 0 && !reader.entry.stopped) {
            decided = true;
            whole = this.decodeAll(bytes);
          }
          return !reader.entry.stopped && whole === undefined;
        },
        pause,
      );
      if (whole) {
        reader = new Reader(create(), stamp, version, this.maxLineBytes, wanted);
        reader.push(whole);
      }
    } catch (error) {
      problem(`${path}: ${reasonOf(error)}`);
    }
    reader.end();
    return reader.entry;
  }
}

/** Turns decoded pieces into facts. */
class Reader<T extends RecordSink> {
  readonly entry: CachedTranscript<T>;
  lines = 0;
  bytes = 0;
  private readonly splitter: LineSplitter;
  private readonly wanted: (facts: T) => boolean;

  constructor(facts: T, stamp: FileStamp, version: number, maxLineBytes: number, wanted: (facts: T) => boolean) {
    this.entry = { facts, stamp, version, badLines: 0, stopped: false };
    this.splitter = new LineSplitter(maxLineBytes);
    this.wanted = wanted;
  }

  push(piece: Buffer): void {
    this.bytes += piece.length;
    this.splitter.push(piece, {
      line: (bytes, from, to) => {
        this.line(bytes.subarray(from, to), true);
      },
      tooLong: () => {
        this.entry.badLines++;
      },
    });
  }

  /** The last line, which may lack its newline. */
  end(): void {
    const rest = this.splitter.rest();
    if (rest) {
      this.line(rest, false);
    }
  }

  private line(bytes: Buffer, complete: boolean): void {
    const { entry } = this;
    this.lines++;
    if (entry.stopped) {
      return;
    }
    const parsed = parseLine(bytes);
    if (parsed.kind === 'record') {
      entry.facts.add(parsed.record);
      entry.stopped = !this.wanted(entry.facts);
    } else if (parsed.kind === 'bad' && complete) {
      entry.badLines++;
    }
  }
}
