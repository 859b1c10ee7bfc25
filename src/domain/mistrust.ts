import { differenceEvidence, distance } from '../statistics/mixes';
import type { Composition, LateTags } from './reportFacts';
import type { Compared, SampleEntry } from './sample';

/** Evidence of a hundred to one: rare enough to be told at every look. */
export const LOG_ALARM = Math.log(100);

/** Shares that differ by less than this together are no reason to mistrust, however sure the difference is. */
const MIN_DISTANCE = 0.25;

/** A tag within this time after the session's last sign of life was set with the session, not after its outcome. */
const LATE_AFTER_MS = 10 * 60_000;

/** Correcting a slip is honest work. Beyond so many tags, and this share of them, the choice may have followed the outcome. */
const CHANGED_TAGS = { count: 2, share: 0.05 };

export function compositionOf(property: Composition['property'], entries: readonly SampleEntry[]): Composition {
  const table = new Map<string, { value: string; Control: number; Treatment: number }>();
  for (const entry of entries) {
    const value = valueOf(property, entry);
    const row = table.get(value) ?? { value, Control: 0, Treatment: 0 };
    row[entry.variant] += 1;
    table.set(value, row);
  }
  const counts = [...table.values()].sort((a, b) => b.Control + b.Treatment - (a.Control + a.Treatment));
  const [control, treatment] = [counts.map((row) => row.Control), counts.map((row) => row.Treatment)];
  return { property, counts, ...differenceOf(control, treatment) };
}

/** A version says something only together with its agent. */
function valueOf(property: Composition['property'], { agent, model, version }: SampleEntry): string {
  switch (property) {
    case 'agent':
      return agent;
    case 'model':
      return model ?? '';
    case 'version':
      return version === undefined ? '' : `${agent} ${version}`;
  }
}

/** Whether two lists of counts differ both surely and much. */
export function differenceOf(
  control: readonly number[],
  treatment: readonly number[],
): Pick<Composition, 'distance' | 'logBayesFactor' | 'differs'> {
  const apart = distance(control, treatment);
  const logBayesFactor = differenceEvidence(control, treatment);
  return { distance: apart, logBayesFactor, differs: apart >= MIN_DISTANCE && logBayesFactor >= LOG_ALARM };
}

export function lateTagsOf(variant: Compared, entries: readonly SampleEntry[]): LateTags {
  const result: LateTags = { tagged: 0, late: 0, changed: 0, unknown: 0 };
  for (const entry of entries) {
    if (entry.variant !== variant || entry.source !== 'tag') continue;
    result.tagged += 1;
    if (entry.taggedAt === undefined) result.unknown += 1;
    else if (entry.taggedAt <= entry.lastActiveAt + LATE_AFTER_MS) continue;
    else if (entry.retagged === true) result.changed += 1;
    else result.late += 1;
  }
  return result;
}

export function tooManyChanged(changed: number, all: number): boolean {
  return changed > CHANGED_TAGS.count && changed > CHANGED_TAGS.share * all;
}

/** Whether the variants ran one after the other, so that whatever else changed with time changed with them. */
export function ranApart(entries: readonly SampleEntry[]): boolean {
  const turns = entries.filter(({ variant }, i) => i > 0 && entries[i - 1]?.variant !== variant).length;
  return turns > 0 && turns <= Math.max(1, 0.05 * entries.length);
}
