import assert from 'node:assert/strict';
import type { Metric } from '../../../src/api';
import { looksOf, seriesOf } from '../../../src/domain/comparison';
import { planOf } from '../../../src/domain/plan';
import type { Look } from '../../../src/domain/reportFacts';
import { claimsEffect } from '../../../src/domain/selfCheck';
import type { Sample } from '../../../src/domain/sample';
import { RunningMoments } from '../../../src/statistics/moments';
import { seededRandom } from '../../../src/statistics/random';
import { normals, reportOn, running, sampleOf } from './simulation';

/**
 * Experiments with and without an effect, thousands of each, looked at after every session. Seeded, so that a failure is the
 * same everywhere.
 */

const RUNS = 2000;
const PER_VARIANT = 300;
const experiment = running({ plannedPerVariant: 100 });

type Draw = () => number;

const lognormal = (seed: number, sd = 1): Draw => {
  const normal = normals(seed);
  return () => Math.exp(9 + sd * normal());
};

/** Logarithms with Student's t of 3 degrees of freedom: now and then a session a hundred times as large. */
const heavyTailed = (seed: number): Draw => {
  const normal = normals(seed);
  return () => Math.exp(9 + normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3));
};

const drawn = (n: number, draw: Draw): number[] => Array.from({ length: n }, draw);
/** What one gets by looking again and again at a 95% interval that is made for one look. */
function naiveClaims({ entries }: Sample): boolean {
  const [control, treatment] = [new RunningMoments(), new RunningMoments()];
  return entries.some(({ variant, values }) => {
    (variant === 'Control' ? control : treatment).add(Math.log(values.TokensPerSession ?? NaN));
    if (Math.min(control.n, treatment.n) < 5) return false;
    const se = Math.sqrt(control.variance / control.n + treatment.variance / treatment.n);
    return Math.abs(treatment.mean - control.mean) > 1.96 * se;
  });
}

