import { logGamma } from './special';

/** Half the sum of the absolute differences of two distributions' shares: 0 for alike, 1 for nothing in common. */
export function distance(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [sum(first), sum(second)];
  if (a === 0 || b === 0) return 0;
  return first.reduce((total, count, i) => total + Math.abs(count / a - (second[i] ?? 0) / b), 0) / 2;
}

/**
 * Natural logarithm of the Bayes factor that two lists of counts come from two distributions and not from one, every
 * distribution being equally likely beforehand.
 */
export function differenceEvidence(first: readonly number[], second: readonly number[]): number {
  if (first.length < 2) return 0;
  const both = first.map((count, i) => count + (second[i] ?? 0));
  return weight(first) + weight(second) - weight(both);
}

/** Probability of a sequence with these counts, averaged over all distributions. */
function weight(counts: readonly number[]): number {
  const kinds = counts.length;
  const each = counts.reduce((total, count) => total + logGamma(count + 1), 0);
  return each + logGamma(kinds) - logGamma(sum(counts) + kinds);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
