import assert from 'node:assert/strict';
import type { Experiment, VerdictKind } from '../../../src/api';
import { asSeen, historyAsSeen, isBlinded, openedBy } from '../../../src/domain/blinding';
import type { ReportFacts } from '../../../src/domain/reportFacts';
import type { HistoryEntry } from '../../../src/domain/tags';
import { normals, reportOn, running, sampleOf } from './simulation';

const KINDS: VerdictKind[] = [
  ...(['TooFewSessions', 'KeepRunning', 'TargetMet', 'Better', 'NotWorthIt', 'Harmful', 'Untrusted'] as const),
];
const blinded: Pick<Experiment, 'randomised' | 'state'> = {
  state: 'Running',
  randomised: { treatmentText: 'Be brief.', blinded: true },
};

function facts(factor: number, n: number): ReportFacts {
  const normal = normals(7);
  const values = (center: number): number[] => Array.from({ length: n }, () => center * Math.exp(0.3 * normal()));
  const experiment: Experiment = { ...running(), ...blinded };
  const sample = sampleOf(values(1000), values(1000 * factor));
  const entries = sample.entries.map((entry) => ({ ...entry, drawn: { variant: entry.variant, reached: true } }));
  return reportOn(experiment, { ...sample, entries });
}

describe('blinding', () => {
  it('lasts by choice, until there is a verdict, the end, or somebody who looks', () => {
    const hidden = KINDS.filter((kind) => isBlinded(blinded, kind, undefined));
    assert.deepEqual(hidden, ['TooFewSessions', 'KeepRunning', 'Untrusted']);
    for (const kind of KINDS) {
      assert.equal(isBlinded({ state: 'Running', randomised: { treatmentText: 'x' } }, kind, undefined), false);
      assert.equal(isBlinded({ state: 'Running' }, kind, undefined), false);
      assert.equal(isBlinded({ ...blinded, state: 'Concluded' }, kind, undefined), false);
      assert.equal(isBlinded({ ...blinded, state: 'Archived' }, kind, undefined), false);
      assert.equal(isBlinded(blinded, kind, { at: 1, who: 'me' }), false);
    }
  });

  it('leaves nothing in a report by which the variants could be compared', () => {
    const all = facts(0.9, 8);
    assert.equal(all.verdict.kind, 'KeepRunning');
    assert.ok(all.effect !== undefined && all.looks.length > 0 && all.sample.entries.length === 16);
    const seen = asSeen(all, undefined);
    assert.equal(seen.verdict.reasons[0]?.code, 'blinded');
    const text = JSON.stringify(seen);
    const telling = [
      all.effect.estimate,
      all.variants.Control.median,
      all.variants.Treatment.mean,
      all.medianDifference?.estimate,
      ...all.sample.entries.flatMap(({ values }) => Object.values(values)),
    ];
    for (const number of telling) {
      assert.ok(number !== undefined);
      assert.ok(!text.includes(String(number)), `${number} is told`);
    }
    assert.deepEqual(
      [seen.effect, seen.level, seen.ranks, seen.meanDifference, seen.decide, seen.looks, seen.guardrails],
      [undefined, undefined, undefined, undefined, undefined, [], []],
    );
  });

  it('shows all of a report with a verdict', () => {
    const all = facts(0.4, 60);
    assert.equal(all.verdict.kind, 'TargetMet');
    assert.equal(asSeen(all, undefined), all);
  });

  it('is opened for good by a verdict while the experiment runs, which is told', () => {
    const opening = KINDS.filter((kind) => openedBy(blinded, kind, undefined) === kind);
    assert.deepEqual(opening, ['TargetMet', 'Better', 'NotWorthIt', 'Harmful']);
    const opened = { at: 17, verdict: 'Better' } as const;
    for (const kind of KINDS) {
      assert.equal(openedBy(blinded, kind, opened), undefined, 'once');
      assert.equal(openedBy({ ...blinded, state: 'Concluded' }, kind, undefined), undefined);
      assert.equal(openedBy({ state: 'Running', randomised: { treatmentText: 'x' } }, kind, undefined), undefined);
    }
    const all = facts(0.9, 8);
    assert.equal(all.verdict.kind, 'KeepRunning');
    const seen = asSeen(all, opened);
    assert.equal(seen.effect, all.effect, 'what was seen is not hidden again');
    assert.deepEqual(seen.verdict.reasons.at(-1), { code: 'openedByVerdict', ...opened });
  });

  it('hides in the history of tags from which drawn variant a step went, and nothing that a person chose', () => {
    const author = { who: 'ada', via: 'person', window: 'w' } as const;
    const step = (sequence: number, sessionId: string, change: Partial<HistoryEntry>): HistoryEntry => {
      return { sequence, experimentId: 'e1', sessionId, at: sequence, author, action: 'retag', ...change };
    };
    const history = [
      step(1, 'drawn', { from: 'Treatment', to: 'Excluded' }),
      step(2, 'drawn', { from: 'Excluded', to: 'Control' }),
      step(3, 'tagged', { action: 'tag', to: 'Control' }),
      step(4, 'drawn', { action: 'untag', from: 'Control' }),
      step(5, 'tagged', { from: 'Control', to: 'Excluded' }),
      step(6, 'drawn', { from: 'Treatment', to: 'Excluded' }),
    ];
    const seen = historyAsSeen(history, (id) => id === 'drawn');
    assert.deepEqual(
      seen.map(({ from, to }) => [from, to]),
      [
        [undefined, 'Excluded'],
        ['Excluded', 'Control'],
        [undefined, 'Control'],
        ['Control', undefined],
        ['Control', 'Excluded'],
        [undefined, 'Excluded'],
      ],
    );
    assert.ok(!JSON.stringify(seen).includes('Treatment'));
    assert.ok(!Object.keys(seen[5] ?? {}).includes('from'), 'absent, not empty');
  });

  it('tells who looked, and when', () => {
    const all = facts(0.9, 8);
    const seen = asSeen(all, { at: 17, who: 'ada' });
    assert.deepEqual(seen.verdict.reasons.at(-1), { code: 'unblinded', at: 17, who: 'ada' });
    assert.equal(seen.effect, all.effect);
  });
});
