import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EXPERIMENT_STATES, VARIANTS, type Experiment, type Variant } from '../../../src/api';
import { decideTag, isVariant, type StoredTag, type TagDecision, type TagRequest } from '../../../src/domain/tags';
import { draft } from './support';

const ids = { experimentId: 'e1', sessionId: 's1' };
const running = draft({ state: 'Running' });
const stored = (variant?: Variant): StoredTag =>
  variant === undefined ? { kind: 'none' } : { kind: 'variant', variant };

describe('domain: what a tag does', () => {
  const have: (Variant | undefined)[] = [undefined, ...VARIANTS];
  for (const existing of have) {
    for (const variant of VARIANTS) {
      const before = existing === undefined ? {} : { existing };
      const unchanged: TagDecision = { outcome: 'unchanged', ...before, after: variant };

      it(`tag ${variant} on ${existing ?? 'nothing'}`, () => {
        const expected: TagDecision =
          existing === undefined
            ? { outcome: 'tagged', after: variant }
            : existing === variant
              ? unchanged
              : { outcome: 'conflict', existing, after: existing };
        assert.deepEqual(decideTag(running, stored(existing), { action: 'tag', ...ids, variant }), expected);
      });

      it(`retag ${variant} on ${existing ?? 'nothing'}`, () => {
        const expected: TagDecision =
          existing === undefined
            ? { outcome: 'refused', refusal: 'notTagged' }
            : existing === variant
              ? unchanged
              : { outcome: 'retagged', existing, after: variant };
        const request: TagRequest = { action: 'retag', ...ids, variant, reason: 'why' };
        assert.deepEqual(decideTag(running, stored(existing), request), expected);
      });
    }
    it(`untag on ${existing ?? 'nothing'}`, () => {
      const expected: TagDecision =
        existing === undefined ? { outcome: 'refused', refusal: 'notTagged' } : { outcome: 'untagged', existing };
      assert.deepEqual(decideTag(running, stored(existing), { action: 'untag', ...ids, reason: 'why' }), expected);
    });
  }

  const requests: TagRequest[] = [
    { action: 'tag', ...ids, variant: 'Control' },
    { action: 'retag', ...ids, variant: 'Control', reason: 'why' },
    { action: 'untag', ...ids, reason: 'why' },
  ];
  const refusals: [string, Experiment | undefined, StoredTag, string][] = [
    ['an unknown experiment', undefined, stored('Treatment'), 'unknownExperiment'],
    ['a damaged experiment', draft({ damaged: 'torn' }), stored('Treatment'), 'damagedExperiment'],
    ['a concluded experiment', draft({ state: 'Concluded' }), stored('Treatment'), 'concluded'],
    ['an archived experiment', draft({ state: 'Archived' }), stored('Treatment'), 'archived'],
    ['a damaged tag', running, { kind: 'damaged', value: 'control' }, 'damagedTag'],
  ];
  for (const [what, experiment, tag, refusal] of refusals) {
    for (const request of requests) {
      it(`refuses ${request.action} on ${what}`, () => {
        const existing = tag.kind === 'variant' ? { existing: tag.variant, after: tag.variant } : {};
        assert.deepEqual(decideTag(experiment, tag, request), { outcome: 'refused', ...existing, refusal });
      });
    }
  }

  it('tags a draft as well as a running experiment', () => {
    const [request] = requests;
    assert.ok(request);
    assert.equal(decideTag(draft(), stored(), request).outcome, 'tagged');
  });

  it('refuses a retag and an untag without a reason, and any without a session', () => {
    for (const reason of ['', ' \n\t']) {
      const retag: TagRequest = { action: 'retag', ...ids, variant: 'Control', reason };
      assert.equal(decideTag(running, stored('Treatment'), retag).refusal, 'noReason');
      assert.equal(decideTag(running, stored('Treatment'), { action: 'untag', ...ids, reason }).refusal, 'noReason');
    }
    for (const request of requests) {
      assert.equal(decideTag(running, stored(), { ...request, sessionId: ' ' }).refusal, 'noSession');
    }
  });

  it('decides on anything that a program may hand in, and changes nothing for nonsense', () => {
    const hostile = fc.oneof(fc.anything(), fc.constantFrom('control', 'CONTROL', '__proto__', 'constructor'));
    fc.assert(
      fc.property(hostile, hostile, fc.constantFrom(...VARIANTS), (variant, reason, existing) => {
        const odd = { action: 'retag', ...ids, variant, reason } as TagRequest;
        const { outcome } = decideTag(running, stored(existing), odd);
        const sensible = isVariant(variant) && typeof reason === 'string' && reason.trim() !== '';
        if (!sensible) assert.equal(outcome, 'refused');
        const noSession = { action: 'tag', experimentId: 'e1', sessionId: variant, variant: 'Control' } as TagRequest;
        if (typeof variant !== 'string') assert.equal(decideTag(running, stored(), noSession).refusal, 'noSession');
      }),
    );
  });

  it('keeps at most one variant per session, and changes only by tagged, retagged and untagged', () => {
    const anyRequest = fc.record({
      action: fc.constantFrom('tag', 'retag', 'untag'),
      experimentId: fc.constant('e1'),
      sessionId: fc.constantFrom('a', 'b', ''),
      variant: fc.constantFrom(...VARIANTS),
      reason: fc.constantFrom('', 'why'),
    }) as fc.Arbitrary<TagRequest>;
    fc.assert(
      fc.property(fc.constantFrom(...EXPERIMENT_STATES), fc.array(anyRequest, { maxLength: 30 }), (state, all) => {
        const tags = new Map<string, Variant>();
        const history: { sessionId: string; from: Variant | undefined; to: Variant | undefined }[] = [];
        for (const request of all) {
          const before = tags.get(request.sessionId);
          const { outcome, existing, after } = decideTag(draft({ state }), stored(before), request);
          assert.equal(existing, before);
          const changes = outcome === 'tagged' || outcome === 'retagged' || outcome === 'untagged';
          assert.equal(changes, after !== before);
          if (!changes) continue;
          if (after === undefined) tags.delete(request.sessionId);
          else tags.set(request.sessionId, after);
          history.push({ sessionId: request.sessionId, from: before, to: after });
        }
        const replayed = new Map<string, Variant>();
        for (const { sessionId, from, to } of history) {
          assert.equal(replayed.get(sessionId), from);
          if (to === undefined) replayed.delete(sessionId);
          else replayed.set(sessionId, to);
        }
        assert.deepEqual([...replayed].sort(), [...tags].sort());
        if (state === 'Concluded' || state === 'Archived') assert.equal(tags.size, 0);
      }),
    );
  });
});
