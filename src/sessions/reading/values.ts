/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A version of a program, such as 2.1.0-beta.1; undefined for what is none. */
export function versionOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d[\w.+-]{0,39}$/.test(value) ? value : undefined;
}

/** A count: a whole number from 0. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const EARLIEST = Date.UTC(2000, 0);
const LATEST = Date.UTC(2200, 0);

/** Milliseconds since the epoch as a time; undefined for anything else and for times that no transcript can have. */
export function millisOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= EARLIEST && value < LATEST ? value : undefined;
}

/** An ISO 8601 time as ms since the epoch; undefined for anything else and for times that no transcript can have. */
export function isoTimeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) || value.length > 40) {
    return undefined;
  }
  return millisOf(Date.parse(value));
}

/**
 * A hash of a call's name and input: equal for identical calls. NaN, which equals nothing, where the input cannot be written
 * down.
 */
export function callDigest(name: string, input: unknown): number {
  let text: string;
  try {
    text = JSON.stringify(input ?? null);
  } catch {
    return NaN; // Nested too deeply.
  }
  return callDigestOf(name, Buffer.from(text));
}

/** The same for an input that is written as JSON.stringify writes it, in UTF-8. */
export function callDigestOf(name: string, input: Buffer): number {
  return hashBytes(input, hashText(name));
}

const [START_A, START_B] = [0xdeadbeef, 0x41c6ce57];
const [FACTOR_A, FACTOR_B] = [2654435761, 1597334677];

/** 53 bits of a hash, not secure: a first look at whether two texts may be the same. */
export function hashText(text: string, seed = 0): number {
  let a = START_A ^ seed;
  let b = START_B ^ (seed / 2 ** 32);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, FACTOR_A);
    b = Math.imul(b ^ unit, FACTOR_B);
  }
  return mixed(a, b);
}

/** So many bytes are copied at a time, to where they can be read as words. */
const PIECE = 8 * 1024;
const piece = Buffer.alloc(PIECE);
const words = new Int32Array(piece.buffer, piece.byteOffset, PIECE / 4);

/** As `hashText`, with other hashes: four bytes at a time, for what agents write into files. */
function hashBytes(bytes: Buffer, seed: number): number {
  let a = START_A ^ seed;
  let b = START_B ^ (seed / 2 ** 32);
  for (let start = 0; start < bytes.length; start += PIECE) {
    const copied = bytes.copy(piece, 0, start, start + PIECE);
    piece.fill(0, copied, (copied + 3) & ~3);
    for (let n = 0; n * 4 < copied; n++) {
      const word = words[n] ?? 0;
      a = Math.imul(a ^ word, FACTOR_A);
      b = Math.imul(b ^ word, FACTOR_B);
      a ^= a >>> 15; // Else the upper bits of a word would never reach the lower ones.
      b ^= b >>> 13;
    }
  }
  return mixed(a ^ bytes.length, b);
}

function mixed(a: number, b: number): number {
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (b & 0x1fffff) * 2 ** 32 + (a >>> 0);
}

/** How many calls only repeat the one before: a run of k identical calls holds k - 1. */
export function countRepeated(digests: readonly number[]): number {
  return digests.filter((digest, i) => i > 0 && digest === digests[i - 1]).length;
}

/** The key with the greatest count, of equals the first by name. */
export function mostFrequent(counts: Readonly<Record<string, number>>): string | undefined {
  return Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0];
}

/** `~` at the start of a path that a person wrote. */
export function expandHome(folder: string, home: string): string {
  return /^~(?=$|[\\/])/.test(folder) ? home + folder.slice(1) : folder;
}

/** Takes away all entries with other keys than these. */
export function keepKeys(map: Map<string, unknown>, keys: ReadonlySet<string>): void {
  for (const key of map.keys()) {
    if (!keys.has(key)) {
      map.delete(key);
    }
  }
}
