import type { Experiment } from '../../../src/api';
import { computeReport } from '../../../src/domain/report';
import type { ReportFacts } from '../../../src/domain/reportFacts';
import type { Sample, SampleEntry } from '../../../src/domain/sample';
import { seededRandom } from '../../../src/statistics/random';
import { draft } from './support';

/** A stream of standard normal numbers. */
export function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function running(change: Partial<Experiment> = {}): Experiment {
  return draft({
    state: 'Running',
    startedAt: 0,
    successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -15 },
    ...change,
  });
}

/** Sessions in turn: the values of Control and Treatment, one a minute apart. */
export function sampleOf(
  control: readonly number[],
  treatment: readonly number[],
  metric: Experiment['metric'] = 'TokensPerSession',
): Sample {
  const entries: SampleEntry[] = [];
  for (let i = 0; i < Math.max(control.length, treatment.length); i += 1) {
    for (const [variant, values] of [['Control', control] as const, ['Treatment', treatment] as const]) {
      const value = values[i];
      if (value === undefined) continue;
      const startedAt = entries.length * 60_000;
      entries.push({
        sessionId: `${variant}-${i}`,
        variant,
        source: 'tag',
        startedAt,
        lastActiveAt: startedAt + 30_000,
        day: '2026-03-31',
        values: { [metric]: value },
        agent: 'claude-code',
        model: 'a-model',
      });
    }
  }
  return { entries, excluded: [], gone: { Control: 0, Treatment: 0 } };
}

export function reportOn(experiment: Experiment, sample: Sample): ReportFacts {
  return computeReport({ experiment, sample, now: 1e9 });
}
