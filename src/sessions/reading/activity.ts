/** A pause longer than this is not work: the person was away. Milliseconds. */
export const ACTIVE_GAP_MS = 5 * 60_000;

const MS_PER_MINUTE = 60_000;

export interface Activity {
  /** First and last moment, ms since the epoch. */
  first: number;
  last: number;
  /** From the first to the last moment, in minutes. */
  wallMinutes: number;
  /** Sum of the gaps between consecutive moments that are no longer than `ACTIVE_GAP_MS`, in minutes. */
  activeMinutes: number;
}

/** Wall and active time of the moments (ms since the epoch, any order); undefined where there is none. */
export function measureActivity(times: readonly number[]): Activity | undefined {
  const sorted = Float64Array.from(times).sort();
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) {
    return undefined;
  }
  let active = 0;
  let previous = first;
  for (const time of sorted) {
    active += activeGap(previous, time);
    previous = time;
  }
  return { first, last, wallMinutes: (last - first) / MS_PER_MINUTE, activeMinutes: active / MS_PER_MINUTE };
}

/**
 * Collects moments in little memory, however many there are: one between two others that are no further apart than `ACTIVE_GAP_MS`
 * is forgotten, which changes no measure, also together with the moments of other files.
 */
export class Moments {
  private kept: number[] = [];
  private room = 1024;

  /** ms since the epoch, in any order. */
  add(time: number): void {
    this.kept.push(time);
    if (this.kept.length < this.room) return;
    this.kept = thinned(this.kept);
    this.room = Math.max(this.room, this.kept.length * 2);
  }

  get all(): readonly number[] {
    return this.kept;
  }
}

function thinned(times: readonly number[]): number[] {
  const sorted = Float64Array.from(times).sort();
  const kept: number[] = [];
  for (const [i, time] of sorted.entries()) {
    const before = kept.at(-1);
    const after = sorted[i + 1];
    if (before === undefined || after === undefined || after - before > ACTIVE_GAP_MS) kept.push(time);
  }
  return kept;
}

/** The part of the gap between two moments that counts as active, in ms. */
export function activeGap(previous: number, next: number): number {
  const gap = next - previous;
  return gap > 0 && gap <= ACTIVE_GAP_MS ? gap : 0;
}
