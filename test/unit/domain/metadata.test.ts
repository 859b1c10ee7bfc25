import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Experiment } from '../../../src/api';
import {
  decodeExperiment,
  encodeMetadata,
  parseMetadata,
  type ExperimentRow,
  type Metadata,
} from '../../../src/domain/metadata';
import { draft, experiments } from './support';

function rowOf(experiment: Experiment, metadata: Metadata): ExperimentRow {
  const { id, name, createdAt, state, concludedAt } = experiment;
  return { id, name, createdAt, metadata: JSON.stringify(metadata), state, concludedAt: concludedAt ?? null };
}

/** As the kaizen CLI writes it. */
const kaizen = {
  id: 'k1',
  name: 'add-tdd-skill',
  hypothesis: 'helps',
  change_description: 'a skill',
  metric: 'TokensPerSession',
  binding: { GitCommit: { control_commit: 'aaa', treatment_commit: 'bbb' } } as Metadata,
  duration_days: 14,
  success_criterion: { Delta: { direction: 'Decrease', target_pct: -10.0 } } as Metadata,
  state: 'Running',
  created_at_ms: 1776816000000,
  concluded_at_ms: null,
};
const kaizenRow = (change: Metadata = {}): ExperimentRow => ({
  id: 'k1',
  name: 'add-tdd-skill',
  createdAt: 1776816000000,
  metadata: JSON.stringify({ ...kaizen, ...change }),
  state: 'Running',
  concludedAt: null,
});

describe('domain: stored metadata', () => {
  it('comes back as the experiment that went in', () => {
    fc.assert(
      fc.property(experiments, (experiment) => {
        assert.deepEqual(decodeExperiment(rowOf(experiment, encodeMetadata(experiment))), experiment);
      }),
    );
  });

  it('keeps the keys that it does not know, and takes away those that no longer hold', () => {
    const known = Object.keys(
      encodeMetadata(draft({ workspace: 'w', since: 1, plannedPerVariant: 1, alpha: 0.1, startedAt: 1 })),
    );
    const foreign = fc.dictionary(fc.string(), fc.jsonValue()).map((all) => {
      for (const key of known) Reflect.deleteProperty(all, key);
      return all;
    });
    fc.assert(
      fc.property(experiments, experiments, foreign, (before, after, theirs) => {
        const first = encodeMetadata(before, { ...theirs });
        const second = encodeMetadata(after, first);
        for (const [key, value] of Object.entries(theirs)) assert.deepEqual(second[key], value);
        assert.deepEqual(decodeExperiment(rowOf(after, second)), after);
      }),
    );
  });

  it('reads every shape of kaizen', () => {
    const decoded = decodeExperiment(kaizenRow());
    assert.deepEqual(decoded, {
      id: 'k1',
      name: 'add-tdd-skill',
      hypothesis: 'helps',
      changeDescription: 'a skill',
      metric: 'TokensPerSession',
      durationDays: 14,
      binding: { kind: 'GitCommit', controlCommit: 'aaa', treatmentCommit: 'bbb' },
      successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -10 },
      guardrails: [],
      state: 'Running',
      createdAt: 1776816000000,
    });
    const shapes: [Metadata, Partial<Experiment>][] = [
      [
        { binding: { Branch: { control_branch: 'main', treatment_branch: 'feat' } } },
        { binding: { kind: 'Branch', controlBranch: 'main', treatmentBranch: 'feat' } },
      ],
      [
        { binding: { PromptFingerprint: { control_fingerprint: 'a', treatment_fingerprint: 'b' } } },
        { binding: { kind: 'PromptFingerprint', controlFingerprint: 'a', treatmentFingerprint: 'b' } },
      ],
      [{ binding: { ManualTag: { variant_field: 'v' } } }, { binding: { kind: 'ManualTag', variantField: 'v' } }],
      [
        { success_criterion: { Absolute: { metric_value: 0.75 } } },
        { successCriterion: { kind: 'Absolute', metricValue: 0.75 } },
      ],
      [
        { success_criterion: { Delta: { direction: 'Decrease', target_pct: 25 } } },
        { successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: 25 } },
      ],
      [{ guardrails: null }, { guardrails: [] }],
      [
        { guardrails: [{ metric: 'SuccessRate', regression_direction: 'Decrease', threshold_pct: 5 }] },
        { guardrails: [{ metric: 'SuccessRate', regressionDirection: 'Decrease', thresholdPct: 5 }] },
      ],
    ];
    for (const [stored, expected] of shapes) {
      const experiment = decodeExperiment(kaizenRow(stored));
      assert.deepEqual(experiment, { ...experiment, ...expected });
      assert.equal(experiment.damaged, undefined, JSON.stringify(stored));
    }
  });

  it('says what is damaged, and keeps the name and the times', () => {
    const torn: [Partial<ExperimentRow>, RegExp][] = [
      [{ metadata: '{"metric":' }, /not a JSON object/],
      [{ metadata: '[]' }, /not a JSON object/],
      [{ metadata: 'null' }, /not a JSON object/],
      [{ state: 'Paused' }, /state "Paused"/],
      [{ metadata: JSON.stringify({ ...kaizen, metric: 'Happiness' }) }, /metric: notOneOf/],
      [{ metadata: JSON.stringify({ ...kaizen, binding: { Moon: {} } }) }, /binding\.kind: notOneOf/],
      [{ metadata: JSON.stringify({ ...kaizen, binding: 'Branch' }) }, /binding/],
      [{ metadata: JSON.stringify({ ...kaizen, guardrails: {} }) }, /guardrails: notAList/],
    ];
    for (const [change, problem] of torn) {
      const experiment = decodeExperiment({ ...kaizenRow(), concludedAt: 9, ...change });
      assert.match(experiment.damaged ?? '', problem);
      assert.deepEqual([experiment.name, experiment.concludedAt], ['add-tdd-skill', 9]);
    }
  });

  it('is total: any text is an experiment, damaged or not', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .dictionary(fc.constantFrom(...Object.keys(kaizen)), fc.jsonValue())
        .map((value) => JSON.stringify({ ...kaizen, ...value })),
    );
    fc.assert(
      fc.property(texts, fc.string(), (metadata, state) => {
        const experiment = decodeExperiment({ ...kaizenRow(), metadata, state });
        assert.equal(experiment.id, 'k1');
        if (parseMetadata(metadata) === undefined) assert.notEqual(experiment.damaged, undefined);
      }),
    );
  });
});
