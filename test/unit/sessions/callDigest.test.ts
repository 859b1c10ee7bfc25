import assert from 'node:assert/strict';
import fc from 'fast-check';
import { callDigest, callDigestOf } from '../../../src/sessions/reading/values';

const PIECE = 8 * 1024;

describe('the digest of a call', () => {
  it('is the same for the same call, parsed or as it is written', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (name, input) => {
        const written = JSON.stringify(input);
        assert.equal(callDigest(name, input), callDigest(name, JSON.parse(written)));
        assert.equal(callDigestOf(name, Buffer.from(written)), callDigest(name, input));
      }),
    );
  });

  it('differs for other calls', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.jsonValue(), fc.jsonValue(), (name, other, input, another) => {
        const same = name === other && JSON.stringify(input) === JSON.stringify(another);
        assert.equal(callDigest(name, input) === callDigest(other, another), same);
      }),
    );
  });

  it('differs wherever a long text is changed, and by how long it is', () => {
    const text = 'x'.repeat(2 * PIECE + 3);
    const digests = new Set([callDigest('Write', text)]);
    const places = [0, 1, 2, 3, PIECE - 2, PIECE - 1, PIECE, PIECE + 1, text.length - 1];
    for (const at of places) digests.add(callDigest('Write', `${text.slice(0, at)}y${text.slice(at + 1)}`));
    for (const length of [PIECE - 3, PIECE - 2, PIECE - 1, PIECE])
      digests.add(callDigest('Write', text.slice(0, length)));
    for (const nuls of [1, 2, 3, 4]) digests.add(callDigestOf('Write', Buffer.alloc(nuls)));
    assert.equal(digests.size, 1 + places.length + 4 + 4);
  });

  it('is spread over all its bits, also by what is in the last byte of a word', () => {
    const digests = new Set<number>();
    for (let a = 0; a < 64; a++) {
      for (let b = 0; b < 64; b++) {
        const bytes = Buffer.alloc(8, 0x20);
        bytes[3] = 0x40 + a;
        bytes[7] = 0x40 + b;
        digests.add(callDigestOf('', bytes));
      }
    }
    assert.equal(digests.size, 64 * 64);
  });
});
