import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blockAt, newSeed, variantAt, type Stratum } from '../../../src/assignment/blocks';
import { allocationFraction } from '../../../src/domain/assignment';

const shares = [0.5, 1 / 3, 0.667, 0.25, 0.75, 0.2, 0.4, 0.6, 0.8, 0.1, 0.9];
const stratum = (change: Partial<Stratum> = {}): Stratum => ({
  seed: 'ab'.repeat(32),
  experimentId: 'e1',
  agent: 'codex',
  allocation: 0.5,
  ...change,
});
const anyStratum = fc.record({
  seed: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  experimentId: fc.string(),
  agent: fc.string(),
  allocation: fc.constantFrom(...shares),
});
const draws = (of: Stratum, count: number): string =>
  Array.from({ length: count }, (_, position) => variantAt(of, position)[0]).join('');

describe('permuted blocks', () => {
  it('hold exactly their share of Treatment, each of them', () => {
    fc.assert(
      fc.property(anyStratum, fc.nat(20_000), (of, position) => {
        const { start, size } = blockAt(of, position);
        const fraction = allocationFraction(of.allocation);
        assert.ok(fraction);
        assert.ok(start <= position && position < start + size);
        const inBlock = Array.from({ length: size }, (_, index) => variantAt(of, start + index));
        const treated = inBlock.filter((variant) => variant === 'Treatment').length;
        assert.equal(treated * fraction.of, size * fraction.treatment);
      }),
    );
  });

  it('follow one another without a gap', () => {
    fc.assert(
      fc.property(anyStratum, (of) => {
        let at = 0;
        while (at < 200) {
          const block = blockAt(of, at);
          assert.equal(block.start, at);
          for (let inside = at; inside < at + block.size; inside += 1) assert.deepEqual(blockAt(of, inside), block);
          at += block.size;
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are the same for the same seed, and others for another seed, experiment or agent', () => {
    const first = draws(stratum(), 200);
    assert.equal(draws(stratum(), 200), first);
    for (const other of [{ seed: 'ac'.repeat(32) }, { experimentId: 'e2' }, { agent: 'gemini' }]) {
      const [a, b] = [first, draws(stratum(other), 200)];
      const alike = Array.from(a).filter((variant, index) => variant === b[index]).length;
      // Independent coins agree in half of 200 draws; 140 or more would come once in 10^8 seeds.
      assert.ok(alike > 60 && alike < 140, `${JSON.stringify(other)}: ${alike} alike`);
    }
  });

  it('never change: sessions that were drawn must come out the same in every version', () => {
    assert.equal(draws(stratum(), 40), 'TTTCCCCTCTTCTCTCTTCCTCCTCTTCTCTCCTCTCTTC');
    assert.equal(draws(stratum({ allocation: 1 / 3 }), 30), 'CCCCCCTTTCCTTCCCCCCTTCCTCTCTCC');
  });

  it('put Treatment in every place of a block as often', () => {
    const counts = [0, 0, 0, 0];
    const runs = 4_000;
    for (let run = 0; run < runs; run += 1) {
      const of = stratum({ experimentId: `e${run}` });
      const { size } = blockAt(of, 0);
      if (size !== 4) continue;
      counts.forEach((_, place) => {
        if (variantAt(of, place) === 'Treatment') counts[place] = (counts[place] ?? 0) + 1;
      });
    }
    const total = counts.reduce((sum, count) => sum + count, 0) / 2;
    // Half of the pairs begin with the short block; the sum over places is 2 for each.
    assert.ok(Math.abs(total - runs / 2) < 200, `${total} short blocks first`);
    for (const count of counts) assert.ok(Math.abs(count / total - 0.5) < 0.05, counts.join(' '));
  });

  it('refuse a share that no block holds', () => {
    for (const allocation of [0, 1, 0.123, -0.5, NaN, Infinity, 0.999]) {
      assert.equal(allocationFraction(allocation), undefined, String(allocation));
      assert.throws(() => variantAt(stratum({ allocation }), 0), RangeError);
    }
  });

  it('have a seed of their own', () => {
    assert.match(newSeed(), /^[0-9a-f]{64}$/);
    assert.notEqual(newSeed(), newSeed());
  });
});
