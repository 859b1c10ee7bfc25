const NEWLINE = 0x0a;

/** Longest line that is read, in bytes. A longer one is skipped and counted. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface LineSink {
  /**
   * One complete line: the bytes in these places, behind which a newline or nothing stands. They are only valid during the call. Of
   * empty lines in a row some may be left out.
   */
  line(bytes: Buffer, from: number, to: number): void;
  /** A complete line was longer than the limit and was skipped. */
  tooLong(): void;
}

/**
 * Cuts a stream of chunks at newlines. It holds at most one unfinished line, and of that no more than `maxLineBytes`, so a
 * file of any size and shape is read in bounded memory.
 */
export class LineSplitter {
  /** Copies of the chunks of the unfinished line. */
  private parts: Buffer[] = [];
  private held = 0;
  private overlong = false;
  /** Bytes since the last newline, kept or not. */
  private pending = 0;

  private readonly maxLineBytes: number;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    this.maxLineBytes = maxLineBytes;
  }

  push(chunk: Buffer, sink: LineSink): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) {
        break;
      }
      this.finish(chunk, start, end, sink);
      start = end + 1;
      while (chunk[start] === NEWLINE) {
        start++; // Of many empty lines one tells enough; a damaged file may hold nothing else.
      }
    }
    this.hold(chunk.subarray(start));
  }

  /** Bytes after the last newline, or undefined where they are too many to be one line. */
  rest(): Buffer | undefined {
    return this.overlong ? undefined : Buffer.concat(this.parts, this.held);
  }

  get pendingBytes(): number {
    return this.pending;
  }

  private finish(chunk: Buffer, from: number, to: number, sink: LineSink): void {
    if (this.pending === 0 && to - from <= this.maxLineBytes) {
      sink.line(chunk, from, to);
      return;
    }
    this.hold(chunk.subarray(from, to));
    const line = this.rest();
    this.parts = [];
    this.held = 0;
    this.overlong = false;
    this.pending = 0;
    if (line) {
      sink.line(line, 0, line.length);
    } else {
      sink.tooLong();
    }
  }

  private hold(bytes: Buffer): void {
    this.pending += bytes.length;
    if (this.pending > this.maxLineBytes) {
      this.overlong = true;
      this.parts = [];
      this.held = 0;
    } else if (bytes.length > 0) {
      this.parts.push(Buffer.from(bytes));
      this.held += bytes.length;
    }
  }
}

export type ParsedLine = { kind: 'record'; record: Readonly<Record<string, unknown>> } | { kind: 'blank' | 'bad' };

/** Blanks around a line: NUL (left by a crash of the writer's file system), tab, carriage return, space. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0 || byte === 0x09 || byte === 0x0d || byte === 0x20;
}

function trimmed(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    start = 3;
  }
  while (start < end && isBlank(bytes[start])) {
    start++;
  }
  while (end > start && isBlank(bytes[end - 1])) {
    end--;
  }
  return bytes.subarray(start, end);
}

/** A line as JSON object; invalid UTF-8 becomes U+FFFD, anything that is no object is bad. */
export function parseLine(bytes: Buffer): ParsedLine {
  const text = trimmed(bytes);
  if (text.length === 0) {
    return { kind: 'blank' };
  }
  try {
    const value: unknown = JSON.parse(text.toString('utf8'));
    return isRecord(value) ? { kind: 'record', record: value } : { kind: 'bad' };
  } catch {
    return { kind: 'bad' };
  }
}

/** True for a JSON object, not for an array or null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
