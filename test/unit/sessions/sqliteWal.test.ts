import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readWal, withWal } from '../../../src/sqlite/wal';
import { database, Wal } from './support/walFile';

const PAGE = 512;
const LIMIT = 1e9;
const page = (byte: number): Buffer => Buffer.alloc(PAGE, byte);

function pagesOf(image: Buffer): number[] {
  // The first page's header is not the fill byte, so its last byte stands for it.
  return Array.from({ length: image.length / PAGE }, (_, i) => image[(i + 1) * PAGE - 1] ?? -1);
}

describe('SQLite’s write-ahead log', () => {
  for (const bigEndian of [false, true]) {
    it(`replaces pages by those of finished transactions, checksums ${bigEndian ? 'big' : 'little'}-endian`, () => {
      const wal = new Wal(PAGE, { bigEndian }).frame(2, page(7), 0).frame(3, page(8), 3).frame(2, page(9), 3);
      assert.deepEqual(pagesOf(withWal(database(PAGE, [1, 2, 3]), wal.bytes, LIMIT)), [1, 9, 8]);
    });
  }

  it('leaves out a transaction that has not ended', () => {
    const wal = new Wal(PAGE).frame(2, page(7), 2).frame(1, page(8), 0).frame(2, page(9), 0);
    assert.deepEqual(pagesOf(withWal(database(PAGE, [1, 2]), wal.bytes, LIMIT)), [1, 7]);
  });

  it('leaves out frames of an earlier log in the same file', () => {
    const old = new Wal(PAGE, { salt: 1 }).frame(1, page(5), 2).frame(2, page(6), 2).bytes;
    const wal = new Wal(PAGE, { salt: 2 }).frame(2, page(7), 2).bytes;
    const reused = Buffer.concat([wal, old.subarray(wal.length)]);
    assert.deepEqual(pagesOf(withWal(database(PAGE, [1, 2]), reused, LIMIT)), [1, 7]);
  });

  it('grows and shrinks the database', () => {
    const grown = new Wal(PAGE).frame(4, page(4), 4).bytes;
    assert.deepEqual(pagesOf(withWal(database(PAGE, [1, 2]), grown, LIMIT)), [1, 2, 0, 4]);
    const shrunk = new Wal(PAGE).frame(1, page(9), 1).bytes;
    assert.equal(withWal(database(PAGE, [1, 2, 3]), shrunk, LIMIT).length, PAGE);
  });

  it('makes a database of nothing', () => {
    const wal = new Wal(PAGE).frame(1, page(3), 1).bytes;
    assert.equal(withWal(Buffer.alloc(0), wal, LIMIT).length, PAGE);
  });

  it('is not asked for by what comes out', () => {
    const image = withWal(database(PAGE, [1]), Buffer.alloc(0), LIMIT);
    assert.deepEqual([image[18], image[19]], [1, 1]);
  });

  it('does not change what it was given', () => {
    const before = database(PAGE, [1, 2]);
    const copy = Buffer.from(before);
    withWal(before, new Wal(PAGE).frame(1, page(3), 2).bytes, LIMIT);
    assert.deepEqual(before, copy);
  });

  it('of another page size is refused, as is one that makes the database too large', () => {
    assert.throws(
      () => withWal(database(PAGE, [1]), new Wal(1024).frame(1, Buffer.alloc(1024), 1).bytes, LIMIT),
      /another size/,
    );
    assert.throws(
      () => withWal(database(PAGE, [1]), new Wal(PAGE).frame(1, page(1), 4_000_000).bytes, 1e6),
      /more than/,
    );
  });

  it('counts up to the first damaged byte, wherever that is', () => {
    const wal = new Wal(PAGE).frame(1, page(3), 2).frame(2, page(4), 2).bytes;
    fc.assert(
      fc.property(fc.nat(wal.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(wal);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const found = readWal(damaged)?.pages.size ?? 0;
        const first = 32 + 24 + PAGE;
        // Bytes 12 to 15 count checkpoints; they are in the checksum like the rest of the header.
        assert.equal(found, at < first ? 0 : 1);
      }),
    );
  });

  it('may be cut anywhere', () => {
    const wal = new Wal(PAGE).frame(1, page(3), 2).frame(2, page(4), 2).bytes;
    fc.assert(
      fc.property(fc.nat(wal.length), (length) => {
        const found = readWal(wal.subarray(0, length))?.pages.size ?? 0;
        assert.equal(found, Math.max(0, Math.floor((length - 32) / (24 + PAGE))));
      }),
    );
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 2000 }), (one, two) => {
        assert.ok(withWal(Buffer.from(one), Buffer.from(two), LIMIT).length <= Math.max(one.length, LIMIT));
      }),
    );
  });
});
