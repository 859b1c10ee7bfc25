import assert from 'node:assert/strict';
import { allocationEvidence } from '../../../src/statistics/allocation';
import {
  compareMeans,
  compareShares,
  criticalT,
  logEvidenceT,
  priorPrecision,
  type Comparison,
} from '../../../src/statistics/anytime';
import { medianDifferenceInterval, medianDistribution } from '../../../src/statistics/medianBootstrap';
import { momentsOf } from '../../../src/statistics/moments';

/** Printed values, compared to their last printed digit. */
function printed(actual: number | undefined, expected: string, what = ''): void {
  const digits = expected.split('.')[1]?.length ?? 0;
  assert.equal(actual?.toFixed(digits), expected, what);
}

const C = [1200, 1500, 1800, 2100, 2500, 3000, 3600, 4300, 5200, 6200, 7500, 9000];
const T = [700, 850, 1000, 1200, 1500, 1800, 2100, 2500, 3000, 3700, 4400, 5400];
const T2 = [600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700];

const alpha = 0.05;
const phi = (nStar: number): number => priorPrecision(nStar / 2, alpha);

function logs(control: readonly number[], treatment: readonly number[], nStar: number): Comparison {
  const compared = compareMeans(momentsOf(control.map(Math.log)), momentsOf(treatment.map(Math.log)), { alpha, nStar });
  assert.ok(compared);
  return compared;
}

describe('statistics: the mixture t test on logarithms gives the known numbers', () => {
  it('for the prior', () => {
    printed(phi(100), '6.30028049');
    printed(phi(50), '3.15014024');
    printed(phi(25), '1.57507012');
  });

  it('for a difference of two thirds, nStar 50', () => {
    const { estimate, se, df, logE, lower, upper } = logs(C, T, 50);
    printed(estimate, '-0.53897850');
    printed(se, '0.26859657');
    printed(df, '21.99106089');
    printed(phi(50) / (phi(50) + 6), '0.34427235');
    printed(estimate / se, '-2.00664697');
    printed(logE, '0.69698166');
    printed(Math.exp(-logE), '0.49808643');
    printed(lower, '-1.57410570');
    printed(upper, '0.49614871');
    printed(100 * Math.expm1(estimate), '-41.67');
    printed(100 * Math.expm1(lower), '-79.28');
    printed(100 * Math.expm1(upper), '64.24');
  });

  it('for the same with nStar 100', () => {
    const { logE, lower, upper } = logs(C, T, 100);
    printed(logE, '0.56782962');
    printed(lower, '-1.83850947');
    printed(upper, '0.76055248');
  });

  it('for unequal spreads', () => {
    const { estimate, se, df, logE, lower, upper } = logs(C, T2, 100);
    printed(estimate, '-1.10589479');
    printed(df, '16.46869225');
    printed(estimate / se, '-5.22759093');
    printed(logE, '2.83549941');
    printed(Math.exp(-logE), '0.05868921');
    printed(lower, '-2.27556608');
    printed(upper, '0.06377650');
  });

  it('for no difference', () => {
    const { estimate, logE, lower, upper } = logs(C, C, 100);
    assert.equal(estimate, 0);
    printed(logE, '-0.33451396');
    printed(lower, '-1.28618046');
    printed(upper, '1.28618046');
  });

  it('for the critical values of balanced variants', () => {
    const table: Record<number, Record<number, string>> = {
      100: {
        10: '5.92670',
        20: '3.70895',
        30: '3.36499',
        50: '3.15965',
        100: '3.06708',
        200: '3.07677',
        500: '3.15950',
        1000: '3.24523',
        2000: '3.33878',
      },
      50: {
        10: '4.23322',
        20: '3.34855',
        30: '3.18437',
        50: '3.10019',
        100: '3.09233',
        200: '3.14303',
        500: '3.24875',
        1000: '3.34070',
        2000: '3.43605',
      },
    };
    for (const [nStar, row] of Object.entries(table)) {
      for (const [n, expected] of Object.entries(row)) {
        const r = phi(Number(nStar)) / (phi(Number(nStar)) + Number(n) / 2);
        printed(criticalT(2 * Number(n) - 2, r, alpha), expected, `n ${n}, nStar ${nStar}`);
      }
    }
  });

  it('for the linear models that it comes from', () => {
    const r = 11.58154 / (11.58154 + 100);
    printed(criticalT(92, r, alpha), '3.10394');
    assert.equal(Math.exp(-logEvidenceT(10.769 ** 2, 92, r)).toPrecision(3), '3.19e-14');
    // This t is rounded, and so is what belongs to it.
    const p = (t: number): number => Math.exp(-logEvidenceT(t ** 2, 92, r));
    assert.ok(p(5.7765) <= 9.77e-6 && 9.77e-6 <= p(5.7755));
  });
});

