import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METRICS, type Experiment } from '../../../src/api';
import { asSeen } from '../../../src/domain/blinding';
import { computeReport } from '../../../src/domain/report';
import type { Reason, ReportFacts } from '../../../src/domain/reportFacts';
import type { Sample, SampleEntry } from '../../../src/domain/sample';
import { normals, reportOn, running, sampleOf } from './simulation';

const around = (center: number, n: number, seed: number, sd = 0.3): number[] => {
  const normal = normals(seed);
  return Array.from({ length: n }, () => center * Math.exp(sd * normal()));
};
const codes = ({ verdict }: ReportFacts): Reason['code'][] => verdict.reasons.map(({ code }) => code);
const harm = { regressionDirection: 'Increase', thresholdPct: 10 } as const;

/** The sample with a cost of each session too, around a center. */
function withCost(sample: Sample, center: (entry: SampleEntry) => number): Sample {
  const normal = normals(99);
  const entries = sample.entries.map((entry) => ({
    ...entry,
    values: { ...entry.values, CostPerSession: center(entry) * Math.exp(0.2 * normal()) },
  }));
  return { ...sample, entries };
}

describe('domain: the verdict', () => {
  it('is that there are too few sessions until both variants have five with a value', () => {
    const report = reportOn(running(), sampleOf(around(1000, 5, 1), around(1000, 4, 2)));
    assert.equal(report.verdict.kind, 'TooFewSessions');
    assert.deepEqual(report.verdict.reasons[0], {
      code: 'tooFew',
      unit: 'session',
      control: 5,
      treatment: 4,
      needed: 5,
    });
    assert.deepEqual([report.effect, report.medianDifference, report.looks], [undefined, undefined, []]);
    const enough = reportOn(running(), sampleOf(around(1000, 5, 1), around(1000, 5, 2)));
    assert.equal(enough.verdict.kind, 'KeepRunning');
    assert.ok(enough.effect);
  });

  it('needs values that vary', () => {
    const report = reportOn(running(), sampleOf(Array<number>(40).fill(7), around(1000, 40, 2)));
    assert.equal(report.verdict.kind, 'TooFewSessions');
    assert.deepEqual(report.verdict.reasons[0], { code: 'noVariation', variant: 'Control' });
    assert.equal(report.effect, undefined);
  });

  for (const [kind, factor] of [
    ['TargetMet', 0.5],
    ['Better', 0.83],
    ['NotWorthIt', 1],
    ['Harmful', 1.5],
  ] as const) {
    it(`is ${kind} where Treatment is ${factor} of Control`, () => {
      const report = reportOn(running(), sampleOf(around(1000, 200, 1), around(1000 * factor, 200, 2)));
      assert.equal(report.verdict.kind, kind);
      assert.deepEqual(report.verdict.reasons[0], { code: 'comparison', verdict: kind });
      assert.equal(report.looks.at(-1)?.verdict, kind);
    });
  }
});

