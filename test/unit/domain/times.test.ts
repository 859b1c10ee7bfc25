import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeExperiment, encodeMetadata, type ExperimentRow } from '../../../src/domain/metadata';

const row = (changes: Partial<ExperimentRow>, keys: Record<string, unknown> = {}): ExperimentRow => ({
  id: 'e',
  name: 'Odd times',
  createdAt: 1,
  metadata: JSON.stringify({
    ...encodeMetadata({
      id: 'e',
      name: 'Odd times',
      hypothesis: '',
      changeDescription: '',
      metric: 'TokensPerSession',
      durationDays: 14,
      binding: { kind: 'ManualTag' },
      successCriterion: { kind: 'Absolute', metricValue: 1 },
      state: 'Draft',
      createdAt: 1,
    }),
    ...keys,
  }),
  state: 'Draft',
  concludedAt: null,
  ...changes,
});

describe('domain: times that no date can hold', () => {
  it('make a row damaged, by name', () => {
    assert.equal(decodeExperiment(row({})).damaged, undefined);
    assert.match(decodeExperiment(row({ createdAt: 1.7e18 })).damaged ?? '', /created_at_ms/);
    assert.match(decodeExperiment(row({ concludedAt: -9e15 })).damaged ?? '', /concluded_at_ms/);
    assert.match(decodeExperiment(row({}, { started_at_ms: 'yesterday' })).damaged ?? '', /started_at_ms/);
    assert.match(decodeExperiment(row({}, { since_ms: 1e300 })).damaged ?? '', /since_ms/);
  });

  it('never come out of the decoder', () => {
    const anyTime = fc.oneof(fc.double(), fc.constantFrom(1.7e18, -1.7e18, NaN, Infinity));
    fc.assert(
      fc.property(anyTime, anyTime, (createdAt, concludedAt) => {
        const experiment = decodeExperiment(row({ createdAt, concludedAt }));
        for (const time of [experiment.createdAt, experiment.concludedAt ?? 0]) {
          assert.ok(!Number.isNaN(new Date(time).getTime()), String(time));
        }
      }),
    );
  });
});
