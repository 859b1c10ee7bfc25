/**
 * The content of an SQLite database from the bytes of its file and of its write-ahead log, so that it can be opened in memory:
 * opening the file in place would leave files beside it. Committed pages of the log replace those of the file.
 */
export function sqliteImage(database: Uint8Array, log?: Uint8Array, maxBytes = 2 ** 31): Uint8Array {
  if (Buffer.from(database.subarray(0, HEADER.length)).toString('latin1') !== HEADER) {
    throw new Error('no SQLite database');
  }
  const pageSize = pageSizeOf(database);
  const { pages, size } = log
    ? committedPages(log, pageSize)
    : { pages: new Map<number, Uint8Array>(), size: undefined };
  const bytes = (size ?? Math.ceil(database.length / pageSize)) * pageSize;
  if (bytes > maxBytes) {
    throw new Error(`${bytes} bytes, more than ${maxBytes}`);
  }
  const image = new Uint8Array(bytes);
  image.set(database.subarray(0, image.length));
  for (const [number, page] of pages) {
    if (number * pageSize <= image.length) {
      image.set(page, (number - 1) * pageSize);
    }
  }
  // "Write-ahead log" in the header would make a reader look for one.
  image[18] = 1;
  image[19] = 1;
  return image;
}

const HEADER = 'SQLite format 3\0';
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAX_PAGES = 1 << 20;

function pageSizeOf(database: Uint8Array): number {
  const stored = view(database).getUint16(16);
  const size = stored === 1 ? 65536 : stored;
  if (size < 512 || (size & (size - 1)) !== 0) {
    throw new Error('no SQLite database');
  }
  return size;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The newest committed version of each page in the log, and how many pages the database has after the last commit. */
function committedPages(
  log: Uint8Array,
  pageSize: number,
): { pages: Map<number, Uint8Array>; size: number | undefined } {
  const pages = new Map<number, Uint8Array>();
  let size: number | undefined;
  const data = view(log);
  const magic = log.length >= LOG_HEADER_BYTES ? data.getUint32(0) : 0;
  if ((magic !== 0x377f0682 && magic !== 0x377f0683) || data.getUint32(8) !== pageSize) {
    return { pages, size };
  }
  const littleEndian = magic === 0x377f0682;
  const salts = [data.getUint32(16), data.getUint32(20)];
  let sum: Sum = checksum(log.subarray(0, 24), [0, 0], littleEndian);
  if (sum[0] !== data.getUint32(24) || sum[1] !== data.getUint32(28)) {
    return { pages, size };
  }
  let pending = new Map<number, Uint8Array>();
  for (
    let at = LOG_HEADER_BYTES;
    at + FRAME_HEADER_BYTES + pageSize <= log.length;
    at += FRAME_HEADER_BYTES + pageSize
  ) {
    const page = log.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + pageSize);
    sum = checksum(page, checksum(log.subarray(at, at + 8), sum, littleEndian), littleEndian);
    const saltsFit = data.getUint32(at + 8) === salts[0] && data.getUint32(at + 12) === salts[1];
    if (!saltsFit || data.getUint32(at + 16) !== sum[0] || data.getUint32(at + 20) !== sum[1]) {
      break; // What follows is left from an earlier use of the log, or torn.
    }
    pending.set(data.getUint32(at), page);
    const committed = data.getUint32(at + 4);
    if (committed > 0 && committed <= MAX_PAGES) {
      pending.forEach((each, number) => pages.set(number, each));
      pending = new Map();
      size = committed;
    }
  }
  return { pages, size };
}

type Sum = readonly [number, number];

/** The log's own checksum over 32 bit words, two at a time. */
function checksum(bytes: Uint8Array, [first, second]: Sum, littleEndian: boolean): Sum {
  const data = view(bytes);
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + data.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + data.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}