describe('domain: the report', () => {
  const control = around(1000, 60, 1);
  const better = around(600, 60, 2);

  it('is valid at every look: a report of the first sessions is the look after them', () => {
    const sample = sampleOf(control, better);
    const { looks } = reportOn(running(), sample);
    for (const k of [10, 11, 40, 119, 120]) {
      const part = reportOn(running(), { ...sample, entries: sample.entries.slice(0, k) });
      assert.deepEqual(part.looks, looks.slice(0, k - 9));
      const { estimate, lower, upper, logE, pAlways } = part.effect ?? {};
      const { estimate: e, lower: l, upper: u, logE: ev, pAlways: p } = looks[k - 10] ?? {};
      assert.deepEqual([estimate, lower, upper, logE, pAlways], [e, l, u, ev, p]);
      assert.equal(part.verdict.kind, looks[k - 10]?.verdict);
    }
  });

  it('is the same to the last digit when it is computed again from the kept sample', () => {
    const experiment = running({ guardrails: [{ metric: 'CostPerSession', ...harm }] });
    const sample = withCost(sampleOf(control, better), () => 3);
    const first = reportOn(experiment, sample);
    const kept = JSON.parse(JSON.stringify({ experiment, sample })) as { experiment: Experiment; sample: Sample };
    assert.deepEqual(reportOn(kept.experiment, kept.sample), first);
    assert.deepEqual(JSON.parse(JSON.stringify(first)), first, 'facts are plain data');
  });

  it('takes the sign of the target from its direction', () => {
    const target = (direction: 'Decrease' | 'Increase', targetPct: number): string =>
      reportOn(running({ successCriterion: { kind: 'Delta', direction, targetPct } }), sampleOf(control, better))
        .verdict.kind;
    assert.equal(target('Decrease', -20), 'TargetMet');
    assert.equal(target('Decrease', 20), 'TargetMet');
    assert.equal(target('Increase', 20), 'Harmful');
    assert.equal(target('Increase', -20), 'Harmful');
  });

  it('judges a target that is a level by what Treatment reaches, and asks for a difference too', () => {
    const level = (metricValue: number, treatment: number[]): ReportFacts =>
      reportOn(running({ successCriterion: { kind: 'Absolute', metricValue } }), sampleOf(control, treatment));
    assert.equal(level(800, better).verdict.kind, 'TargetMet');
    assert.equal(level(610, better).verdict.kind, 'Better');
    assert.equal(level(2000, around(1000, 60, 3)).verdict.kind, 'KeepRunning', 'below it without the change too');
    assert.equal(level(500, around(1000, 60, 3)).verdict.kind, 'NotWorthIt');
    const impossible = level(0, better);
    assert.equal(impossible.verdict.kind, 'Better');
    assert.ok(codes(impossible).includes('unreachableTarget'));
    const reached = level(800, better).level;
    assert.ok(reached?.lower && reached.upper && reached.lower < reached.estimate && reached.upper < 800);
  });

  it('never calls a change with a breached guardrail a success', () => {
    const experiment = running({ guardrails: [{ metric: 'CostPerSession', ...harm }] });
    const cost = (treatment: number): ReportFacts =>
      reportOn(
        experiment,
        withCost(sampleOf(control, better), ({ variant }) => (variant === 'Control' ? 1 : treatment)),
      );
    const breached = cost(2);
    assert.equal(breached.verdict.kind, 'Harmful');
    assert.equal(breached.guardrails[0]?.status, 'breached');
    assert.deepEqual(breached.verdict.reasons.slice(0, 2), [
      { code: 'guardrail', metric: 'CostPerSession', status: 'breached' },
      { code: 'comparison', verdict: 'TargetMet' },
    ]);
    assert.equal(cost(0.5).verdict.kind, 'TargetMet');
    assert.equal(cost(0.5).guardrails[0]?.status, 'pass');
    const open = cost(1.05);
    assert.equal(open.verdict.kind, 'TargetMet');
    assert.equal(open.guardrails[0]?.status, 'undecided');
    assert.ok(codes(open).includes('guardrail'));
  });

  it('compares days, not sessions, where the variant follows from a commit', () => {
    const experiment = running({ binding: { kind: 'GitCommit', controlCommit: 'a', treatmentCommit: 'b' } });
    const sample = sampleOf(control, better);
    const byDay = sample.entries.map((entry, i) => ({ ...entry, day: `day ${Math.floor(i / 20)}` }));
    const report = reportOn(experiment, { ...sample, entries: byDay });
    assert.deepEqual([report.design, report.unit], ['observational', 'day']);
    assert.deepEqual([report.variants.Control.n, report.variants.Control.units], [60, 6]);
    assert.equal(report.looks.at(-1)?.control, 6);
    assert.ok(codes(report).includes('observational'));
    const few = reportOn(experiment, sample);
    assert.deepEqual(few.verdict.reasons[0], { code: 'tooFew', unit: 'day', control: 1, treatment: 1, needed: 5 });
  });

  it('waits for twenty outcomes of each variant', () => {
    const outcomes = (n: number, every: number): number[] =>
      Array.from({ length: n }, (_, i) => (i % every === 0 ? 0 : 1));
    const success = running({
      metric: 'SuccessRate',
      successCriterion: { kind: 'Delta', direction: 'Increase', targetPct: 10 },
    });
    const report = (n: number): ReportFacts =>
      reportOn(success, sampleOf(outcomes(n, 2), outcomes(n, 20), 'SuccessRate'));
    assert.equal(report(19).verdict.kind, 'TooFewSessions');
    assert.equal(report(20).effect?.scale, 'difference');
    assert.equal(report(200).verdict.kind, 'TargetMet');
    assert.equal(report(200).medianDifference, undefined);
  });

  it('leaves out what has no logarithm, and counts it', () => {
    const report = reportOn(running(), sampleOf([...control, 0, -1, NaN, Infinity], [...better, 0]));
    assert.deepEqual(
      [report.variants.Control.n, report.variants.Control.missing, report.variants.Control.withoutLogarithm],
      [60, 4, 1],
    );
    assert.ok(report.verdict.reasons.some((reason) => reason.code === 'withoutLogarithm' && reason.count === 2));
  });

  it('counts evidence of an earlier look, also when the sample has changed since', () => {
    const sample = sampleOf(around(1000, 20, 1), around(1000, 20, 2));
    const report = computeReport({ experiment: running(), sample, now: 1, logged: [{ logE: 5 }, {}] });
    assert.equal(report.verdict.kind, 'KeepRunning');
    assert.equal(report.effect?.pAlways, Math.exp(-5));
    assert.ok(codes(report).includes('decidedBefore'));
  });

  it('is never a fake number, whatever the values', () => {
    const value = fc.oneof(
      fc.constantFrom(0, -0, 1, NaN, Infinity, -5, 1e-308, 1e308, 5e-324),
      fc.double({ min: 0, max: 1e9 }),
    );
    const metric = fc.constantFrom(...METRICS);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.array(value, { maxLength: 60 }), metric, (a, b, measured) => {
        const report = reportOn(running({ metric: measured }), sampleOf(a, b, measured));
        // JSON turns NaN and infinite numbers into null, and a negative zero into zero: there are none.
        const numbers = { ...report, sample: {} };
        assert.deepEqual(JSON.parse(JSON.stringify(numbers)), numbers);
        if (report.effect === undefined) assert.equal(report.verdict.kind, 'TooFewSessions');
      }),
    );
  });
});

