import type { ReportFacts } from './reportFacts';

/** What a report said of the effect when someone saw it. Absent: no effect was computed yet. `null`: an infinite bound. */
export interface LookNumbers {
  control: number;
  treatment: number;
  estimate?: number;
  logE?: number;
  lower?: number | null;
  upper?: number | null;
}

/** One line of the append-only log of looks. `at` in ms since the epoch. */
export interface Look extends LookNumbers {
  at: number;
}

/** The numbers of a report that a look at it reveals. */
export function lookAt({ variants, effect }: Pick<ReportFacts, 'variants' | 'effect'>): LookNumbers {
  const counts = { control: variants.Control.n, treatment: variants.Treatment.n };
  if (effect === undefined) return counts;
  const { estimate, logE, lower, upper } = effect;
  return { ...counts, estimate, logE, lower, upper };
}

/** Whether a look reveals nothing that the last one had not. */
export function sameLook(a: LookNumbers, b: LookNumbers): boolean {
  // Infinite bounds come back from the store as absent ones.
  return (
    a.control === b.control &&
    a.treatment === b.treatment &&
    a.estimate === b.estimate &&
    a.logE === b.logE &&
    (a.lower ?? null) === (b.lower ?? null) &&
    (a.upper ?? null) === (b.upper ?? null)
  );
}
