import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';

/** Bytes that may still be in a file. Reading them may throw a `DamagedIndex`. */
export interface Stored {
  readonly length: number;
  bytes(): Buffer;
}

/** The index file does not hold what was written: everything from it must be made again. */
export class DamagedIndex extends Error {}

interface Parts {
  /** Of the open file. */
  handle: number;
  start: number;
  length: number;
  sum: number;
}

/** The larger part of an index file, which a start does without: read as a whole when the first of it is wanted. */
export class RestOfFile {
  private parts: Parts | undefined;
  private content: Buffer | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    if (parts.length === 0) this.read();
  }

  stored(at: number, length: number): Stored {
    return { length, bytes: () => this.read().subarray(at, at + length) };
  }

  read(): Buffer {
    const { parts } = this;
    if (parts) {
      try {
        const content = Buffer.allocUnsafe(parts.length);
        const read = fs.readSync(parts.handle, content, 0, content.length, parts.start);
        if (read === content.length && crc32(content) === parts.sum) this.content = content;
      } catch {
        // As if it were another.
      }
      this.close();
    }
    if (!this.content) throw new DamagedIndex('The index of sessions is damaged.');
    return this.content;
  }

  close(): void {
    const { parts } = this;
    this.parts = undefined;
    if (parts) fs.closeSync(parts.handle);
  }
}
