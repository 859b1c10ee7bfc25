import assert from 'node:assert/strict';
import { normals, reportOn, running, sampleOf } from './simulation';

const around = (center: number, n: number, seed: number, sd = 0.3): number[] => {
  const normal = normals(seed);
  return Array.from({ length: n }, () => center * Math.exp(sd * normal()));
};
describe('domain: the verdict', () => {
  it('is that there are too few sessions until both variants have five with a value', () => {
    const report = reportOn(running(), sampleOf(around(1000, 5, 1), around(1000, 4, 2)));
    assert.equal(report.verdict.kind, 'TooFewSessions');
    assert.deepEqual(report.verdict.reasons[0], {
      code: 'tooFew',
      unit: 'session',
      control: 5,
      treatment: 4,
      needed: 5,
    });
    assert.deepEqual([report.effect, report.medianDifference, report.looks], [undefined, undefined, []]);
    const enough = reportOn(running(), sampleOf(around(1000, 5, 1), around(1000, 5, 2)));
    assert.equal(enough.verdict.kind, 'KeepRunning');
    assert.ok(enough.effect);
  });

  it('needs values that vary', () => {
    const report = reportOn(running(), sampleOf(Array<number>(40).fill(7), around(1000, 40, 2)));
    assert.equal(report.verdict.kind, 'TooFewSessions');
    assert.deepEqual(report.verdict.reasons[0], { code: 'noVariation', variant: 'Control' });
    assert.equal(report.effect, undefined);
  });

  for (const [kind, factor] of [
    ['TargetMet', 0.5],
    ['Better', 0.83],
    ['NotWorthIt', 1],
    ['Harmful', 1.5],
  ] as const) {
    it(`is ${kind} where Treatment is ${factor} of Control`, () => {
      const report = reportOn(running(), sampleOf(around(1000, 200, 1), around(1000 * factor, 200, 2)));
      assert.equal(report.verdict.kind, kind);
      assert.deepEqual(report.verdict.reasons[0], { code: 'comparison', verdict: kind });
      assert.equal(report.looks.at(-1)?.verdict, kind);
    });
  }
});
