import type { ReadOnlyProblem } from './errors';

/**
 * Pauses before what is wrong with a file is looked at again, in milliseconds: it may be a moment in which a backup is restored, a
 * scanner has the file open, or another program writes into it.
 */
export const DOUBT_PAUSES_MS: readonly number[] = [5, 20, 60];

/** Tells one such problem from another; undefined for what does not pass by itself. */
export function doubtOf({ problem, detail }: { problem: ReadOnlyProblem; detail: string }): string | undefined {
  return problem === 'unreadable' || problem === 'inUse' ? `${problem} ${detail}` : undefined;
}
