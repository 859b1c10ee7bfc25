import { incompleteBeta, logGamma } from './special';

/**
 * What drawing with replacement again and again would say of a median, computed instead of drawn: no seed, and the same answer
 * every time.
 */

/** Values in ascending order with their probabilities. */
export interface Distribution {
  values: Float64Array;
  weights: Float64Array;
}

/** What is left out adds up to far less than any interval is read to. */
const NEGLIGIBLE = 1e-11;
/** Middle ranks spread by √n/2; further off than this many times, a rank is never in the middle. */
const REACH = 6;

/** The distribution of the median of as many draws with replacement. */
export function medianDistribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const reach = Math.ceil((REACH * Math.sqrt(n)) / 2) + 1;
  const first = Math.max(1, Math.floor(n / 2) - reach);
  const last = Math.min(n, Math.ceil(n / 2) + 1 + reach);
  const points = n % 2 === 1 ? oddPoints(sorted, first, last) : evenPoints(sorted, first, last);
  points.sort((a, b) => a.value - b.value);
  return {
    values: Float64Array.from(points, ({ value }) => value),
    weights: Float64Array.from(points, ({ weight }) => weight),
  };
}

interface Point {
  value: number;
  weight: number;
}

/** Of an odd number 2m + 1 of draws, the median is at most the i-th value when at least m + 1 draws are. */
function oddPoints(sorted: Float64Array, first: number, last: number): Point[] {
  const n = sorted.length;
  const half = (n + 1) / 2;
  return ranks(first, last).flatMap((i) => {
    const weight = incompleteBeta(i / n, half, half) - incompleteBeta((i - 1) / n, half, half);
    return weight > NEGLIGIBLE ? [{ value: at(sorted, i), weight }] : [];
  });
}

/**
 * Of an even number 2m of draws, the median is the mean of the m-th and the next: the i-th and j-th value when m draws are at
 * most the i-th, one of them being it, and m at least the j-th, one of them being it.
 */
function evenPoints(sorted: Float64Array, first: number, last: number): Point[] {
  const n = sorted.length;
  const m = n / 2;
  const logWays = logGamma(n + 1) - 2 * logGamma(m + 1);
  const edges = Float64Array.from({ length: n + 1 }, (_, rank) => (rank === 0 ? -Infinity : logAtEdge(rank, n, m)));
  const points: Point[] = [];
  for (const i of ranks(first, last)) {
    const lower = logWays + (edges[i] ?? NaN);
    let above = 0;
    for (let j = i + 1; j <= n; j += 1) {
      // By symmetry: j-th from below is (n − j + 1)-th from above.
      const weight = Math.exp(lower + (edges[n - j + 1] ?? NaN));
      if (weight < NEGLIGIBLE) break;
      above += weight;
      points.push({ value: middle(at(sorted, i), at(sorted, j)), weight });
    }
    const same = incompleteBeta(i / n, m, m + 1) - incompleteBeta((i - 1) / n, m, m + 1) - above;
    if (same > NEGLIGIBLE) points.push({ value: at(sorted, i), weight: same });
  }
  return points;
}

/** ln of the probability that m draws are among the first `rank` values and at least one is the last of these. */
function logAtEdge(rank: number, n: number, m: number): number {
  const all = m * Math.log(rank / n);
  return rank === 1 ? all : all + Math.log(-Math.expm1(m * Math.log((rank - 1) / rank)));
}

const at = (sorted: Float64Array, rank: number): number => sorted[rank - 1] ?? NaN;
const middle = (low: number, high: number): number => low + (high - low) / 2;
const ranks = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** The difference second minus first that is reached or fallen short of with probability `share`: the smallest such value. */
export function differenceQuantile(first: Distribution, second: Distribution, share: number): number {
  let low = (second.values[0] ?? NaN) - (first.values.at(-1) ?? NaN);
  let high = (second.values.at(-1) ?? NaN) - (first.values[0] ?? NaN);
  if (probability(first, second, low) >= share) return low;
  // Bisection comes close; the rest goes from one possible difference to the next.
  for (let step = 0; step < 36; step += 1) {
    const mid = middle(low, high);
    if (!(mid > low && mid < high)) break;
    if (probability(first, second, mid) >= share) high = mid;
    else low = mid;
  }
  for (;;) {
    const next = nextDifference(first, second, low);
    if (!(next < high) || probability(first, second, next) >= share) return Math.min(next, high);
    low = next;
  }
}

/** Probability that second minus first is at most `difference`. One walk through both, since both are in order. */
function probability(first: Distribution, second: Distribution, difference: number): number {
  let total = 0;
  let sum = 0;
  let j = 0;
  for (let i = 0; i < first.values.length; i += 1) {
    const value = first.values[i] ?? NaN;
    while (j < second.values.length && (second.values[j] ?? NaN) - value <= difference) {
      sum += second.weights[j] ?? 0;
      j += 1;
    }
    total += (first.weights[i] ?? 0) * sum;
  }
  return total;
}

function nextDifference(first: Distribution, second: Distribution, after: number): number {
  let next = Infinity;
  let j = 0;
  for (const value of first.values) {
    while (j < second.values.length && (second.values[j] ?? NaN) - value <= after) j += 1;
    if (j === second.values.length) break;
    next = Math.min(next, (second.values[j] ?? NaN) - value);
  }
  return next;
}

/** The bootstrap's interval of the difference of medians, second minus first, with this error rate, for one look. */
export function medianDifferenceInterval(
  first: readonly number[],
  second: readonly number[],
  alpha: number,
): { lower: number; upper: number } {
  const [a, b] = [medianDistribution(first), medianDistribution(second)];
  return { lower: differenceQuantile(a, b, alpha / 2), upper: differenceQuantile(a, b, 1 - alpha / 2) };
}
