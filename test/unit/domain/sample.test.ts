import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METRICS, VARIANTS, type Variant } from '../../../src/api';
import { collectSample, metricsOf, tagTimesOf, type SampleInput, type Tags } from '../../../src/domain/sample';
import type { Measured } from '../../../src/domain/metrics';
import { draft, measured } from './support';

const collect = (input: Partial<SampleInput>): ReturnType<typeof collectSample> =>
  collectSample({
    metrics: ['DurationMinutes'],
    tags: new Map(),
    sessions: [],
    binding: { kind: 'ManualTag' },
    window: {},
    startFacts: () => ({ ancestry: () => 'notYetKnown' }),
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

  it('leaves out sessions whose draw cannot be read, and says so, unless they are tagged', () => {
    const drawn = { variant: 'Control', source: 'hook' } as const;
    const assignments = new Map([
      ['drawn', drawn],
      ['damaged', undefined],
      ['damaged, never seen', undefined],
      ['damaged, tagged', undefined],
    ]);
    const tags: Tags = new Map([['damaged, tagged', 'Treatment']]);
    const sessions = ['drawn', 'damaged', 'damaged, tagged'].map((id) => measured(id));
    const sample = collect({ tags, assignments, sessions });
    assert.deepEqual(
      sample.entries.map(({ sessionId, variant, source }) => [sessionId, variant, source]),
      [
        ['damaged, tagged', 'Treatment', 'tag'],
        ['drawn', 'Control', 'assignment'],
      ],
    );
    assert.deepEqual(sample.excluded, [
      { sessionId: 'damaged', reason: 'damagedAssignment' },
      { sessionId: 'damaged, never seen', reason: 'damagedAssignment' },
    ]);
    assert.equal(sample.neverSeen, undefined);
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
    assert.deepEqual(collect({ sessions, window: { from: 100 } }).excluded, [
      { sessionId: 'after', reason: 'notTagged' },
    ]);
  });

  const onMain: Partial<SampleInput> = {
    binding: { kind: 'Branch', controlBranch: 'main', treatmentBranch: 'short-rules' },
    window: { from: 100, to: 200 },
    startFacts: ({ branch }) => ({ branch, ancestry: () => 'notYetKnown' }),
  };

  it('lets a tag beat an assignment, and an assignment the binding', () => {
    const sessions = ['tagged', 'assigned', 'bound'].map((id) =>
      measured(id, { startedAt: 150, lastActiveAt: 160, branch: 'main' }),
    );
    const sample = collect({
      ...onMain,
      sessions,
      tags: new Map([['tagged', 'Treatment']]),
      tagTimes: new Map([['tagged', { taggedAt: 170, retagged: true }]]),
      assignments: new Map([
        ['tagged', { variant: 'Control', source: 'hook' }],
        ['assigned', { variant: 'Treatment', source: 'hook', deliveredAt: 151 }],
      ]),
    });
    assert.deepEqual(
      sample.entries.map(({ sessionId, variant, source, because, taggedAt, retagged }) => [
        ...[sessionId, variant, source, because, taggedAt, retagged],
      ]),
      [
        ['assigned', 'Treatment', 'assignment', undefined, undefined, undefined],
        ['bound', 'Control', 'binding', 'onBranch', undefined, undefined],
        ['tagged', 'Treatment', 'tag', undefined, 170, true],
      ],
    );
  });

  it('knows from the history when a session got its variant, and whether it had another one', () => {
    const entry = (sessionId: string, at: number, to?: Variant): Parameters<typeof tagTimesOf>[0][number] => ({
      ...{ sessionId, at },
      ...(to === undefined ? {} : { to }),
    });
    const history = [
      entry('once', 1, 'Control'),
      entry('retagged', 2, 'Control'),
      entry('again', 3, 'Control'),
      entry('turned', 4, 'Control'),
      entry('retagged', 5, 'Treatment'),
      entry('again', 6),
      entry('turned', 7),
      entry('again', 8, 'Control'),
      entry('turned', 9, 'Treatment'),
      entry('turned', 10),
      entry('turned', 11, 'Treatment'),
    ];
    assert.deepEqual(Object.fromEntries(tagTimesOf(history)), {
      once: { taggedAt: 1 },
      retagged: { taggedAt: 5, retagged: true },
      again: { taggedAt: 8 },
      turned: { taggedAt: 11, retagged: true },
    });
  });

  it('binds only sessions that start between the start and the end, and takes tagged ones whenever they ran', () => {
    const at = (id: string, startedAt: number): Measured =>
      measured(id, { startedAt, lastActiveAt: 201, branch: 'main' });
    const sessions = [at('99', 99), at('100', 100), at('200', 200), at('201', 201), at('tagged', 1)];
    const sample = collect({ ...onMain, sessions, tags: new Map([['tagged', 'Control']]) });
    assert.deepEqual(
      sample.entries.map(({ sessionId }) => sessionId),
      ['tagged', '100', '200'],
    );
    assert.deepEqual(sample.excluded, [
      { sessionId: '201', reason: 'startedAfter' },
      { sessionId: '99', reason: 'startedBefore' },
    ]);
    const draftWindow = collect({ ...onMain, window: {}, sessions });
    assert.ok(draftWindow.excluded.every(({ reason }) => reason === 'notStarted'));
  });

  it('does not count runs of the editor beside sessions of agents', () => {
    const editor = measured('w', { agent: 'editor', startedAt: 150, lastActiveAt: 160, branch: 'main' });
    assert.equal(collect({ ...onMain, sessions: [editor] }).entries.length, 1);
    const beside = collect({ ...onMain, sessions: [editor, measured('a', { startedAt: 150, lastActiveAt: 160 })] });
    assert.deepEqual(beside.excluded, [
      { sessionId: 'w', reason: 'editorWindow' },
      { sessionId: 'a', reason: 'noBranch' },
    ]);
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
