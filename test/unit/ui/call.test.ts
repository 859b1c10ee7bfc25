import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCall, TREE_NODE } from '../../../src/ui/commands/call';

describe('what a command was called with', () => {
  it('is a person for the palette and for tree items', () => {
    assert.deepEqual(parseCall(undefined), { ok: true, call: { interactive: true, raw: {} } });
    assert.deepEqual(parseCall({ [TREE_NODE]: true, sessionId: 's', experimentId: undefined, label: 'x' }), {
      ok: true,
      call: { interactive: true, sessionId: 's', raw: {} },
    });
  });

  it('is a program for a plain object, even an empty one', () => {
    assert.deepEqual(parseCall({}), { ok: true, call: { interactive: false, raw: {} } });
    const argument = { experimentId: 'e', sessionId: 's', variant: 'Control', reason: 'r' };
    assert.deepEqual(parseCall(argument), { ok: true, call: { interactive: false, ...argument, raw: argument } });
  });

  it('names what is wrong with an argument', () => {
    assert.deepEqual(parseCall('e'), { ok: false, problem: 'argument' });
    assert.deepEqual(parseCall(['e']), { ok: false, problem: 'argument' });
    assert.deepEqual(parseCall({ experimentId: 7 }), { ok: false, problem: 'experimentId' });
    assert.deepEqual(parseCall({ sessionId: null }), { ok: false, problem: 'sessionId' });
    assert.deepEqual(parseCall({ variant: 'control' }), { ok: false, problem: 'variant' });
  });

  it('never throws and never lets a value of another type through', () => {
    fc.assert(
      fc.property(fc.anything(), (argument) => {
        const parsed = parseCall(argument);
        if (!parsed.ok) return;
        for (const key of ['experimentId', 'sessionId', 'reason'] as const) {
          assert.ok(parsed.call[key] === undefined || typeof parsed.call[key] === 'string');
        }
      }),
    );
  });
});
