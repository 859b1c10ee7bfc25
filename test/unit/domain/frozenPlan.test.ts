import assert from 'node:assert/strict';
import type { Experiment } from '../../../src/api';
import { planChanges } from '../../../src/domain/frozenPlan';
import { draft } from './support';

describe('domain: the frozen plan', () => {
  const planned = draft({ alpha: 0.05, plannedPerVariant: 100, since: 7, pinnedTips: { control: 'c' } });

  it('leaves name and description of the change free', () => {
    assert.deepEqual(planChanges(planned, { ...planned, name: 'Other', changeDescription: 'Other words' }), []);
  });

  const changes: Partial<Experiment>[] = [
    { hypothesis: 'What came out' },
    { metric: 'CostPerSession' },
    { binding: { kind: 'Branch', controlBranch: 'a', treatmentBranch: 'b' } },
    { successCriterion: { kind: 'Absolute', metricValue: 2 } },
    { guardrails: [{ metric: 'CostPerSession', regressionDirection: 'Increase', thresholdPct: 5 }] },
    { plannedPerVariant: 30 },
    { alpha: 0.1 },
    { durationDays: 7 },
    { since: 8 },
    { workspace: 'file:///elsewhere' },
    { randomised: { treatmentText: 'Be brief' } },
    { pinnedTips: { control: 'd' } },
  ];
  for (const change of changes) {
    const [field] = Object.keys(change);
    it(`names a change of ${field}`, () => {
      assert.deepEqual(planChanges(planned, { ...planned, ...change }), [field]);
    });
  }
});
