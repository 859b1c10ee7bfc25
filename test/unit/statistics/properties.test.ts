import assert from 'node:assert/strict';
import fc from 'fast-check';
import { allocationEvidence } from '../../../src/statistics/allocation';
import {
  compareMeans,
  compareRanks,
  compareShares,
  compareTotals,
  compareWithValue,
  type Comparison,
} from '../../../src/statistics/anytime';
import { median } from '../../../src/statistics/descriptive';
import { medianDifferenceInterval, medianDistribution } from '../../../src/statistics/medianBootstrap';
import { momentsOf } from '../../../src/statistics/moments';
import { sessionsNeeded } from '../../../src/statistics/needed';
import { seededRandom } from '../../../src/statistics/random';
import { incompleteBeta, logGamma, normalCdf } from '../../../src/statistics/special';

const sequential = { alpha: 0.05, nStar: 100 };
const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 5, maxLength: 60 });

function compare(control: readonly number[], treatment: readonly number[], change = {}): Comparison | undefined {
  const logs = (list: readonly number[]): ReturnType<typeof momentsOf> => momentsOf(list.map(Math.log));
  return compareMeans(logs(control), logs(treatment), { ...sequential, ...change });
}

/** Pairs of lists whose comparison has something to say. */
const spread = (list: readonly number[]): boolean => momentsOf(list.map(Math.log)).variance > 1e-6;
const pairs = fc.tuple(values.filter(spread), values.filter(spread));

function near(actual: number | undefined, expected: number | undefined, tolerance = 1e-9): void {
  assert.ok(actual !== undefined && expected !== undefined);
  if (actual === expected) return;
  const scale = Math.max(1, Math.abs(actual), Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= tolerance * scale, `${actual} is not ${expected}`);
}

