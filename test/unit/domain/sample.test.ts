import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METRICS, VARIANTS } from '../../../src/api';
import { collectSample, metricsOf, type SampleInput, type Tags } from '../../../src/domain/sample';
import { draft, measured } from './support';

const collect = (input: Partial<SampleInput>): ReturnType<typeof collectSample> =>
  collectSample({
    metrics: ['DurationMinutes'],
    tags: new Map(),
    sessions: [],
    from: undefined,
    dayOf: () => '2026-03-31',
    ...input,
  });

describe('domain: the sample', () => {
  it('takes tagged sessions, and names a reason for each that is left out', () => {
    const tags: Tags = new Map([
      ['control', 'Control'],
      ['treatment', 'Treatment'],
      ['excluded', 'Excluded'],
      ['damaged', undefined],
      ['gone', 'Control'],
    ]);
    const sessions = ['control', 'treatment', 'excluded', 'damaged', 'untagged'].map((id) => measured(id));
    const sample = collect({ tags, sessions });
    assert.deepEqual(
      sample.entries.map(({ sessionId, variant, values }) => [sessionId, variant, values]),
      [
        ['control', 'Control', { DurationMinutes: 4 }],
        ['treatment', 'Treatment', { DurationMinutes: 4 }],
      ],
    );
    assert.deepEqual(Object.fromEntries(sample.excluded.map(({ sessionId, reason }) => [sessionId, reason])), {
      damaged: 'damagedTag',
      excluded: 'excludedTag',
      gone: 'transcriptGone',
      untagged: 'notTagged',
    });
    assert.deepEqual(sample.gone, { Control: 1, Treatment: 0 });
  });

  it('keeps all that a report needs, so that it can be computed again without the session', () => {
    const tags: Tags = new Map([['s', 'Treatment']]);
    const sessions = [measured('s', { model: 'a-model', startedAt: 7, lastActiveAt: 9 })];
    const metrics = ['TokensPerSession', 'FilesPerSession'] as const;
    const sample = collect({ tags, sessions, metrics, dayOf: (time) => `day of ${time}` });
    assert.deepEqual(sample.entries, [
      {
        sessionId: 's',
        variant: 'Treatment',
        source: 'tag',
        startedAt: 7,
        lastActiveAt: 9,
        day: 'day of 7',
        values: { FilesPerSession: 3 },
        agent: 'claude',
        model: 'a-model',
      },
    ]);
  });

  it('measures the primary metric and those of the guardrails, each once', () => {
    const guardrail = { regressionDirection: 'Increase', thresholdPct: 5 } as const;
    const guardrails = [
      { metric: 'CostPerSession', ...guardrail } as const,
      { metric: 'TokensPerSession', ...guardrail } as const,
      { metric: 'CostPerSession', ...guardrail } as const,
    ];
    assert.deepEqual(metricsOf(draft({ guardrails })), ['TokensPerSession', 'CostPerSession']);
  });

  it('does not name untagged sessions from before the experiment', () => {
    const sessions = [measured('before', { lastActiveAt: 99 }), measured('after', { lastActiveAt: 100 })];
    assert.deepEqual(collect({ sessions, from: 100 }).excluded, [{ sessionId: 'after', reason: 'notTagged' }]);
  });

  it('accounts for every session exactly once, in any order', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const tagged = fc.dictionary(id, fc.option(fc.constantFrom(...VARIANTS), { nil: undefined }));
    fc.assert(
      fc.property(tagged, fc.uniqueArray(id), (tagTable, known) => {
        const tags: Tags = new Map(Object.entries(tagTable));
        const sessions = known.map((one) => measured(one));
        const sample = collect({ tags, sessions, metrics: METRICS });
        const accounted = [...sample.entries, ...sample.excluded].map(({ sessionId }) => sessionId).sort();
        assert.deepEqual(accounted, [...new Set([...Object.keys(tagTable), ...known])].sort());
        assert.deepEqual(collect({ tags, sessions: sessions.toReversed(), metrics: METRICS }), sample);
        const variants = [...tags.values()].filter((variant) => variant === 'Control' || variant === 'Treatment');
        const { Control, Treatment } = sample.gone;
        assert.equal(sample.entries.length + Control + Treatment, variants.length);
      }),
    );
  });
});