describe('domain: reasons to mistrust', () => {
  const control = around(1000, 60, 1);
  const better = around(600, 60, 2);
  const changed = (change: (entry: SampleEntry, i: number) => Partial<SampleEntry>): ReportFacts => {
    const sample = sampleOf(control, better);
    return reportOn(running(), {
      ...sample,
      entries: sample.entries.map((entry, i) => ({ ...entry, ...change(entry, i) })),
    });
  };

  it('are none in a sound experiment', () => {
    assert.deepEqual(codes(changed(() => ({}))), ['comparison']);
  });

  it('are agents or models that differ between the variants, surely and much', () => {
    const byModel = changed(({ variant }, i) => ({ model: variant === 'Control' || i % 3 === 0 ? 'old' : 'new' }));
    assert.equal(byModel.verdict.kind, 'Untrusted');
    assert.equal(byModel.verdict.reasons[0]?.code, 'mixDiffers');
    assert.equal(changed((_, i) => ({ model: `model ${i % 7}` })).verdict.kind, 'TargetMet');
    const slightly = changed(({ variant }, i) => ({
      agent: variant === 'Treatment' && i % 10 === 1 ? 'codex' : 'claude',
    }));
    assert.equal(slightly.verdict.kind, 'TargetMet');
  });

  it('are tags that were changed after the session, but not a few slips', () => {
    const late = { taggedAt: 1e9, retagged: true } as const;
    const many = changed((_, i) => (i % 10 === 0 ? late : {}));
    assert.equal(many.verdict.kind, 'Untrusted');
    assert.deepEqual(many.verdict.reasons[0], { code: 'changedTags', changed: 12, of: 120 });
    assert.equal(changed((_, i) => (i < 2 ? late : {})).verdict.kind, 'TargetMet');
    const first = changed(() => ({ taggedAt: 1e9 }));
    assert.equal(first.verdict.kind, 'TargetMet');
    assert.deepEqual(first.lateTags.Control, { tagged: 60, late: 60, changed: 0, unknown: 0 });
    assert.ok(codes(first).includes('lateTags'));
    const intime = changed(({ lastActiveAt }) => ({ taggedAt: lastActiveAt + 1000 }));
    assert.deepEqual(codes(intime), ['comparison']);
  });

  it('is an allocation that is not the promised one, only where one was promised', () => {
    const experiment = running({ randomised: { treatmentText: 'x' } });
    const sample = sampleOf(control, better.slice(0, 20));
    const assigned = {
      ...sample,
      entries: sample.entries.map((entry) => ({
        ...entry,
        source: 'assignment' as const,
        drawn: { variant: entry.variant, reached: true },
      })),
    };
    const report = reportOn(experiment, assigned);
    assert.equal(report.verdict.kind, 'Untrusted');
    assert.ok(report.allocation?.warning);
    assert.equal(report.design, 'randomised');
    assert.equal(reportOn(running(), sample).allocation, undefined);
  });

  it('are different versions of an agent only beside the verdict: agents bring them out by themselves', () => {
    const sample = sampleOf(control, better);
    const versioned = (version: (entry: SampleEntry) => string): ReportFacts =>
      reportOn(running(), {
        ...sample,
        entries: sample.entries.map((entry) => ({ ...entry, version: version(entry) })),
      });
    const plain = reportOn(running(), sample);
    assert.ok(!codes(plain).includes('mixDiffers'));
    const alike = versioned(({ startedAt }) => String(startedAt % 3));
    assert.deepEqual(alike.verdict, plain.verdict);
    const other = versioned(({ variant }) => (variant === 'Control' ? '1.0' : '2.0'));
    assert.equal(other.verdict.kind, plain.verdict.kind);
    assert.deepEqual(
      other.verdict.reasons.find(({ code }) => code === 'mixDiffers'),
      { code: 'mixDiffers', property: 'version', distance: 1 },
    );
    assert.deepEqual(
      other.composition
        .at(-1)
        ?.counts.map(({ value }) => value)
        .sort(),
      [`${sample.entries[0]?.agent} 1.0`, `${sample.entries[0]?.agent} 2.0`],
    );
  });

  it('is a window of another folder, which sees only a part', () => {
    const sample = sampleOf(control, better);
    const input = { experiment: running(), sample, now: 0 };
    const here = computeReport(input);
    const elsewhere = computeReport({ ...input, elsewhere: true });
    assert.notEqual(here.verdict.kind, 'Untrusted');
    assert.deepEqual(elsewhere.verdict, {
      kind: 'Untrusted',
      reasons: [{ code: 'elsewhere' }, ...here.verdict.reasons],
    });
    assert.equal(elsewhere.decide, undefined);
    const blinded = running({ randomised: { treatmentText: 'x', blinded: true } });
    assert.deepEqual(codes(asSeen(computeReport({ ...input, experiment: blinded, elsewhere: true }), undefined)), [
      'elsewhere',
      'blinded',
    ]);
  });

  it('say when the variants ran one after the other, or values are missing unevenly', () => {
    const apart = sampleOf(control, better);
    apart.entries.sort((a, b) => (a.variant < b.variant ? -1 : a.variant > b.variant ? 1 : 0));
    assert.ok(codes(reportOn(running(), apart)).includes('separateTimes'));
    const gone = { ...sampleOf(control, better), gone: { Control: 0, Treatment: 40 } };
    assert.ok(codes(reportOn(running(), gone)).includes('unevenMissing'));
  });
});

