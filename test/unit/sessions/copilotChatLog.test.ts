import assert from 'node:assert/strict';
import fc from 'fast-check';
import { replayChatFile } from '../../../src/sessions/copilotChat/mutationLog';

const log = (...entries: unknown[]): string => entries.map((entry) => JSON.stringify(entry)).join('\n');
const state = (...entries: unknown[]): unknown =>
  replayChatFile(log({ kind: 0, v: { a: [1, 2, 3], b: { c: 1 } } }, ...entries)).state;

describe('Chat session files: the log of changes', () => {
  it('sets, appends after cutting, and deletes', () => {
    assert.deepEqual(state(), { a: [1, 2, 3], b: { c: 1 } });
    assert.deepEqual(state({ kind: 1, k: ['b', 'c'], v: 2 }), { a: [1, 2, 3], b: { c: 2 } });
    assert.deepEqual(state({ kind: 1, k: ['a', 0], v: 9 }), { a: [9, 2, 3], b: { c: 1 } });
    assert.deepEqual(state({ kind: 2, k: ['a'], v: [4] }), { a: [1, 2, 3, 4], b: { c: 1 } });
    assert.deepEqual(state({ kind: 2, k: ['a'], v: [4], i: 1 }), { a: [1, 4], b: { c: 1 } });
    assert.deepEqual(state({ kind: 2, k: ['a'], i: 0 }), { a: [], b: { c: 1 } });
    assert.deepEqual(state({ kind: 2, k: ['b', 'new'], v: [4] }), { a: [1, 2, 3], b: { c: 1, new: [4] } });
    assert.deepEqual(state({ kind: 3, k: ['b', 'c'] }), { a: [1, 2, 3], b: {} });
    assert.deepEqual(state({ kind: 0, v: { whole: true } }), { whole: true });
  });

  it('is one JSON object in older versions', () => {
    assert.deepEqual(replayChatFile('\uFEFF{\n"version": 3\n}'), { state: { version: 3 }, badLines: 0 });
    assert.throws(() => replayChatFile('{"version":'));
    assert.throws(() => replayChatFile(''));
  });

  it('counts lines that change nothing, and goes on', () => {
    const bad = [
      { kind: 1, k: ['no', 'such'], v: 1 },
      { kind: 1, k: ['a', 7], v: 1 },
      { kind: 1, k: ['a', 'length'], v: 1e9 },
      { kind: 1, k: [], v: 1 },
      { kind: 1, v: 1 },
      { kind: 2, k: ['b'], v: [1] },
      { kind: 2, path: ['a'], v: [1] },
      { kind: 3, k: ['a', 9] },
      { kind: 3, k: ['b', 'x'] },
      { kind: 9, k: ['a'] },
      { kind: 1, k: ['__proto__', 'polluted'], v: 1 },
      { kind: 1, k: ['b', '__proto__'], v: { polluted: 1 } },
      { kind: 1, k: ['constructor', 'prototype', 'polluted'], v: 1 },
      'text',
      null,
    ];
    const replayed = replayChatFile(`${log({ kind: 0, v: { a: [1], b: {} } }, ...bad)}\n{"torn`);
    assert.deepEqual(replayed, { state: { a: [1], b: {} }, badLines: bad.length + 1 });
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('comes to what the same changes do to a plain object', () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constant(1), k: fc.constantFrom(['x'], ['y']), v: fc.integer() }),
      fc.record({ kind: fc.constant(2), k: fc.constant(['list']), v: fc.array(fc.integer()), i: fc.nat(5) }),
      fc.record({ kind: fc.constant(3), k: fc.constantFrom(['x'], ['y']) }),
    );
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const expected: { x?: number; y?: number; list: number[] } = { list: [] };
        for (const each of changes) {
          const key = each.k[0] === 'x' ? 'x' : 'y';
          if ('i' in each) {
            expected.list = [...expected.list.slice(0, each.i), ...each.v];
          } else if ('v' in each) {
            expected[key] = each.v;
          } else {
            Reflect.deleteProperty(expected, key);
          }
        }
        assert.deepEqual(replayChatFile(log({ kind: 0, v: { list: [] } }, ...changes)).state, expected);
      }),
    );
  });

  it('any changes: never throws, pollutes nothing', () => {
    const key = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'length', 'constructor'), fc.integer(), fc.string());
    const entry = fc.record({
      kind: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double()),
      k: fc.oneof(fc.array(key), fc.jsonValue()),
      v: fc.jsonValue(),
      i: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
    });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        replayChatFile(log({ kind: 0, v: { a: [1, [2]], b: { a: [] } } }, ...entries));
        assert.deepEqual(Object.keys(Object.prototype), []);
      }),
    );
  });
});
