import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import initSqlJs from 'sql.js';
import { sqliteImage } from '../../../src/sqlite/image';
import { SqliteReader } from '../../../src/sessions/reading/sqliteReader';
import { MemoryFiles } from './support/memoryFiles';

const PAGE = 4096;
const wasm = (): Promise<Uint8Array> =>
  fs.promises.readFile(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'));

/** A database with one row for each text. */
async function database(...texts: string[]): Promise<Uint8Array> {
  const sql = await initSqlJs({ wasmBinary: new Uint8Array(await wasm()).buffer });
  const db = new sql.Database();
  db.run('CREATE TABLE t (x TEXT)');
  for (const text of texts) {
    db.run('INSERT INTO t VALUES (?)', [text]);
  }
  const bytes = db.export();
  db.close();
  bytes[18] = 2;
  bytes[19] = 2;
  return bytes;
}

/** A write-ahead log that turns a database into another, as SQLite writes it; the last frame commits unless told otherwise. */
function writeAheadLog(
  after: Uint8Array,
  options: { commit?: boolean; littleEndian?: boolean; salt?: number } = {},
): Buffer {
  const { commit = true, littleEndian = true, salt = 77 } = options;
  const pages = after.length / PAGE;
  const log = Buffer.alloc(32 + pages * (24 + PAGE));
  const sum = (bytes: Buffer, [first, second]: readonly [number, number]): [number, number] => {
    let [a, b] = [first, second];
    for (let at = 0; at < bytes.length; at += 8) {
      const word = (offset: number): number => (littleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset));
      a = (a + word(at) + b) >>> 0;
      b = (b + word(at + 4) + a) >>> 0;
    }
    return [a, b];
  };
  log.writeUInt32BE(littleEndian ? 0x377f0682 : 0x377f0683, 0);
  log.writeUInt32BE(3007000, 4);
  log.writeUInt32BE(PAGE, 8);
  log.writeUInt32BE(salt, 16);
  log.writeUInt32BE(salt + 1, 20);
  let running = sum(log.subarray(0, 24), [0, 0]);
  log.writeUInt32BE(running[0], 24);
  log.writeUInt32BE(running[1], 28);
  for (let i = 0; i < pages; i++) {
    const at = 32 + i * (24 + PAGE);
    log.writeUInt32BE(i + 1, at);
    log.writeUInt32BE(commit && i === pages - 1 ? pages : 0, at + 4);
    log.writeUInt32BE(salt, at + 8);
    log.writeUInt32BE(salt + 1, at + 12);
    log.set(after.subarray(i * PAGE, (i + 1) * PAGE), at + 24);
    running = sum(log.subarray(at + 24, at + 24 + PAGE), sum(log.subarray(at, at + 8), running));
    log.writeUInt32BE(running[0], at + 16);
    log.writeUInt32BE(running[1], at + 20);
  }
  return log;
}

async function textsIn(bytes: Uint8Array, log?: Uint8Array): Promise<unknown[]> {
  const files = new MemoryFiles();
  files.write('/db', Buffer.from(bytes));
  if (log) {
    files.write('/db-wal', Buffer.from(log));
  }
  return new SqliteReader(files, wasm).read('/db', (rows) => rows('SELECT x FROM t').map((row) => row['x']));
}

describe('Databases of other programs', () => {
  it('are read with what their log has committed', async () => {
    const [before, after] = [await database('a'), await database('a', 'b')];
    assert.deepEqual(await textsIn(before), ['a']);
    for (const littleEndian of [true, false]) {
      assert.deepEqual(await textsIn(before, writeAheadLog(after, { littleEndian })), ['a', 'b']);
    }
  });

  it('grow with the log', async () => {
    const long = Array.from({ length: 50 }, (_, i) => `${i}`.repeat(500));
    assert.deepEqual(await textsIn(await database('a'), writeAheadLog(await database(...long))), long);
  });

  it('without what was not committed, is torn, or is left from an earlier log', async () => {
    const [before, after] = [await database('a'), await database('a', 'b')];
    const whole = writeAheadLog(after);
    const torn = Buffer.from(whole);
    torn[40 + 24] = 1;
    torn[whole.length - 1] = (torn[whole.length - 1] ?? 0) ^ 1;
    const old = Buffer.from(whole);
    old.writeUInt32BE(5, 32 + 8);
    for (const log of [writeAheadLog(after, { commit: false }), whole.subarray(0, whole.length - 8), torn, old]) {
      assert.deepEqual(await textsIn(before, log), ['a']);
    }
    for (const log of [Buffer.alloc(0), Buffer.alloc(5000), Buffer.from('text')]) {
      assert.deepEqual(await textsIn(before, log), ['a']);
    }
  });

  it('are not made as large as a log says that they are', async () => {
    const after = await database('a', 'b');
    const log = writeAheadLog(after);
    assert.throws(() => sqliteImage(after, log, after.length - 1), /more than/);
    assert.equal(sqliteImage(after, log, after.length).length, after.length);
  });

  it('that are none are refused', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('text'), Buffer.from(`SQLite format 3\0${'\0'.repeat(100)}`)]) {
      assert.throws(() => sqliteImage(bytes));
      await assert.rejects(textsIn(bytes));
    }
    const damaged = Buffer.from(await database('a'));
    damaged.fill(0x55, 100, 4096);
    await assert.rejects(textsIn(damaged));
  });

  it('are asked for again after the engine could not be loaded', async () => {
    const files = new MemoryFiles();
    files.write('/db', Buffer.from(await database('a')));
    let tries = 0;
    const reader = new SqliteReader(files, () => (tries++ === 0 ? Promise.reject(new Error('no file')) : wasm()));
    await assert.rejects(reader.read('/db', () => 1));
    assert.equal(await reader.read('/db', () => 1), 1);
  });
});
