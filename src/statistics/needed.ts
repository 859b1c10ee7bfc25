import { criticalT, priorPrecision, type Sequential } from './anytime';
import { normalCdf } from './special';

export interface Question extends Sequential {
  /** The difference to be found, in the unit of `sd`. */
  difference: number;
  /** Standard deviation within a variant. */
  sd: number;
  /** Probability of having found it, between 0 and 1. */
  power: number;
}

/** More sessions than this per variant are no answer. */
const OUT_OF_REACH = 1e6;

/**
 * Sessions per variant after which the difference has been found with this probability, when one looks after every session.
 * Undefined where no number within reach is enough.
 */
export function sessionsNeeded(question: Question): number | undefined {
  if (!(question.sd > 0) || !(Math.abs(question.difference) > 0)) return undefined;
  let low = 1;
  let high = 4;
  while (foundBy(high, question) < question.power) {
    low = high;
    high *= 2;
    if (high > OUT_OF_REACH) return undefined;
  }
  while (high - low > 1) {
    const mid = Math.floor((low + high) / 2);
    if (foundBy(mid, question) >= question.power) high = mid;
    else low = mid;
  }
  return high;
}

/**
 * Probability that the evidence has reached its bound at n sessions per variant or before. The bound on the summed difference
 * bends so slowly that its tangent at n stands for it, and a line's crossing has a closed form.
 */
function foundBy(n: number, { difference, sd, alpha, nStar }: Question): number {
  const phi = priorPrecision(nStar / 2, alpha);
  const boundAt = (size: number): number => Math.sqrt(size) * criticalT(2 * size - 2, phi / (phi + size / 2), alpha);
  const bound = boundAt(n);
  if (!Number.isFinite(bound)) return 0;
  const slope = (boundAt(n * 1.01) - bound) / (n * 0.01);
  const drift = Math.abs(difference) / sd / Math.SQRT2;
  const start = bound - slope * n;
  const root = Math.sqrt(n);
  const now = normalCdf((drift * n - bound) / root);
  // For small n the bound falls before it rises: then no line is near it, and only the present counts.
  if (!(slope > 0) || !(start > 0)) return now;
  const before = Math.exp(2 * start * (drift - slope)) * normalCdf((-start - (drift - slope) * n) / root);
  return Math.min(1, now + before);
}
