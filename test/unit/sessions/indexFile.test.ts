import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { IndexFile, type IndexField } from '../../../src/sessions/indexFile/indexFile';

const KB = 1024;

describe('the file of an index', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'index-file-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Bytes that differ everywhere. */
  const bytes = (length: number, seed: number): Buffer => {
    const filled = Buffer.alloc(length);
    for (let n = 0; n < length; n++) filled[n] = (n * 31 + (n >> 8) * 17 + seed) & 0xff;
    return filled;
  };

  it('gives back what was saved, of any length, however it fits what is written at a time', () => {
    const lengths = [0, 1, 255 * KB, 256 * KB, 256 * KB + 1, 700 * KB, 3, 512 * KB, 1];
    const records = lengths.map((length, n): IndexField[] => [
      `record ${n} ${'x'.repeat((n * 40 * KB) % (300 * KB))}`,
      bytes(length, n),
    ]);
    const file = path.join(folder, 'some.index');
    new IndexFile(file, 'an index').save(records);
    const index = new IndexFile(file, 'an index');
    const found = [...index.load()].map((record) => [record.text(), record.stored()] as const);
    assert.deepEqual(
      found.map(([text]) => text),
      records.map(([text]) => text),
    );
    found.forEach(([, stored], n) => {
      assert.ok(stored.bytes().equals(bytes(lengths[n] ?? 0, n)), `record ${n}`);
    });
    assert.deepEqual(fs.readdirSync(folder), ['some.index']);
  });

  it('is as it was where a disk takes only a part of what is written and then no more', () => {
    const file = path.join(folder, 'some.index');
    const index = new IndexFile(file, 'an index');
    index.save([['before']]);
    const { writeSync } = fs;
    let room = 300 * KB + 5;
    const full = (handle: number, buffer: NodeJS.ArrayBufferView, offset: number, length: number): number => {
      if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      // As a disk that is nearly full does.
      const taken = Math.min(room, length, 100 * KB);
      room -= taken;
      return writeSync(handle, buffer, offset, taken);
    };
    Object.assign(fs, { writeSync: full });
    try {
      assert.throws(() => {
        index.save([['after', bytes(700 * KB, 1)]]);
      }, /ENOSPC/);
      const [kept] = new IndexFile(file, 'an index').load();
      assert.equal(kept?.text(), 'before');
      room = Infinity;
      index.save([['after', bytes(700 * KB, 1)]]);
    } finally {
      Object.assign(fs, { writeSync });
    }
    const [record] = new IndexFile(file, 'an index').load();
    assert.equal(record?.text(), 'after');
    assert.ok(
      record
        .stored()
        .bytes()
        .equals(bytes(700 * KB, 1)),
    );
    assert.deepEqual(fs.readdirSync(folder), ['some.index']);
  });
});
