/** The fields of SQLite's 100-byte file header that we use. https://www.sqlite.org/fileformat.html */
export interface Header {
  pageSize: number;
  pages: number;
  /** Goes up with every write by any SQLite, and with every write of ours. */
  counter: number;
}

export const HEADER_SIZE = 100;
const MAGIC = 'SQLite format 3\0';
const COUNTER_AT = 24;
const VALID_FOR_AT = 92;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Undefined where the bytes do not begin like a SQLite file. */
export function parseHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  if (String.fromCharCode(...bytes.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const view = viewOf(bytes);
  const stored = view.getUint16(16);
  return { pageSize: stored === 1 ? 65_536 : stored, pages: view.getUint32(28), counter: view.getUint32(COUNTER_AT) };
}

/** Why a file of this header and size cannot be whole; undefined where it may be. */
export function headerProblem(header: Header | undefined, size: number): string | undefined {
  if (size === 0) return 'the file is empty';
  if (header === undefined) return 'the file is not a SQLite database';
  if (size < header.pages * header.pageSize) {
    return `the file is cut short: ${size} of ${header.pages * header.pageSize} bytes`;
  }
  return undefined;
}

/**
 * Sets the change counter of an exported database. The export copies into a new database, whose counter starts anew each time;
 * other readers, we among them, tell versions of the file apart by it.
 */
export function setCounter(bytes: Uint8Array, counter: number): void {
  const view = viewOf(bytes);
  view.setUint32(COUNTER_AT, counter);
  view.setUint32(VALID_FOR_AT, counter);
}

export function nextCounter(counter: number): number {
  return (counter + 1) % 2 ** 32;
}
