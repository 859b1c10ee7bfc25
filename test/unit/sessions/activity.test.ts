import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ACTIVE_GAP_MS, measureActivity } from '../../../src/sessions/reading/activity';

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
});
