import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';

/** Bytes that may still be in a file. Reading them may throw a `DamagedIndex`. */
export interface Stored {
  readonly length: number;
  bytes(): Buffer;
}

/** The index file does not hold what was written: what is taken from it must be made again. */
export class DamagedIndex extends Error {
  constructor() {
    super('The index of sessions is damaged.');
  }
}

/** Reads the parts that are still in a file; false where one is damaged. */
export function areSound(parts: readonly (ArrayBufferView | Stored)[]): boolean {
  try {
    for (const part of parts) if (!ArrayBuffer.isView(part)) part.bytes();
    return true;
  } catch (error) {
    if (error instanceof DamagedIndex) return false;
    throw error;
  }
}

interface Parts {
  /** Of the open file. */
  handle: number;
  start: number;
  length: number;
}

/** The larger part of an index file, which a start does without: read as a whole when the first of it is wanted. */
export class RestOfFile {
  private parts: Parts | undefined;
  private content: Buffer | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    if (parts.length === 0) this.close();
  }

  /** `sum`: a checksum, compared when the bytes are asked for. */
  stored(at: number, length: number, sum: number): Stored {
    return {
      length,
      bytes: () => {
        this.read();
        const bytes = this.content?.subarray(at, at + length);
        if (bytes?.length !== length || crc32(bytes) !== sum) throw new DamagedIndex();
        return bytes;
      },
    };
  }

  /** Takes all that there is, so that the file is not held open. */
  read(): void {
    const { parts } = this;
    if (!parts) return;
    try {
      const content = Buffer.allocUnsafe(parts.length);
      this.content = content.subarray(0, fs.readSync(parts.handle, content, 0, content.length, parts.start));
    } catch {
      // As if nothing were there.
    }
    this.close();
  }

  close(): void {
    const { parts } = this;
    this.parts = undefined;
    if (parts) fs.closeSync(parts.handle);
  }
}