describe('statistics: the mixture t test', () => {
  it('is turned around when the variants are swapped, with the same evidence', () => {
    fc.assert(
      fc.property(pairs, ([control, treatment]) => {
        const [one, other] = [compare(control, treatment), compare(treatment, control)];
        near(one?.estimate, -(other?.estimate ?? NaN));
        near(one?.lower, -(other?.upper ?? NaN));
        near(one?.upper, -(other?.lower ?? NaN));
        near(one?.logE, other?.logE);
      }),
    );
  });

  it('does not depend on the unit of the values', () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), ([control, treatment], factor) => {
        const scaled = (list: readonly number[]): number[] => list.map((value) => value * factor);
        const [one, other] = [compare(control, treatment), compare(scaled(control), scaled(treatment))];
        for (const key of ['estimate', 'lower', 'upper', 'logE'] as const) near(one?.[key], other?.[key], 1e-6);
      }),
    );
  });

  it('does not depend on the order of sessions', () => {
    fc.assert(
      fc.property(pairs, fc.integer(), ([control, treatment], seed) => {
        const random = seededRandom(seed);
        const shuffled = control
          .map((value) => ({ value, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
        const [one, other] = [compare(control, treatment), compare(shuffled, treatment)];
        for (const key of ['estimate', 'lower', 'upper', 'logE'] as const) near(one?.[key], other?.[key], 1e-8);
      }),
    );
  });

  it('holds no evidence where there is no difference', () => {
    fc.assert(
      fc.property(values.filter(spread), (list) => {
        const compared = compare(list, list);
        assert.ok(compared);
        assert.equal(compared.estimate, 0);
        assert.ok(compared.logE < 0);
      }),
    );
  });

  it('excludes zero exactly when the evidence reaches 1/alpha', () => {
    let reached = 0;
    fc.assert(
      fc.property(
        pairs,
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.constantFrom(1, 10, 1e4, 1e12),
        ([control, treatment], alpha, factor) => {
          const shifted = treatment.map((value) => value * factor);
          const compared = compare(control, shifted, { alpha });
          assert.ok(compared);
          const excludes = compared.lower > 0 || compared.upper < 0;
          if (excludes) reached += 1;
          if (Math.abs(compared.logE + Math.log(alpha)) < 1e-9) return;
          assert.equal(excludes, compared.logE >= -Math.log(alpha));
        },
      ),
    );
    assert.ok(reached > 5, 'both cases occur');
  });

  it('is wider for a smaller alpha', () => {
    fc.assert(
      fc.property(pairs, ([control, treatment]) => {
        const widths = [0.2, 0.1, 0.05, 0.01].map((alpha) => {
          const compared = compare(control, treatment, { alpha });
          return (compared?.upper ?? NaN) - (compared?.lower ?? NaN);
        });
        for (const [i, width] of widths.entries())
          if (i > 0) assert.ok(width >= (widths[i - 1] ?? NaN), String(widths));
      }),
    );
  });

  it('closes in on the difference with more and more sessions', () => {
    const half = (n: number): number => {
      const compared = compareMeans({ n, mean: 0, variance: 1 }, { n, mean: 0, variance: 1 }, sequential);
      return compared?.upper ?? NaN;
    };
    const halves = [10, 100, 1e3, 1e4, 1e6, 1e9, 1e15].map(half);
    for (const [i, value] of halves.entries()) if (i > 0) assert.ok(value < (halves[i - 1] ?? NaN));
    assert.ok((halves.at(-1) ?? NaN) < 1e-6);
  });

  it('says nothing rather than something false', () => {
    const some = momentsOf([1, 2, 3, 4, 5]);
    for (const none of [
      momentsOf([]),
      momentsOf([1]),
      momentsOf([2, 2, 2, 2, 2]),
      momentsOf([1, NaN, 3]),
      momentsOf([1, Infinity, 3]),
      momentsOf([1e308, -1e308, 1e308]),
    ]) {
      assert.equal(compareMeans(some, none, sequential), undefined);
      assert.equal(compareMeans(none, some, sequential), undefined);
    }
    assert.equal(compareWithValue(momentsOf([3, 3, 3]), 2, sequential), undefined);
    assert.equal(compareTotals(momentsOf([]), some, sequential), undefined);
    assert.equal(compareRanks([1, 1, 1], [1, 1, 1], sequential), undefined);
    assert.equal(compareRanks([], [1, 1, 1], sequential), undefined);
  });

  it('gives finite evidence for values that are nearly the same', () => {
    const tight = momentsOf([1, 1 + 1e-15, 1, 1 + 1e-15, 1]);
    const other = momentsOf([2, 2 + 1e-15, 2, 2 + 1e-15, 2]);
    const compared = compareMeans(tight, other, sequential);
    for (const number of Object.values(compared ?? {})) assert.ok(!Number.isNaN(number));
  });
});

describe('statistics: other comparisons', () => {
  it('of shares know shares without any spread, and swap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), (a, b) => {
        const share = (successes: number): { n: number; mean: number; variance: number } => ({
          n: 40,
          mean: successes / 40,
          variance: NaN,
        });
        const [one, other] = [
          compareShares(share(a), share(b), sequential),
          compareShares(share(b), share(a), sequential),
        ];
        near(one?.estimate, -(other?.estimate ?? NaN));
        near(one?.logE, other?.logE);
        assert.ok(Number.isFinite(one?.lower) && Number.isFinite(one?.upper));
      }),
    );
  });

  it('of ranks depend on nothing but the order of values', () => {
    fc.assert(
      fc.property(pairs, ([control, treatment]) => {
        const cubed = (list: readonly number[]): number[] => list.map((value) => value ** 3);
        assert.deepEqual(
          compareRanks(control, treatment, sequential),
          compareRanks(cubed(control), cubed(treatment), sequential),
        );
      }),
    );
    assert.equal(compareRanks([1, 2, 3, 9], [4, 5, 6, 0.5], sequential)?.estimate, 9 / 16 - 0.5);
  });

  it('of the allocation ask for more the less it differs from the promise', () => {
    assert.ok(allocationEvidence(100, 100, 0.5) < 0);
    assert.ok(allocationEvidence(200, 100, 2 / 3) > Math.log(100));
    assert.ok(allocationEvidence(100, 200, 2 / 3) < 0);
    assert.ok(allocationEvidence(65, 135, 0.5) > Math.log(100));
  });
});

