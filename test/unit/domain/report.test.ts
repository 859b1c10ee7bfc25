import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METRICS, VARIANTS } from '../../../src/api';
import { metricValue, type Measured } from '../../../src/domain/metrics';
import { collectSample, describeExperiment, MIN_PER_VARIANT, type Tags } from '../../../src/domain/report';
import { draft } from './support';

function session(id: string, change: Partial<Measured> = {}): Measured {
  return {
    id,
    agent: 'claude',
    startedAt: 1,
    lastActiveAt: 2,
    prompts: 2,
    toolCalls: 0,
    toolErrors: 0,
    filesTouched: 3,
    activeMinutes: 4,
    wallMinutes: 5,
    ...change,
  };
}

const tokens = { input: 100, output: 20, cacheRead: 5000, cacheWrite: 3, reasoning: 1 };

describe('domain: metrics', () => {
  it('count what they say, and cache reads only in cost', () => {
    const full = session('s', { tokens, costUsd: 3, outcome: 'success', toolLoops: 7 });
    assert.deepEqual(
      METRICS.map((metric) => [metric, metricValue[metric](full)]),
      [
        ['TokensPerSession', 124],
        ['CostPerSession', 3],
        ['SuccessRate', 1],
        ['ToolLoops', 7],
        ['DurationMinutes', 4],
        ['FilesPerSession', 3],
        ['SuccessRateByPrompt', 0.5],
        ['CostByPrompt', 1.5],
      ],
    );
    assert.equal(metricValue.SuccessRate(session('s', { outcome: 'failure' })), 0);
  });

  it('are missing, not zero, where the session does not know', () => {
    const bare = session('s');
    for (const metric of ['TokensPerSession', 'CostPerSession', 'SuccessRate', 'ToolLoops', 'CostByPrompt'] as const) {
      assert.equal(metricValue[metric](bare), undefined, metric);
    }
    assert.equal(metricValue.CostByPrompt(session('s', { costUsd: 1, prompts: 0 })), undefined);
  });
});

describe('domain: the sample and its description', () => {
  it('takes tagged sessions, and names a reason for each that is left out', () => {
    const tags: Tags = new Map([
      ['control', 'Control'],
      ['treatment', 'Treatment'],
      ['excluded', 'Excluded'],
      ['damaged', undefined],
      ['gone', 'Control'],
    ]);
    const all = ['control', 'treatment', 'excluded', 'damaged', 'untagged'].map((id) => session(id));
    const sample = collectSample('DurationMinutes', tags, all, undefined);
    assert.deepEqual(
      sample.rows.map(({ sessionId, variant, value }) => [sessionId, variant, value]),
      [
        ['control', 'Control', 4],
        ['treatment', 'Treatment', 4],
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

  it('does not name untagged sessions from before the experiment', () => {
    const all = [session('before', { lastActiveAt: 99 }), session('after', { lastActiveAt: 100 })];
    const { excluded } = collectSample('DurationMinutes', new Map(), all, 100);
    assert.deepEqual(excluded, [{ sessionId: 'after', reason: 'notTagged' }]);
  });

  it('says that there are too few sessions until both variants have enough with a value', () => {
    const describeWith = (n: number): string => {
      const ids = VARIANTS.slice(0, 2).flatMap((variant) => Array.from({ length: n }, (_, i) => `${variant}-${i}`));
      const tags: Tags = new Map(ids.map((id) => [id, id.startsWith('C') ? 'Control' : 'Treatment']));
      return describeExperiment(
        draft(),
        tags,
        ids.map((id) => session(id, { tokens })),
        1,
      ).verdict;
    };
    assert.equal(describeWith(MIN_PER_VARIANT - 1), 'TooFewSessions');
    assert.equal(describeWith(MIN_PER_VARIANT), 'KeepRunning');
  });

  it('accounts for every session exactly once, in any order', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const tagged = fc.dictionary(id, fc.option(fc.constantFrom(...VARIANTS), { nil: undefined }));
    fc.assert(
      fc.property(tagged, fc.uniqueArray(id), fc.boolean(), (tagTable, known, measured) => {
        const tags: Tags = new Map(Object.entries(tagTable));
        const sessions = known.map((one) => session(one, measured ? { tokens } : {}));
        const facts = describeExperiment(draft(), tags, sessions, 1);
        const { rows, excluded } = facts.sample;
        const accounted = [...rows, ...excluded].map(({ sessionId }) => sessionId).sort();
        assert.deepEqual(accounted, [...new Set([...Object.keys(tagTable), ...known])].sort());
        assert.deepEqual(describeExperiment(draft(), tags, sessions.toReversed(), 1), facts);
        const { control, treatment } = facts;
        const variants = [...tags.values()].filter((variant) => variant === 'Control' || variant === 'Treatment');
        assert.equal(control.n + control.missing + treatment.n + treatment.missing, variants.length);
        if (!measured) assert.deepEqual([control.n, control.median, treatment.mean], [0, undefined, undefined]);
      }),
    );
  });
});
