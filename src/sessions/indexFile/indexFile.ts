import * as fs from 'node:fs';
import * as path from 'node:path';
import { crc32 } from 'node:zlib';

const TAB = 0x09;
const NEWLINE = 0x0a;
const TAB_BYTE = Buffer.from([TAB]);
const NEWLINE_BYTE = Buffer.from([NEWLINE]);
const SUM_LENGTH = 8;
/** So much is written at a time. */
const WRITE_BYTES = 256 * 1024;

/** A record that was read: gives its fields in their order, each as what it is wanted as. */
export class IndexRecord {
  constructor(
    private readonly content: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  text(): string {
    const start = this.at;
    return this.content.toString('utf8', start, this.pass());
  }

  bytes(): Buffer {
    const start = this.at;
    return this.content.subarray(start, this.pass());
  }

  /** Steps over a field and says where it ends; there is an empty one after the last. */
  private pass(): number {
    const end = endOf(this.content, TAB, this.at, this.end);
    this.at = Math.min(end + 1, this.end);
    return end;
  }
}

/**
 * A file of records that can be made again from what they were made of. A record is a line: a checksum and fields, separated by
 * tabs, that hold neither tabs nor newlines. What does not fit its checksum is passed over.
 */
export class IndexFile {
  private seen = '';

  /** `first`, the first line, names the format: a file that begins otherwise is another version's and not read. */
  constructor(
    private readonly file: string,
    private readonly first: string,
  ) {}

  /** The sound records, one after the other; none where there is no such file, or it cannot be read. */
  *load(): Iterable<IndexRecord> {
    let content: Buffer;
    try {
      content = fs.readFileSync(this.file);
      this.seen = this.version();
    } catch {
      return;
    }
    let end = endOf(content, NEWLINE, 0, content.length);
    if (content.toString('utf8', 0, end) !== this.first) return;
    for (let start = end + 1; start < content.length; start = end + 1) {
      end = endOf(content, NEWLINE, start, content.length);
      const body = start + SUM_LENGTH + 1;
      if (body > end || content[body - 1] !== TAB) continue;
      const sum = Number.parseInt(content.toString('latin1', start, body - 1), 16);
      if (sum === crc32(content.subarray(body, end))) yield new IndexRecord(content, body, end);
    }
  }

  /** True where another process has written since this one last read or wrote. */
  get isForeign(): boolean {
    return this.version() !== this.seen;
  }

  /** Replaces the file as a whole. */
  save(records: Iterable<readonly (string | Uint8Array)[]>): void {
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const temporary = `${this.file}.${process.pid}.tmp`;
    const handle = fs.openSync(temporary, 'w');
    try {
      fs.writeSync(handle, `${this.first}\n`);
      let waiting: Uint8Array[] = [];
      let bytes = 0;
      const write = (): void => {
        fs.writeSync(handle, Buffer.concat(waiting));
        waiting = [];
        bytes = 0;
      };
      for (const record of records) {
        const body = Buffer.concat(
          record.flatMap((field, n) => (n === 0 ? [bytesOf(field)] : [TAB_BYTE, bytesOf(field)])),
        );
        waiting.push(Buffer.from(`${sumOf(body)}\t`, 'latin1'), body, NEWLINE_BYTE);
        bytes += body.length;
        if (bytes > WRITE_BYTES) write();
      }
      write();
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, this.file);
    this.seen = this.version();
  }

  private version(): string {
    try {
      const { ino, size, mtimeMs } = fs.statSync(this.file);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return '';
    }
  }
}

function sumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(SUM_LENGTH, '0');
}

function bytesOf(field: string | Uint8Array): Uint8Array {
  return typeof field === 'string' ? Buffer.from(field) : field;
}

function endOf(bytes: Buffer, separator: number, start: number, end: number): number {
  const found = bytes.indexOf(separator, start);
  return found < 0 || found > end ? end : found;
}
