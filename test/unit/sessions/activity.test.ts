import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ACTIVE_GAP_MS, measureActivity, Moments } from '../../../src/sessions/reading/activity';

describe('active time', () => {
  it('leaves out gaps over five minutes, and only those', () => {
    assert.equal(measureActivity([]), undefined);
    assert.deepEqual(measureActivity([7]), { first: 7, last: 7, wallMinutes: 0, activeMinutes: 0 });
    const times = [0, ACTIVE_GAP_MS, 2 * ACTIVE_GAP_MS + 1, 2 * ACTIVE_GAP_MS + 60_001];
    assert.deepEqual(measureActivity(times), {
      first: 0,
      last: 2 * ACTIVE_GAP_MS + 60_001,
      wallMinutes: (2 * ACTIVE_GAP_MS + 60_001) / 60_000,
      activeMinutes: 6,
    });
  });

  it('does not depend on order, is never over wall time, and never shrinks when a moment is added', () => {
    const moments = fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(moments, fc.nat(10_000_000), (times, more) => {
        const measured = measureActivity(times);
        assert.deepEqual(measureActivity([...times].reverse()), measured);
        assert.ok(measured && measured.activeMinutes <= measured.wallMinutes);
        assert.ok((measureActivity([...times, more])?.activeMinutes ?? -1) >= measured.activeMinutes);
      }),
    );
  });

  it('is the same of moments that were collected in little memory, also together with others', () => {
    const moments = fc.array(fc.nat(1_000_000_000), { minLength: 1, maxLength: 5000, size: 'max' });
    fc.assert(
      fc.property(moments, moments, (times, others) => {
        const collected = new Moments();
        for (const time of times) collected.add(time);
        assert.deepEqual(measureActivity(collected.all), measureActivity(times));
        assert.deepEqual(measureActivity([...collected.all, ...others]), measureActivity([...times, ...others]));
      }),
      { numRuns: 50 },
    );
  });

  it('needs no more memory for a million moments of an hour than for some', () => {
    const collected = new Moments();
    for (let n = 0; n < 1_000_000; n++) collected.add((n * 7919) % 3_600_000);
    assert.ok(collected.all.length < 2000, `${collected.all.length} moments are kept`);
    assert.equal(measureActivity(collected.all)?.activeMinutes, 3_599_999 / 60_000);
  });
});