describe('statistics: shares of successes give the known numbers', () => {
  const shares = (control: number, treatment: number): Comparison => {
    const outcomes = (successes: number): number[] => Array.from({ length: 100 }, (_, i) => (i < successes ? 1 : 0));
    const compared = compareShares(momentsOf(outcomes(control)), momentsOf(outcomes(treatment)), { alpha, nStar: 100 });
    assert.ok(compared);
    return compared;
  };

  it('for 70 and 80 of 100', () => {
    const { se, logE, lower, upper } = shares(70, 80);
    printed(se ** 2, '0.00372562');
    printed(logE, '0.09682438');
    printed(lower, '-0.08526253');
    printed(upper, '0.28526253');
  });

  it('for 60 and 85 of 100', () => {
    const { logE, lower, upper } = shares(60, 85);
    printed(logE, '6.40350507');
    printed(lower, '0.06534781');
    printed(upper, '0.43465219');
  });
});

describe('statistics: the allocation gives the known numbers', () => {
  for (const [treatment, control, expected] of [
    [50, 50, '-0.90629123'],
    [40, 60, '0.78234331'],
    [30, 70, '5.94890896'],
    [10, 30, '2.89993204'],
  ] as const) {
    it(`for ${treatment} to ${control}`, () => {
      printed(allocationEvidence(control, treatment, 0.5), expected);
      printed(allocationEvidence(treatment, control, 0.5), expected);
    });
  }
});

describe('statistics: the bootstrap distribution of the median gives the known numbers', () => {
  it('for five values', () => {
    const { values, weights } = medianDistribution([50, 20, 40, 10, 30]);
    assert.deepEqual([...values], [10, 20, 30, 40, 50]);
    for (const [i, expected] of ['0.05792', '0.25952', '0.36512', '0.25952', '0.05792'].entries()) {
      printed(weights[i], expected);
    }
  });

  it('for four values', () => {
    const { values, weights } = medianDistribution([4, 2, 3, 1]);
    const byValue = new Map<number, number>();
    for (const [i, value] of values.entries()) byValue.set(value, (byValue.get(value) ?? 0) + (weights[i] ?? NaN));
    for (const [value, expected] of [
      [1, '0.05078125'],
      [1.5, '0.1171875'],
      [2, '0.21484375'],
      [2.5, '0.234375'],
      [3, '0.21484375'],
      [3.5, '0.1171875'],
      [4, '0.05078125'],
    ] as const) {
      printed(byValue.get(value), expected, String(value));
    }
  });

  it('for the interval of a difference', () => {
    assert.deepEqual(medianDifferenceInterval(C.slice(0, 11), T.slice(0, 11), alpha), { lower: -3400, upper: 500 });
  });

  it('for its standard deviation', () => {
    const { values, weights } = medianDistribution(C.slice(0, 11));
    const moment = (power: number): number =>
      values.reduce((sum, value, i) => sum + value ** power * (weights[i] ?? NaN), 0);
    printed(Math.sqrt(moment(2) - moment(1) ** 2), '884.33656');
  });
});