describe('experiments with no effect, looked at after every session', function () {
  this.timeout(0);

  for (const [name, source] of [
    ['lognormal', lognormal],
    ['heavy-tailed', heavyTailed],
  ] as const) {
    it(`are called an effect by at most 5% of reports: ${name} values`, () => {
      let [claims, naive] = [0, 0];
      for (let run = 0; run < RUNS; run += 1) {
        const draw = source(run + 1);
        const sample = sampleOf(drawn(PER_VARIANT, draw), drawn(PER_VARIANT, draw));
        const { looks } = reportOn(experiment, sample);
        assert.equal(looks.length, 2 * PER_VARIANT - 9);
        if (looks.some(({ verdict }) => claimsEffect(verdict))) claims += 1;
        if (naiveClaims(sample)) naive += 1;
      }
      console.log(`      ${name}: ${(100 * claims) / RUNS}% of reports, ${(100 * naive) / RUNS}% of naive intervals`);
      assert.ok(claims / RUNS <= 0.05, `${claims} of ${RUNS}`);
      // The harness can fail: an interval for one look does.
      assert.ok(naive / RUNS > 0.15, `${naive} of ${RUNS}`);
    });
  }

  /** The looks of a metric, whose values are drawn alike for both variants. */
  function looksAt(metric: Metric, draw: Draw, n: number): Look[] {
    const plan = planOf({ ...experiment, metric });
    return looksOf(seriesOf(metric, 'session', sampleOf(drawn(n, draw), drawn(n, draw), metric).entries), plan);
  }

  const poisson = (mean: number, random: Draw): number => {
    let [count, product] = [0, random()];
    for (; product > Math.exp(-mean); product *= random()) count += 1;
    return count;
  };
  for (const [name, metric, source] of [
    ['counts with zeros', 'ToolLoops', (random) => () => poisson(1, random)],
    ['rare counts', 'ToolLoops', (random) => () => (random() < 0.85 ? 0 : 1 + poisson(3, random))],
    ['outcomes', 'SuccessRate', (random) => () => (random() < 0.8 ? 1 : 0)],
    ['outcomes that hardly ever fail', 'SuccessRate', (random) => () => (random() < 0.98 ? 1 : 0)],
    [
      'outcomes per prompt',
      'SuccessRateByPrompt',
      (random) => () => (random() < 0.7 ? 1 / (1 + poisson(2, random)) : 0),
    ],
  ] as const satisfies readonly (readonly [string, Metric, (random: Draw) => Draw])[]) {
    it(`are called an effect by at most 5%: ${name}`, () => {
      let claims = 0;
      for (let run = 0; run < RUNS; run += 1) {
        if (looksAt(metric, source(seededRandom(run + 1)), PER_VARIANT).some(({ verdict }) => claimsEffect(verdict))) {
          claims += 1;
        }
      }
      console.log(`      ${name}: ${(100 * claims) / RUNS}%`);
      assert.ok(claims / RUNS <= 0.05, `${claims} of ${RUNS}`);
    });
  }

  it('are called an effect by at most 5% where days differ, since days are compared', () => {
    const plan = planOf(experiment);
    let [claims, bySession] = [0, 0];
    for (let run = 0; run < RUNS; run += 1) {
      const normal = normals(run + 1);
      const { entries } = sampleOf(
        drawn(160, () => 1),
        drawn(160, () => 1),
      );
      // Before and after: 20 days of Control, then 20 of Treatment, 8 sessions a day; a fifth of the spread is the day's.
      const ordered = entries.toSorted((a, b) => (a.variant < b.variant ? -1 : a.variant > b.variant ? 1 : 0));
      let ofDay = 0;
      const sessions = ordered.map((entry, i) => {
        if (i % 8 === 0) ofDay = Math.sqrt(0.2) * normal();
        const value = Math.exp(9 + ofDay + Math.sqrt(0.8) * normal());
        return { ...entry, startedAt: i, day: String(Math.floor(i / 8)), values: { TokensPerSession: value } };
      });
      const claimed = (unit: 'session' | 'day'): boolean =>
        looksOf(seriesOf('TokensPerSession', unit, sessions), plan).some(({ verdict }) => claimsEffect(verdict));
      if (claimed('day')) claims += 1;
      if (claimed('session')) bySession += 1;
    }
    console.log(`      ${(100 * claims) / RUNS}% by day, ${(100 * bySession) / RUNS}% had sessions been compared`);
    assert.ok(claims / RUNS <= 0.05, `${claims} of ${RUNS}`);
    assert.ok(bySession / RUNS > 0.1, `${bySession} of ${RUNS}`);
  });
});

describe('experiments with an effect, looked at after every session', function () {
  this.timeout(0);

  /** Percent of runs that have found the effect by so many sessions per variant. */
  const known: readonly { change: number; sd: number; by: Record<number, number> }[] = [
    { change: -20, sd: 0.8, by: { 50: 8.1, 100: 23, 200: 53, 300: 74, 500: 93 } },
    { change: -20, sd: 1, by: { 50: 5, 100: 14, 200: 33, 300: 51, 500: 75 } },
    { change: -30, sd: 0.8, by: { 79: 50, 133: 80 } },
    { change: -30, sd: 1, by: { 119: 50, 207: 80 } },
  ];
  for (const { change, sd, by } of known) {
    it(`find ${change}% with a spread of ${sd} as often as is known`, () => {
      const most = Math.max(...Object.keys(by).map(Number));
      const plan = planOf(experiment);
      const foundAt: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const draw = lognormal(run + 1, sd);
        const treatment = (): number => (1 + change / 100) * draw();
        const { entries } = sampleOf(drawn(most, draw), drawn(most, treatment));
        const found = looksOf(seriesOf('TokensPerSession', 'session', entries), plan).find(({ verdict }) =>
          claimsEffect(verdict),
        );
        if (found) foundAt.push(Math.max(found.control, found.treatment));
      }
      const table = Object.entries(by).map(([n, expected]) => {
        const share = (100 * foundAt.filter((at) => at <= Number(n)).length) / RUNS;
        return { n: Number(n), expected, share };
      });
      console.log(
        `      ${table.map(({ n, share, expected }) => `${n}: ${share.toFixed(1)} (${expected})`).join(', ')}`,
      );
      for (const { n, share, expected } of table) {
        assert.ok(Math.abs(share - expected) <= 3, `${share} instead of ${expected} by ${n}`);
      }
    });
  }
});
