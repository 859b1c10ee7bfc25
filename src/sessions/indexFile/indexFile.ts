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

  /** The records' fields as bytes; empty where there is no such file, or it cannot be read. */
  load(): Buffer[][] {
    let content: Buffer;
    try {
      content = fs.readFileSync(this.file);
      this.seen = this.version();
    } catch {
      return [];
    }
    const lines = split(content, NEWLINE);
    if (lines[0]?.toString('utf8') !== this.first) return [];
    return lines.slice(1).flatMap((line) => {
      const sound = line.length > SUM_LENGTH && line[SUM_LENGTH] === TAB;
      const body = line.subarray(SUM_LENGTH + 1);
      return sound && sumOf(body) === line.toString('latin1', 0, SUM_LENGTH) ? [split(body, TAB)] : [];
    });
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

function split(bytes: Buffer, separator: number): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  if (start < bytes.length) parts.push(bytes.subarray(start));
  return parts;
}