describe('statistics: the bootstrap distribution of the median', () => {
  it('adds up to one, for any number of values', () => {
    const random = seededRandom(7);
    for (const n of [1, 2, 3, 4, 5, 10, 31, 100, 999, 2000]) {
      const { values: points, weights } = medianDistribution(Array.from({ length: n }, random));
      near(
        weights.reduce((sum, weight) => sum + weight, 0),
        1,
        1e-7,
      );
      assert.deepEqual(
        [...points],
        [...points].sort((a, b) => a - b),
      );
    }
  });

  it('agrees with drawing again and again', () => {
    const random = seededRandom(11);
    for (const n of [6, 7, 40, 41]) {
      const list = Array.from({ length: n }, () => Math.exp(3 * random()));
      const draws = 20_000;
      const center = median(list) ?? NaN;
      let [below, atMost] = [0, 0];
      for (let draw = 0; draw < draws; draw += 1) {
        const drawnMedian = median(Array.from({ length: n }, () => list[Math.floor(n * random())] ?? NaN)) ?? NaN;
        if (drawnMedian < center) below += 1;
        if (drawnMedian <= center * 1.3) atMost += 1;
      }
      const { values: points, weights } = medianDistribution(list);
      const exactly = (holds: (value: number) => boolean): number =>
        weights.reduce((sum, weight, i) => sum + (holds(points[i] ?? NaN) ? weight : 0), 0);
      // Five standard errors.
      const tolerance = 5 * Math.sqrt(0.25 / draws);
      near(
        below / draws,
        exactly((value) => value < center - 1e-9),
        tolerance,
      );
      near(
        atMost / draws,
        exactly((value) => value <= center * 1.3),
        tolerance,
      );
    }
  });

  it('has intervals between possible differences, in order, that turn around with the variants', () => {
    fc.assert(
      fc.property(values, values, (control, treatment) => {
        const { lower, upper } = medianDifferenceInterval(control, treatment, 0.05);
        assert.ok(lower <= upper);
        assert.ok(lower >= Math.min(...treatment) - Math.max(...control) - 1e-6);
        assert.ok(upper <= Math.max(...treatment) - Math.min(...control) + 1e-6);
      }),
    );
    assert.deepEqual(medianDifferenceInterval([3, 3, 3], [5, 5, 5, 5], 0.05), { lower: 2, upper: 2 });
  });
});

describe('statistics: special functions', () => {
  it('agree with values that are known', () => {
    near(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-14);
    near(logGamma(11), Math.log(3_628_800), 1e-14);
    near(normalCdf(1.959963984540054), 0.975, 1e-13);
    near(normalCdf(-3), 0.0013498980316300933, 1e-13);
    near(normalCdf(0), 0.5, 1e-15);
  });

  it('give the tails of a binomial distribution', () => {
    // P(X ≥ 3) of 5 draws with chance 0.3.
    near(incompleteBeta(0.3, 3, 3), 0.16308, 1e-12);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 500 }), (x, n) => {
        near(incompleteBeta(x, n, n + 1), 1 - incompleteBeta(1 - x, n + 1, n), 1e-9);
      }),
    );
  });
});

describe('statistics: sessions needed', () => {
  it('are those after which simulated experiments have found the effect in 80 of 100 cases', () => {
    // Sessions per variant by effect in percent and spread, from simulations of 10,000 experiments each.
    const known: Record<number, Record<number, number>> = {
      0.8: { 10: 1648, 15: 658, 20: 337, 30: 133, 40: 69, 50: 41 },
      1: { 10: 2722, 15: 1054, 20: 533, 30: 207, 40: 102, 50: 59 },
    };
    for (const [sd, row] of Object.entries(known)) {
      for (const [percent, expected] of Object.entries(row)) {
        const difference = Math.log(1 - Number(percent) / 100);
        const needed = sessionsNeeded({ ...sequential, sd: Number(sd), difference, power: 0.8 });
        assert.ok(needed !== undefined && Math.abs(needed / expected - 1) < 0.06, `${percent}%: ${needed}`);
      }
    }
  });

  it('are unknown where there is no spread or nothing to find, or out of reach', () => {
    const question = { ...sequential, power: 0.8, sd: 1, difference: 0.1 };
    assert.equal(sessionsNeeded({ ...question, sd: 0 }), undefined);
    assert.equal(sessionsNeeded({ ...question, sd: NaN }), undefined);
    assert.equal(sessionsNeeded({ ...question, difference: 0 }), undefined);
    assert.equal(sessionsNeeded({ ...question, difference: 1e-6 }), undefined);
  });
});
