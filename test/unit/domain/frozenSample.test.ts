import assert from 'node:assert/strict';
import { decodeFrozen, encodeFrozen } from '../../../src/domain/frozenSample';
import { computeReport } from '../../../src/domain/report';
import { normals, running, sampleOf } from './simulation';

describe('domain: the frozen sample', () => {
  const normal = normals(7);
  const values = (center: number, n: number): number[] =>
    Array.from({ length: n }, () => center * Math.exp(0.7 * normal()));
  const sample = sampleOf(values(1000, 60), values(700, 55));
  const experiment = { ...running(), state: 'Concluded' as const, concludedAt: 99 };
  const looks = [{ at: 5, control: 6, treatment: 6, estimate: -0.1 / 3, logE: 0.2 / 3, lower: null, upper: null }];

  it('gives the same report to the last digit', () => {
    const input = { experiment, sample, now: 99, frozen: true, logged: looks };
    const kept = decodeFrozen(encodeFrozen({ experiment, sample, looks }));
    assert.ok(kept);
    const again = computeReport({ ...input, experiment: kept.experiment, sample: kept.sample, logged: kept.looks });
    assert.deepEqual(again, computeReport(input));
    assert.ok(again.effect !== undefined && again.frozen);
  });

  it('is not read in a format that is not known', () => {
    const text = encodeFrozen({ experiment, sample, looks });
    assert.equal(decodeFrozen(text.replace('"format":1', '"format":2')), undefined);
  });

  it('that is damaged carries no verdict, and one that was never kept says so beside it', () => {
    const nothing = { entries: [], excluded: [], gone: { Control: 0, Treatment: 0 } };
    const damaged = computeReport({ experiment, sample: nothing, now: 99, frozen: true, lacking: 'damaged' });
    assert.deepEqual(damaged.verdict, { kind: 'Untrusted', reasons: [{ code: 'sampleDamaged' }] });
    const today = computeReport({ experiment, sample, now: 99 });
    const notKept = computeReport({ experiment, sample, now: 99, lacking: 'notKept' });
    assert.equal(notKept.verdict.kind, today.verdict.kind);
    assert.deepEqual(notKept.verdict.reasons.at(-1), { code: 'sampleNotKept' });
  });
});
