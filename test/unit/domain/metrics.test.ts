import assert from 'node:assert/strict';
import { METRICS } from '../../../src/api';
import { metricValue } from '../../../src/domain/metrics';
import { measured } from './support';

const tokens = { input: 100, output: 20, cacheRead: 5000, cacheWrite: 3, reasoning: 1 };

describe('domain: metrics', () => {
  it('count what they say, and cache reads only in cost', () => {
    const full = measured('s', { tokens, costUsd: 3, outcome: 'success', toolLoops: 7 });
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
    assert.equal(metricValue.SuccessRate(measured('s', { outcome: 'failure' })), 0);
  });

  it('are missing, not zero, where the session does not know', () => {
    const bare = measured('s');
    for (const metric of ['TokensPerSession', 'CostPerSession', 'SuccessRate', 'ToolLoops', 'CostByPrompt'] as const) {
      assert.equal(metricValue[metric](bare), undefined, metric);
    }
    assert.equal(metricValue.CostByPrompt(measured('s', { costUsd: 1, prompts: 0 })), undefined);
    assert.equal(metricValue.DurationMinutes(measured('s', { timesKnown: 'file' })), undefined);
  });
});
