import assert from 'node:assert/strict';
import { SelfCheck, tooManyClaims, type SelfCheckResult } from '../../../src/domain/selfCheck';
import type { SampleEntry } from '../../../src/domain/sample';
import { normals, running, sampleOf } from './simulation';

const RUNS = 400;

function checked(change: Parameters<typeof running>[0], entries: readonly SampleEntry[]): SelfCheckResult {
  const check = new SelfCheck(running(change), entries);
  for (let run = 0; run < RUNS; run += 1) check.step();
  return check.result;
}

/** Sessions of which none has anything to do with an experiment. */
function sessions(n: number, value: (i: number) => number): SampleEntry[] {
  const values = Array.from({ length: n }, (_, i) => value(i));
  return sampleOf(values, []).entries;
}

describe('domain: the check for false alarms', () => {
  const normal = normals(5);
  const plain = sessions(120, () => Math.exp(9 + normal()));

  it('finds at most what is promised on ordinary sessions, and the same when asked again', () => {
    const result = checked({}, plain);
    assert.deepEqual([result.runs, result.unit, result.units, result.alpha], [RUNS, 'session', 120, 0.05]);
    assert.ok(!tooManyClaims(result), JSON.stringify(result));
    assert.deepEqual(checked({}, plain), result);
  });

  it('finds more where more is allowed', () => {
    const [strict, loose] = [checked({ alpha: 0.001 }, plain), checked({ alpha: 0.6 }, plain)];
    assert.ok(strict.claims < loose.claims, `${strict.claims} < ${loose.claims}`);
  });

  it('gives all sessions of a day one variant where days are compared', () => {
    let ofDay = 0;
    const entries = sessions(240, (i) => {
      if (i % 8 === 0) ofDay = normal();
      return Math.exp(9 + ofDay + 0.2 * normal());
    }).map((entry, i) => ({ ...entry, day: String(Math.floor(i / 8)) }));
    const result = checked({ binding: { kind: 'GitCommit', controlCommit: 'a', treatmentCommit: 'b' } }, entries);
    assert.deepEqual([result.unit, result.units], ['day', 30]);
    assert.ok(!tooManyClaims(result), JSON.stringify(result));
  });

  it('counts only sessions with a value that can be compared', () => {
    const check = new SelfCheck(
      running(),
      sessions(30, (i) => (i % 3 === 0 ? 0 : 100 + i)),
    );
    assert.deepEqual([check.result.units, check.needed], [20, 10]);
  });

  it('calls more than chance explains too many', () => {
    const result = { unit: 'session', units: 100, runs: 1000, alpha: 0.05 } as const;
    assert.equal(tooManyClaims({ ...result, claims: 50 }), false);
    assert.equal(tooManyClaims({ ...result, claims: 90 }), true);
  });
});
