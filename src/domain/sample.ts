import type { Experiment, Metric, SampleRow, Variant } from '../api';
import { compareText } from './experiment';
import { metricValue, type Measured } from './metrics';

/** The two variants that are compared. */
export const COMPARED = ['Control', 'Treatment'] as const;
export type Compared = (typeof COMPARED)[number];

export type ExclusionReason = 'excludedTag' | 'notTagged' | 'transcriptGone' | 'damagedTag';

export interface Exclusion {
  sessionId: string;
  reason: ExclusionReason;
}

/** When a tag was set, as far as its history is known. */
export interface TagTime {
  /** When the session got the variant that it has (ms since the epoch). Absent where unknown, and for what is not a tag. */
  taggedAt?: number;
  /** It had another variant before. */
  retagged?: true;
}

/** A session that counts, with all that a report needs of it: nothing else is read when a report is computed again. */
export interface SampleEntry extends TagTime {
  sessionId: string;
  variant: Compared;
  source: SampleRow['source'];
  startedAt: number;
  lastActiveAt: number;
  /** The calendar day of its start where the person is, `2026-03-31`. Kept, so that no other time zone moves it. */
  day: string;
  /** The experiment's metrics: the primary one and those of the guardrails. Absent is missing, never zero. */
  values: Partial<Record<Metric, number>>;
  agent: string;
  model?: string;
}

/** Sessions with their variants and values, and those that are left out with the reason. */
export interface Sample {
  /** In the order of their start. */
  entries: SampleEntry[];
  excluded: Exclusion[];
  /** Sessions that have a variant and whose transcript is gone, so that they have no value. */
  gone: Record<Compared, number>;
}

/** Variant by session id; `undefined` is a stored value that is no variant. */
export type Tags = ReadonlyMap<string, Variant | undefined>;

export interface SampleInput {
  /** What is measured: see `metricsOf`. */
  metrics: readonly Metric[];
  tags: Tags;
  sessions: readonly Measured[];
  /** Untagged sessions that ended before it have nothing to do with the experiment, and are not told as left out. */
  from: number | undefined;
  /** The calendar day of a moment, where the person is. */
  dayOf: (time: number) => string;
}

/** The metrics that a report of the experiment is about, the primary one first. */
export function metricsOf({ metric, guardrails }: Pick<Experiment, 'metric' | 'guardrails'>): Metric[] {
  return [...new Set([metric, ...(guardrails ?? []).map((guardrail) => guardrail.metric)])];
}

export function collectSample({ metrics, tags, sessions, from, dayOf }: SampleInput): Sample {
  const sample: Sample = { entries: [], excluded: [], gone: { Control: 0, Treatment: 0 } };
  const known = new Map(sessions.map((session) => [session.id, session]));
  for (const [sessionId, variant] of tags) {
    const session = known.get(sessionId);
    if (variant === undefined) sample.excluded.push({ sessionId, reason: 'damagedTag' });
    else if (variant === 'Excluded') sample.excluded.push({ sessionId, reason: 'excludedTag' });
    else if (session === undefined) {
      sample.gone[variant] += 1;
      sample.excluded.push({ sessionId, reason: 'transcriptGone' });
    } else sample.entries.push({ ...entryOf(session, metrics, dayOf), variant, source: 'tag' });
  }
  for (const session of sessions) {
    if (!tags.has(session.id) && (from === undefined || session.lastActiveAt >= from))
      sample.excluded.push({ sessionId: session.id, reason: 'notTagged' });
  }
  // The report must not depend on the order in which sessions were found.
  sample.entries.sort((a, b) => a.startedAt - b.startedAt || compareText(a.sessionId, b.sessionId));
  sample.excluded.sort((a, b) => compareText(a.reason, b.reason) || compareText(a.sessionId, b.sessionId));
  return sample;
}

function entryOf(
  session: Measured,
  metrics: readonly Metric[],
  dayOf: SampleInput['dayOf'],
): Omit<SampleEntry, 'variant' | 'source'> {
  const values: SampleEntry['values'] = {};
  for (const metric of metrics) {
    const value = metricValue[metric](session);
    if (value !== undefined) values[metric] = value;
  }
  const { id: sessionId, startedAt, lastActiveAt, agent, model } = session;
  const day = dayOf(startedAt);
  return { sessionId, startedAt, lastActiveAt, day, values, agent, ...(model === undefined ? {} : { model }) };
}
