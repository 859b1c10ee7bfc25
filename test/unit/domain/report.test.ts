import assert from 'node:assert/strict';
import { describeExperiment, MIN_PER_VARIANT } from '../../../src/domain/report';
import { collectSample, type Tags } from '../../../src/domain/sample';
import { draft, measured } from './support';

const tokens = { input: 100, output: 20, cacheRead: 5000, cacheWrite: 3, reasoning: 1 };

describe('domain: the report', () => {
  it('says that there are too few sessions until both variants have enough with a value', () => {
    const describeWith = (n: number): string => {
      const ids = ['C', 'T'].flatMap((variant) => Array.from({ length: n }, (_, i) => `${variant}-${i}`));
      const tags: Tags = new Map(ids.map((id) => [id, id.startsWith('C') ? 'Control' : 'Treatment']));
      const sample = collectSample({
        metrics: ['TokensPerSession'],
        tags,
        sessions: ids.map((id) => measured(id, { tokens })),
        from: undefined,
        dayOf: () => '',
      });
      return describeExperiment(draft(), sample, 1).verdict;
    };
    assert.equal(describeWith(MIN_PER_VARIANT - 1), 'TooFewSessions');
    assert.equal(describeWith(MIN_PER_VARIANT), 'KeepRunning');
  });
});
