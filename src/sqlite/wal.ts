/**
 * SQLite's write-ahead log, format 3007000: a header of 32 bytes and frames of 24 bytes and a page each. A frame counts once a later
 * frame that ends a transaction is whole, too; the salts tell frames of this log from those of an earlier one in the same file, the
 * checksums run from the header through all frames.
 */
const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const VERSION = 3_007_000;

/** Where a database's first page says that it has a log beside it (2) or none (1). */
const WRITE_VERSION = 18;
const READ_VERSION = 19;
const MIN_DATABASE = 100;

interface Sum {
  a: number;
  b: number;
}

function addTo(sum: Sum, bytes: Buffer, bigEndian: boolean): void {
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const first = bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    const second = bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4);
    sum.a = (sum.a + first + sum.b) >>> 0;
    sum.b = (sum.b + second + sum.a) >>> 0;
  }
}

/** The pages of all finished transactions in a log, the last version of each, and the size of the database after them. */
export interface WalContent {
  pageSize: number;
  pages: ReadonlyMap<number, Buffer>;
  /** In pages. */
  databaseSize: number;
}

/** Undefined where the log holds no finished transaction, as one that was just begun, or is no log. */
export function readWal(wal: Buffer): WalContent | undefined {
  if (wal.length < HEADER) {
    return undefined;
  }
  const magic = wal.readUInt32BE(0);
  const pageSize = wal.readUInt32BE(8);
  const isLog = (magic === MAGIC || magic === MAGIC_BIG_ENDIAN) && wal.readUInt32BE(4) === VERSION;
  if (!isLog || !isPageSize(pageSize)) {
    return undefined;
  }
  const bigEndian = magic === MAGIC_BIG_ENDIAN;
  const sum = { a: 0, b: 0 };
  addTo(sum, wal.subarray(0, 24), bigEndian);
  if (sum.a !== wal.readUInt32BE(24) || sum.b !== wal.readUInt32BE(28)) {
    return undefined;
  }
  const salts = wal.subarray(16, 24);
  const pages = new Map<number, Buffer>();
  const open = new Map<number, Buffer>();
  let databaseSize = 0;
  for (let at = HEADER; at + FRAME_HEADER + pageSize <= wal.length; at += FRAME_HEADER + pageSize) {
    const header = wal.subarray(at, at + FRAME_HEADER);
    const page = wal.subarray(at + FRAME_HEADER, at + FRAME_HEADER + pageSize);
    addTo(sum, header.subarray(0, 8), bigEndian);
    addTo(sum, page, bigEndian);
    const number = header.readUInt32BE(0);
    const whole = sum.a === header.readUInt32BE(16) && sum.b === header.readUInt32BE(20);
    if (!whole || number === 0 || !header.subarray(8, 16).equals(salts)) {
      break;
    }
    open.set(number, page);
    const size = header.readUInt32BE(4);
    if (size > 0) {
      databaseSize = size;
      for (const [each, content] of open) {
        pages.set(each, content);
      }
      open.clear();
    }
  }
  return databaseSize > 0 ? { pageSize, pages, databaseSize } : undefined;
}

export function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

/**
 * The database as it is with its log, as a file without one. Neither buffer is changed. Throws where the two do not fit together, or
 * the result would have more than `maxBytes`.
 */
export function withWal(database: Buffer, wal: Buffer, maxBytes: number): Buffer {
  const log = readWal(wal);
  const isEmpty = database.length < MIN_DATABASE;
  if (log && !isEmpty && pageSizeOf(database) !== log.pageSize) {
    throw new Error('the log has pages of another size than the database');
  }
  const size = log ? log.databaseSize * log.pageSize : database.length;
  if (size > maxBytes) {
    throw new Error(`${size} bytes, more than ${maxBytes}`);
  }
  const whole = Buffer.alloc(size);
  database.copy(whole, 0, 0, size);
  for (const [number, page] of log?.pages ?? []) {
    if (number * page.length <= size) {
      page.copy(whole, (number - 1) * page.length);
    }
  }
  if (whole.length >= MIN_DATABASE) {
    whole[WRITE_VERSION] = 1;
    whole[READ_VERSION] = 1;
  }
  return whole;
}

/** As the database's first bytes say it; throws where there are too few. */
export function pageSizeOf(database: Buffer): number {
  const size = database.readUInt16BE(16);
  return size === 1 ? 65_536 : size;
}
