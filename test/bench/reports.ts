import { performance } from 'node:perf_hooks';
import { computeReport } from '../../src/domain/report';
import { medianDifferenceInterval } from '../../src/statistics/medianBootstrap';
import { median as medianOf } from '../../src/statistics/descriptive';
import { seededRandom } from '../../src/statistics/random';
import { normals, running, sampleOf } from '../unit/domain/simulation';
import { median } from './figures';

const ALPHA = 0.05;

export interface ReportFigures {
  perVariant: number;
  reportMs: number;
  /** The interval of the difference of medians: computed, and by drawing. */
  medianPerVariant: number;
  exactMs: number;
  drawnMs: number;
  exact: { lower: number; upper: number };
  drawn: { lower: number; upper: number };
  /** Shares of the draws that fall short of the computed ends, which should be alpha/2 and 1 − alpha/2. */
  sharesBelow: { lower: number; upper: number };
  /** Whether these are within four standard errors of drawing, or the ends are those of the draws. */
  endsAgree: boolean;
}

/** A report of a large experiment, and the median's interval beside the bootstrap that it replaces, on the same data. */
export function benchReports(perVariant: number, medianPerVariant: number, draws: number): ReportFigures {
  const normal = normals(1);
  const values = (n: number, center: number): number[] => Array.from({ length: n }, () => center * Math.exp(normal()));
  const experiment = running({
    guardrails: [{ metric: 'CostPerSession', regressionDirection: 'Increase', thresholdPct: 5 }],
  });
  const sample = sampleOf(values(perVariant, 9000), values(perVariant, 8500));
  for (const entry of sample.entries) entry.values.CostPerSession = Math.exp(normal());
  const reportMs = timed(11, () => computeReport({ experiment, sample, now: 1e9 })).ms;

  const [control, treatment] = [values(medianPerVariant, 9000), values(medianPerVariant, 8500)];
  const exact = timed(11, () => medianDifferenceInterval(control, treatment, ALPHA));
  const drawn = timed(1, () => drawnDifferences(control, treatment, draws));
  const at = (share: number): number => drawn.result[Math.ceil(share * draws) - 1] ?? NaN;
  const shareUpTo = (value: number): number => drawn.result.filter((difference) => difference <= value).length / draws;
  const shareBelow = (value: number): number => drawn.result.filter((difference) => difference < value).length / draws;
  const tolerance = 4 * Math.sqrt(((ALPHA / 2) * (1 - ALPHA / 2)) / draws);
  // The smallest difference that reaches a share: less than the share lies below it, and at least the share up to it.
  const agrees = (value: number, share: number): boolean =>
    shareBelow(value) <= share + tolerance && shareUpTo(value) >= share - tolerance;
  const { lower, upper } = exact.result;
  return {
    perVariant,
    reportMs,
    medianPerVariant,
    exactMs: exact.ms,
    drawnMs: drawn.ms,
    exact: exact.result,
    drawn: { lower: at(ALPHA / 2), upper: at(1 - ALPHA / 2) },
    sharesBelow: { lower: shareBelow(lower), upper: shareBelow(upper) },
    endsAgree: agrees(lower, ALPHA / 2) && agrees(upper, 1 - ALPHA / 2),
  };
}

/** The result and the median time of several rounds. */
function timed<T>(rounds: number, work: () => T): { result: T; ms: number } {
  // Once for the compiler, where it is cheap.
  let result = work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    result = work();
    times.push(performance.now() - start);
  }
  return { result, ms: median(times) };
}

function drawnDifferences(control: readonly number[], treatment: readonly number[], draws: number): number[] {
  const random = seededRandom(3);
  const drawnMedian = (values: readonly number[]): number =>
    medianOf(Array.from(values, () => values[Math.floor(random() * values.length)] ?? NaN)) ?? NaN;
  return Array.from({ length: draws }, () => drawnMedian(treatment) - drawnMedian(control)).sort((a, b) => a - b);
}
