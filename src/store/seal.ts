import { createHash, randomBytes } from 'node:crypto';
import type { MemoryDatabase, SqlValue } from './engine';
import { parseHeader, setCounter } from './header';

const NONCE_LENGTH = 32;
const DIGEST_LENGTH = 64;
const NO_DIGEST = '0'.repeat(DIGEST_LENGTH);

/**
 * The bytes of a database with this change counter, and in it, in `journal_base`, a digest of them all: what SQLite's own check
 * does not find, a bit that flipped inside a text, is found by it. The digest stands behind a random text, which tells its place
 * in the file, and is all zeros where it is computed.
 */
export function sealedExport(db: MemoryDatabase, counter: number): Uint8Array {
  const nonce = randomBytes(NONCE_LENGTH / 2).toString('hex');
  db.run('UPDATE journal_base SET file_counter = ?, seal = ?', [counter, nonce + NO_DIGEST]);
  const bytes = db.export();
  setCounter(bytes, counter);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  file.write(digestOf(file), file.indexOf(nonce) + NONCE_LENGTH, 'latin1');
  return bytes;
}

/** What the seal says of bytes: `none` where they bear none, or another SQLite program wrote the file since. */
export type Seal = 'holds' | 'broken' | 'none';

/**
 * Whether the bytes that a database was opened from are those that we wrote. Another SQLite program that wrote the file since has
 * raised its change counter. Total: what cannot be read bears no seal.
 */
export function sealOf(db: MemoryDatabase, bytes: Uint8Array): Seal {
  const [counter, seal] = sealRow(db);
  if (typeof seal !== 'string' || seal === '' || counter !== parseHeader(bytes)?.counter) return 'none';
  const file = Buffer.from(bytes);
  const at = file.indexOf(seal);
  if (at < 0 || seal.length !== NONCE_LENGTH + DIGEST_LENGTH) return 'broken';
  file.write(NO_DIGEST, at + NONCE_LENGTH, 'latin1');
  return digestOf(file) === seal.slice(NONCE_LENGTH) ? 'holds' : 'broken';
}

function sealRow(db: MemoryDatabase): SqlValue[] {
  try {
    return db.rows('SELECT file_counter, seal FROM journal_base')[0] ?? [];
  } catch {
    return [];
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
