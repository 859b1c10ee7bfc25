import * as fs from 'node:fs';
import * as path from 'node:path';
import { crc32 } from 'node:zlib';
import { isMissing } from '../reading/fileAccess';
import { hashText } from '../reading/values';
import { RestOfFile, type Stored } from './restOfFile';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NEWLINE_BYTE = Buffer.from([NEWLINE]);
const SUM_LENGTH = 8;
/** The first line is no longer than this, in bytes. */
const MAX_FIRST = 512;
/** So much is written at a time. */
const WRITE_BYTES = 256 * 1024;

/** A field of a record: a text is in its line; bytes are in the rest of the file, which is only read when it is needed. */
export type IndexField = string | Uint8Array | Stored;

/** A part of a file's name for what the file is of. */
export function indexKey(of: string): string {
  return hashText(of).toString(16).padStart(14, '0');
}

/** A record that was read: gives its fields in their order, each as what it is wanted as. */
export class IndexRecord {
  constructor(
    private readonly content: Buffer,
    private at: number,
    private readonly end: number,
    private readonly rest: RestOfFile,
  ) {}

  text(): string {
    const start = this.at;
    return this.content.toString('utf8', start, this.pass());
  }

  stored(): Stored {
    const at = this.number();
    const length = this.number();
    return this.rest.stored(at, length, this.number());
  }

  private number(): number {
    let number = 0;
    while (this.at < this.end) {
      const byte = this.content[this.at++] ?? TAB;
      if (byte === TAB || byte === SPACE) break;
      number = number * 10 + byte - ZERO;
    }
    return number;
  }

  /** Steps over a field and says where it ends; there is an empty one after the last. */
  private pass(): number {
    const end = endOf(this.content, TAB, this.at, this.end);
    this.at = Math.min(end + 1, this.end);
    return end;
  }
}

/**
 * A file of records. The first line names the format and, where there is more than lines, says how long the parts are: a line per
 * record, and the rest. A line is a checksum and fields, separated by tabs, that hold neither tabs nor newlines; one that does not
 * fit its checksum is passed over. Of bytes in the rest a line has the place, the length and a checksum.
 */
export class IndexFile {
  private seen = '';
  private rest: RestOfFile | undefined;

  /** `first` names the format: a file that begins otherwise is another version's and not read. */
  constructor(
    private readonly file: string,
    private readonly first: string,
  ) {}

  /**
   * The sound records, one after the other; none where there is no such file, or one that begins otherwise. Throws where it cannot
   * be read: what may be in it must not be written over.
   */
  *load(): Iterable<IndexRecord> {
    this.close();
    const opened = this.open();
    if (!opened) return;
    const { lines, rest } = opened;
    this.rest = rest;
    let next = 0;
    while (next < lines.length) {
      const start = next;
      const end = endOf(lines, NEWLINE, start, lines.length);
      next = end + 1;
      const body = start + SUM_LENGTH + 1;
      if (body > end || lines[body - 1] !== TAB) continue;
      const sum = Number.parseInt(lines.toString('latin1', start, body - 1), 16);
      if (sum === crc32(lines.subarray(body, end))) yield new IndexRecord(lines, body, end, rest);
    }
  }

  private open(): { lines: Buffer; rest: RestOfFile } | undefined {
    let handle: number;
    try {
      handle = fs.openSync(this.file, 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    let given = false;
    try {
      const stats = fs.fstatSync(handle);
      const begin = Buffer.alloc(MAX_FIRST);
      fs.readSync(handle, begin, 0, MAX_FIRST, 0);
      const from = begin.indexOf(NEWLINE) + 1;
      const [name, lineBytes, restBytes] = begin.toString('utf8', 0, Math.max(0, from - 1)).split('\t');
      if (from === 0 || name !== this.first) return undefined;
      const length = lengthOf(lineBytes) ?? stats.size - from;
      const restLength = lengthOf(restBytes) ?? 0;
      if (restLength > 0 && stats.size !== from + length + restLength) return undefined;
      const lines = Buffer.alloc(Math.min(length, stats.size - from));
      const got = fs.readSync(handle, lines, 0, lines.length, from);
      this.seen = versionOf(stats);
      given = true;
      return {
        lines: lines.subarray(0, got),
        rest: new RestOfFile({ handle, start: from + length, length: restLength }),
      };
    } finally {
      if (!given) fs.closeSync(handle);
    }
  }

  /** Reads what the last `load` left, so that the file is not held open. */
  readRest(): void {
    this.rest?.read();
  }

  /** Without reading what is left. */
  close(): void {
    this.rest?.close();
    this.rest = undefined;
  }

  /** True where another process has written since this one last read or wrote. */
  get isForeign(): boolean {
    return this.version() !== this.seen;
  }

  /** Replaces the file as a whole. */
  save(records: Iterable<readonly IndexField[]>): void {
    const lines: Buffer[] = [];
    const rest: Uint8Array[] = [];
    let restLength = 0;
    for (const record of records) {
      const fields = record.map((field) => {
        if (typeof field === 'string') return field;
        const bytes = field instanceof Uint8Array ? field : field.bytes();
        rest.push(bytes);
        restLength += bytes.length;
        return `${restLength - bytes.length} ${bytes.length} ${crc32(bytes)}`;
      });
      const body = Buffer.from(fields.join('\t'));
      lines.push(Buffer.from(`${sumText(crc32(body))}\t`, 'latin1'), body, NEWLINE_BYTE);
    }
    this.close();
    const lineBytes = lines.reduce((sum, { length }) => sum + length, 0);
    const lengths = restLength > 0 ? `\t${lineBytes}\t${restLength}` : '';
    this.replace([Buffer.from(`${this.first}${lengths}\n`), ...lines, ...rest]);
    this.seen = this.version();
  }

  private replace(parts: readonly Uint8Array[]): void {
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const temporary = `${this.file}.${process.pid}.tmp`;
    try {
      const handle = fs.openSync(temporary, 'w');
      try {
        writeAll(handle, parts);
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
      fs.renameSync(temporary, this.file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  }

  private version(): string {
    try {
      return versionOf(fs.statSync(this.file));
    } catch {
      return '';
    }
  }
}

/** Through one buffer: joining the parts anew for each write would leave as much garbage as the file has bytes. */
function writeAll(handle: number, parts: readonly Uint8Array[]): void {
  const waiting = Buffer.allocUnsafe(WRITE_BYTES);
  let filled = 0;
  const write = (): void => {
    // A disk that is nearly full takes a part without an error, and says so at the next.
    for (let at = 0; at < filled;) at += fs.writeSync(handle, waiting, at, filled - at);
    filled = 0;
  };
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const some = part.subarray(at, at + WRITE_BYTES - filled);
      waiting.set(some, filled);
      filled += some.length;
      at += some.length;
      if (filled === WRITE_BYTES) write();
    }
  }
  write();
}

/** Undefined where the first line has none; a damaged one is as if there were nothing. */
function lengthOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function versionOf({ ino, size, mtimeMs }: fs.Stats): string {
  return `${ino} ${size} ${mtimeMs}`;
}

function sumText(sum: number): string {
  return sum.toString(16).padStart(SUM_LENGTH, '0');
}

function endOf(bytes: Buffer, separator: number, start: number, end: number): number {
  const found = bytes.indexOf(separator, start);
  return found < 0 || found > end ? end : found;
}
