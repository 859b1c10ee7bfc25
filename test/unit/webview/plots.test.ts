import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changeScale, chooseTicks, linearScale, roundValues, valueScale } from '../../../src/webview/plots/scale';
import { swarm } from '../../../src/webview/plots/swarm';

const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });
const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });

describe('the scales of the plots', () => {
  it('keep the order of values and stay inside', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 2, maxLength: 50 }), (values) => {
        const scale = valueScale(values, [10, 500]);
        const sorted = [...values].sort((a, b) => a - b);
        const places = sorted.map((value) => scale.place(value));
        for (const [index, place] of places.entries()) {
          assert.ok(place >= 10 && place <= 500, String(place));
          assert.ok(index === 0 || place >= (places[index - 1] ?? 0) - 1e-9);
        }
      }),
    );
  });

  it('are logarithmic only where values are far apart, and take zeros along', () => {
    assert.equal(valueScale([10, 20, 30], [0, 1]).logarithmic, false);
    assert.equal(valueScale([10, 100], [0, 1]).logarithmic, true);
    assert.equal(valueScale([0, 3, 80], [0, 1]).logarithmic, true);
    assert.equal(valueScale([0, 1], [0, 1]).logarithmic, false);
    assert.equal(valueScale([0, 0, 5], [0, 1]).logarithmic, false);
  });

  it('draw something for nothing, for one value and for equal ones', () => {
    for (const values of [[], [7], [7, 7], [0], [-3, -3]]) {
      const scale = valueScale(values, [0, 100]);
      for (const value of values) assert.ok(Number.isFinite(scale.place(value)));
      assert.ok(chooseTicks(scale, 10).every(({ at }) => Number.isFinite(at)));
    }
  });

  it('put halving and doubling equally far from no change', () => {
    const scale = changeScale([-1, 1], [0, 200]);
    assert.equal(scale.place(0), 100);
    assert.ok(Math.abs(scale.place(Math.log(2)) - 100 - (100 - scale.place(Math.log(0.5)))) < 1e-9);
  });

  it('choose ticks that keep apart, lie on the axis and include zero', () => {
    fc.assert(
      fc.property(finite, fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (low, span) => {
        const scale = linearScale([low, low + span], [0, 600]);
        const ticks = chooseTicks(scale, 50);
        for (const [index, tick] of ticks.entries()) {
          assert.ok(tick.value >= low && tick.value <= low + span);
          assert.ok(index === 0 || tick.at - (ticks[index - 1]?.at ?? 0) >= 50);
        }
      }),
    );
    assert.ok(chooseTicks(linearScale([-3, 9], [0, 600]), 50).some(({ value }) => value === 0));
  });

  it('know round numbers', () => {
    assert.deepEqual(roundValues(0, 10).slice(0, 3), [0, 10, 5]);
    assert.ok(roundValues(0, 0.3).includes(0.3));
    const ticks = chooseTicks(valueScale([900, 90_000], [0, 300]), 60).map(({ value }) => value);
    assert.deepEqual(ticks, [1000, 10_000, 50_000]);
  });
});

describe('the dots of a row', () => {
  it('stay in the row at their value, and are the same every time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 800, noNaN: true }), { maxLength: 400 }),
        fc.integer({ min: 1, max: 6 }),
        (places, radius) => {
          const dots = swarm(places, radius, 64);
          assert.deepEqual(
            dots.map(({ x }) => x),
            places,
          );
          assert.ok(dots.every(({ y }) => Math.abs(y) <= 32 - radius + 1e-9));
          assert.deepEqual(swarm(places, radius, 64), dots);
        },
      ),
    );
  });

  it('do not lie on each other where there is room', () => {
    const dots = swarm([100, 100, 100, 100], 4, 64);
    assert.equal(new Set(dots.map(({ y }) => y)).size, 4);
  });
});
