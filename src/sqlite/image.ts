import { isPageSize, pageSizeOf, withWal } from './wal';

const HEADER = 'SQLite format 3\0';

/**
 * The content of an SQLite database from the bytes of its file and of its write-ahead log, so that it can be opened in memory:
 * opening the file in place would leave files beside it. Throws for what is no database, or does not fit together.
 */
export function sqliteImage(database: Uint8Array, log?: Uint8Array, maxBytes = 2 ** 31): Uint8Array {
  const file = bufferOf(database);
  if (file.toString('latin1', 0, HEADER.length) !== HEADER || !isPageSize(pageSizeOf(file))) {
    throw new Error('no SQLite database');
  }
  return withWal(file, log ? bufferOf(log) : Buffer.alloc(0), maxBytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
