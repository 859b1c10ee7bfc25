import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Variant } from '../../../src/api';
import { asAssigned, drawsOf } from '../../../src/domain/assigned';
import { computeReport } from '../../../src/domain/report';
import { collectSample, type Compared, type Sample, type SampleInput } from '../../../src/domain/sample';
import { draft, measured } from './support';

interface Session {
  drawn?: Compared;
  tag?: Variant;
  minutes: number;
  reached?: boolean;
  late?: boolean;
  /** False: no transcript. */
  seen?: boolean;
}

const TREATMENT_TEXT = 'Be brief.';
const experiment = draft({
  metric: 'DurationMinutes',
  state: 'Running',
  startedAt: 100,
  successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -10 },
  randomised: { treatmentText: TREATMENT_TEXT, allocation: 0.5 },
});

function sampleOf(all: readonly Session[]): Sample {
  const id = (n: number): string => `s${String(n).padStart(4, '0')}`;
  const input: SampleInput = {
    metrics: ['DurationMinutes'],
    tags: new Map(all.flatMap(({ tag }, n) => (tag === undefined ? [] : [[id(n), tag] as const]))),
    assignments: new Map(
      all.flatMap(({ drawn, reached = true, late = false }, n) =>
        drawn === undefined
          ? []
          : [
              [
                id(n),
                { variant: drawn, source: late ? 'late' : 'hook', ...(reached ? { deliveredAt: 1 } : {}) },
              ] as const,
            ],
      ),
    ),
    binding: { kind: 'ManualTag' },
    window: { from: 100, to: undefined },
    sessions: all.flatMap(({ minutes, seen = true }, n) =>
      seen ? [measured(id(n), { startedAt: 100 + n, lastActiveAt: 200 + n, activeMinutes: minutes })] : [],
    ),
    startFacts: () => ({ ancestry: () => 'notYetKnown' }),
    dayOf: () => '2026-03-31',
  };
  return collectSample(input);
}

/** Draws in turn; Treatment takes the share of Control's minutes. */
const played = (count: number, share: number): Session[] =>
  Array.from({ length: count }, (_, n) => {
    const drawn = n % 2 === 0 ? 'Treatment' : 'Control';
    return { drawn, minutes: (20 + ((n * 7) % 11)) * (drawn === 'Treatment' ? share : 1) };
  });

describe('domain: what was drawn', () => {
  it('counts draws, and those that are not known to have reached their agent', () => {
    const sample = sampleOf([
      { drawn: 'Control', minutes: 5 },
      { drawn: 'Treatment', minutes: 5, late: true },
      { drawn: 'Treatment', minutes: 5, reached: false },
      { drawn: 'Treatment', minutes: 5, seen: false },
      { minutes: 5 },
    ]);
    assert.deepEqual(drawsOf(sample), {
      counts: {
        Control: { drawn: 1, notReached: 0, neverSeen: 0, late: 0 },
        Treatment: { drawn: 3, notReached: 2, neverSeen: 1, late: 1 },
      },
      deviations: 0,
    });
    assert.equal(sample.excluded.find(({ sessionId }) => sessionId === 's0004')?.reason, 'notTagged');
  });

  it('reads a sample as it was drawn, whatever people said of it', () => {
    const changed = fc.record({
      drawn: fc.constantFrom<Compared>('Control', 'Treatment'),
      minutes: fc.integer({ min: 1, max: 90 }),
      tag: fc.option(fc.constantFrom<Variant>('Control', 'Treatment', 'Excluded'), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(changed, { maxLength: 30 }), (sessions) => {
        const withTags = sampleOf(sessions.map(({ tag, ...rest }) => (tag === undefined ? rest : { ...rest, tag })));
        const without = sampleOf(sessions.map(({ drawn, minutes }) => ({ drawn, minutes })));
        assert.deepEqual(asAssigned(withTags).entries, without.entries);
        const { deviations } = drawsOf(withTags);
        assert.equal(deviations, sessions.filter(({ drawn, tag }) => tag !== undefined && tag !== drawn).length);
      }),
    );
  });

  it('is a verdict where nobody changed it, and the only reading then', () => {
    const facts = computeReport({ experiment, sample: sampleOf(played(60, 0.6)), now: 1_000 });
    assert.equal(facts.verdict.kind, 'TargetMet');
    assert.equal(facts.design, 'randomised');
    assert.equal(facts.asAssigned, undefined);
    assert.deepEqual(facts.draws?.deviations, 0);
    assert.deepEqual(
      [facts.allocation?.control, facts.allocation?.treatment, facts.allocation?.warning],
      [30, 30, false],
    );
  });

  it('gives both readings of a sample that people changed, and a verdict only where they agree', () => {
    const one = played(60, 0.6).map((session, n): Session => (n === 3 ? { ...session, tag: 'Treatment' } : session));
    const agreed = computeReport({ experiment, sample: sampleOf(one), now: 1_000 });
    assert.equal(agreed.verdict.kind, 'TargetMet');
    assert.equal(agreed.asAssigned?.verdict, 'TargetMet');
    assert.notDeepEqual(agreed.asAssigned.effect, agreed.effect);
    assert.ok(agreed.verdict.reasons.some(({ code }) => code === 'deviations'));

    // Whoever moves the slow Treatment sessions to Control makes an effect out of nothing.
    const bent = played(60, 1).map((session): Session =>
      session.drawn === 'Treatment' && session.minutes > 25 ? { ...session, tag: 'Excluded' } : session,
    );
    const facts = computeReport({ experiment, sample: sampleOf(bent), now: 1_000 });
    assert.equal(facts.verdict.kind, 'Untrusted');
    assert.equal(facts.verdict.reasons[0]?.code, 'readingsDiffer');
    assert.notEqual(facts.asAssigned?.verdict, 'TargetMet');
  });

  it('is mistrusted where one variant loses its sessions', () => {
    const lost = played(80, 0.9).map((session, n): Session =>
      session.drawn === 'Treatment' && n % 4 !== 0 ? { ...session, seen: false } : session,
    );
    const half = played(80, 0.9).map((session, n): Session =>
      session.drawn === 'Treatment' && n > 20 ? { ...session, seen: false } : session,
    );
    assert.ok(
      (computeReport({ experiment, sample: sampleOf(lost), now: 1_000 }).allocation?.logE ?? 0) < Math.log(100),
    );
    const facts = computeReport({ experiment, sample: sampleOf(half), now: 1_000 });
    assert.equal(facts.verdict.kind, 'Untrusted');
    assert.ok(facts.verdict.reasons.some(({ code }) => code === 'allocation'));
    assert.ok(facts.verdict.reasons.some(({ code }) => code === 'notReached'));
  });
});