describe('domain: what it would take', () => {
  const day = 86_400_000;
  const paced = (sample: Sample, perDay: number): Sample => ({
    ...sample,
    entries: sample.entries.map((entry, i) => ({ ...entry, startedAt: (i * day) / perDay })),
  });

  it('is told while it runs, in sessions and days at the present pace, and comes true', () => {
    const sample = paced(sampleOf(around(1000, 400, 1, 1), around(700, 400, 2, 1)), 8);
    const first = { ...sample, entries: sample.entries.slice(0, 160) };
    const { decide, verdict } = computeReport({ experiment: running(), sample: first, now: 20 * day });
    assert.equal(verdict.kind, 'KeepRunning');
    assert.ok(decide?.sessions && decide.days);
    assert.ok(Math.abs(decide.sessions / decide.days - 8) < 1, JSON.stringify(decide));
    // Every session once more keeps the difference and, nearly, the spread.
    const again = (times: number): Sample => ({
      ...first,
      entries: Array.from({ length: times }, () => first.entries).flat(),
    });
    const times = 1 + decide.sessions / 160;
    const decidedWith = (sessions: Sample): boolean =>
      computeReport({ experiment: running(), sample: sessions, now: 20 * day }).verdict.kind !== 'KeepRunning';
    assert.ok(decidedWith(again(Math.ceil(times) + 1)));
    assert.ok(!decidedWith(again(Math.max(1, Math.floor(times) - 1))));
  });

  it('is told of the first comparison only, while a handful of sessions tells no difference', () => {
    const few = paced(sampleOf(around(1000, 3, 1, 1), around(990, 2, 2, 1)), 1);
    const { decide } = computeReport({ experiment: running(), sample: few, now: 5 * day });
    assert.equal(decide?.verdict, undefined);
    // At 2 in five days, Treatment has its fifth session after 7.5 days more.
    assert.equal(decide?.days, 8);
    const alike = sampleOf([5, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 5]);
    assert.equal(computeReport({ experiment: running(), sample: alike, now: day }).decide?.days, undefined);
  });

  it('is not told when it is decided, nor of a concluded experiment', () => {
    const decided = reportOn(running(), sampleOf(around(1000, 60, 1), around(500, 60, 2)));
    assert.equal(decided.decide, undefined);
    const concluded = reportOn(running({ state: 'Concluded' }), sampleOf(around(1000, 9, 1), around(999, 9, 2)));
    assert.equal(concluded.decide, undefined);
  });

  it('says that nothing will come of it when no more sessions come', () => {
    const old = computeReport({
      experiment: running(),
      sample: sampleOf(around(1000, 20, 1), around(1000, 20, 2)),
      now: 400 * day,
    });
    assert.deepEqual(old.decide, { perDay: 0 });
  });

  it('is told before the start, from earlier sessions', () => {
    const earlier = paced(sampleOf(around(1000, 200, 1, 1), around(1000, 200, 2, 1)), 10).entries;
    const { ahead, decide } = computeReport({
      experiment: running({
        state: 'Draft',
        successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: 30 },
      }),
      sample: { entries: [], excluded: [], gone: { Control: 0, Treatment: 0 } },
      now: 40 * day,
      earlier,
    });
    assert.equal(decide, undefined);
    assert.equal(ahead?.basedOn, 400);
    assert.ok(ahead.control && Math.abs(ahead.control - 207) < 45, String(ahead.control));
    assert.equal(ahead.treatment, ahead.control);
    assert.ok(ahead.days && Math.abs(ahead.days - ahead.control / 5) < 4, String(ahead.days));
  });

  it('takes more sessions where the variants are drawn unevenly, of which most are of the one', () => {
    const earlier = paced(sampleOf(around(1000, 200, 1, 1), around(1000, 200, 2, 1)), 10).entries;
    const aheadOf = (allocation: number): NonNullable<ReportFacts['ahead']> => {
      const { ahead } = computeReport({
        experiment: running({ state: 'Draft', randomised: { treatmentText: 'x', allocation } }),
        sample: { entries: [], excluded: [], gone: { Control: 0, Treatment: 0 } },
        now: 40 * day,
        earlier,
      });
      return ahead ?? assert.fail();
    };
    const [even, uneven] = [aheadOf(0.5), aheadOf(0.2)];
    assert.ok(even.control && even.treatment && even.days && uneven.control && uneven.treatment && uneven.days);
    const inverse = 1 / uneven.control + 1 / uneven.treatment;
    assert.ok(Math.abs(inverse * even.control - 2) < 0.01, 'they tell as much');
    assert.ok(Math.abs(uneven.treatment / (uneven.control + uneven.treatment) - 0.2) < 0.01);
    assert.ok(Math.abs(uneven.days / even.days - 1 / (4 * 0.2 * 0.8)) < 0.02);
  });
});
