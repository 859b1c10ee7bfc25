import assert from 'node:assert/strict';
import type { Experiment, VerdictKind } from '../../../src/api';
import { asSeen, isBlinded } from '../../../src/domain/blinding';
import type { ReportFacts } from '../../../src/domain/reportFacts';
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

  it('tells who looked, and when', () => {
    const all = facts(0.9, 8);
    const seen = asSeen(all, { at: 17, who: 'ada' });
    assert.deepEqual(seen.verdict.reasons.at(-1), { code: 'unblinded', at: 17, who: 'ada' });
    assert.equal(seen.effect, all.effect);
  });
});
