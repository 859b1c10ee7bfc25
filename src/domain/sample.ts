import type { Binding, Experiment, Metric, SampleRow, Variant } from '../api';
import type { Drawn } from './assigned';
import type { Assignment } from './assignment';
import { classify, type BindingExclusion, type BindingReason, type StartFacts, type Window } from './binding';
import { compareText } from './experiment';
import { metricValue, type Measured } from './metrics';
import type { HistoryEntry } from './tags';

/** The two variants that are compared. */
export const COMPARED = ['Control', 'Treatment'] as const;
export type Compared = (typeof COMPARED)[number];

export type ExclusionReason =
  | 'excludedTag'
  | 'transcriptGone'
  | 'damagedTag'
  | 'damagedAssignment'
  /** A draft's binding reaches no session yet. */
  | 'notStarted'
  | 'startedBefore'
  | 'startedAfter'
  /** A run of the editor beside sessions of agents: it counts by a tag only. */
  | 'editorWindow'
  | BindingExclusion;

/** The `agent` of sessions that are runs of the editor window. */
export const EDITOR_AGENT = 'editor';

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
  /** Why its binding gave it the variant; absent for tags and assignments. */
  because?: BindingReason;
  /** What was drawn for it; absent where nothing was. */
  drawn?: Drawn;
  startedAt: number;
  lastActiveAt: number;
  /** The calendar day of its start where the person is, `2026-03-31`. Kept, so that no other time zone moves it. */
  day: string;
  /** The experiment's metrics: the primary one and those of the guardrails. Absent is missing, never zero. */
  values: Partial<Record<Metric, number>>;
  agent: string;
  model?: string;
  /** Of the agent. */
  version?: string;
}

/** When an experiment's assignments and its binding reach sessions. */
export function windowOf({ since, startedAt, concludedAt }: Experiment): Window {
  return { from: startedAt === undefined ? undefined : (since ?? startedAt), to: concludedAt };
}

/** When the sessions of one experiment got the tags that they have; `history` is that of the experiment, oldest first. */
export function tagTimesOf(history: readonly Pick<HistoryEntry, 'sessionId' | 'at' | 'to'>[]): Map<string, TagTime> {
  const last = new Map<string, { variant: Variant | undefined; time: TagTime }>();
  for (const { sessionId, at, to } of history) {
    const before = last.get(sessionId);
    const changed =
      before?.time.retagged ?? (to !== undefined && before?.variant !== undefined && before.variant !== to);
    const time: TagTime = { taggedAt: at, ...(changed ? { retagged: true } : {}) };
    // What was untagged and is tagged again with another variant had another one before, too.
    last.set(sessionId, { variant: to ?? before?.variant, time });
  }
  return new Map([...last].map(([sessionId, { time }]) => [sessionId, time]));
}

/** Sessions with their variants and values, and those that are left out with the reason. */
export interface Sample {
  /** In the order of their start. */
  entries: SampleEntry[];
  excluded: Exclusion[];
  /** Sessions that have a variant and whose transcript is gone, so that they have no value. */
  gone: Record<Compared, number>;
  /** Sessions that were drawn and that a person has excluded: no part of the sample, but of the sample as it was drawn. */
  setAside?: SampleEntry[];
  /** Draws of sessions that no transcript is known of: the agent ended before it wrote one, or it is gone. */
  neverSeen?: Record<Compared, number>;
}

/** Variant by session id; `undefined` is a stored value that is no variant. */
export type Tags = ReadonlyMap<string, Variant | undefined>;

export interface SampleInput {
  /** What is measured: see `metricsOf`. */
  metrics: readonly Metric[];
  tags: Tags;
  tagTimes?: ReadonlyMap<string, TagTime>;
  /** Variants that the tool drew, by session id; `undefined` is a stored draw that cannot be read. */
  assignments?: ReadonlyMap<string, Pick<Assignment, 'variant' | 'deliveredAt' | 'source'> | undefined>;
  binding: Binding;
  /** When a session must start for an assignment or the binding to reach it. A tagged one counts whenever it ran. */
  window: Window;
  /** The sessions that the experiment may be about. */
  sessions: readonly Measured[];
  startFacts: (session: Measured) => StartFacts;
  /** The calendar day of a moment, where the person is. */
  dayOf: (time: number) => string;
}

/** The metrics that a report of the experiment is about, the primary one first. */
export function metricsOf({ metric, guardrails }: Pick<Experiment, 'metric' | 'guardrails'>): Metric[] {
  return [...new Set([metric, ...(guardrails ?? []).map((guardrail) => guardrail.metric)])];
}

/** A manual tag beats an assignment, which beats the binding. */
export function collectSample(input: SampleInput): Sample {
  const { tags, tagTimes, sessions } = input;
  const sample: Sample = { entries: [], excluded: [], gone: { Control: 0, Treatment: 0 } };
  const known = new Map(sessions.map((session) => [session.id, session]));
  for (const [sessionId, variant] of tags) {
    const session = known.get(sessionId);
    if (variant === undefined) sample.excluded.push({ sessionId, reason: 'damagedTag' });
    else if (variant === 'Excluded') {
      sample.excluded.push({ sessionId, reason: 'excludedTag' });
      setAside(sample, session, input);
    } else if (session === undefined) {
      sample.gone[variant] += 1;
      sample.excluded.push({ sessionId, reason: 'transcriptGone' });
    } else {
      sample.entries.push({ ...entryOf(session, input), variant, source: 'tag', ...tagTimes?.get(sessionId) });
    }
  }
  const agents = sessions.some(({ agent }) => agent !== EDITOR_AGENT);
  for (const [sessionId, drawn] of input.assignments ?? []) {
    if (drawn === undefined && !tags.has(sessionId)) sample.excluded.push({ sessionId, reason: 'damagedAssignment' });
  }
  for (const session of sessions) {
    if (!tags.has(session.id)) addUntagged(sample, session, agents, input);
  }
  countNeverSeen(sample, known, input);
  // The report must not depend on the order in which sessions were found.
  sample.entries.sort((a, b) => a.startedAt - b.startedAt || compareText(a.sessionId, b.sessionId));
  sample.excluded.sort((a, b) => compareText(a.reason, b.reason) || compareText(a.sessionId, b.sessionId));
  return sample;
}

/** Keeps what the sample as it was drawn needs of a session that a person has excluded. */
function setAside(sample: Sample, session: Measured | undefined, input: SampleInput): void {
  const drawn = session && input.assignments?.get(session.id);
  if (session === undefined || drawn === undefined) return;
  sample.setAside ??= [];
  sample.setAside.push({ ...entryOf(session, input), variant: drawn.variant, source: 'assignment' });
}

function countNeverSeen(
  sample: Sample,
  known: ReadonlyMap<string, Measured>,
  { assignments, tags }: SampleInput,
): void {
  for (const [sessionId, drawn] of assignments ?? []) {
    if (drawn === undefined || known.has(sessionId) || tags.has(sessionId)) continue;
    sample.neverSeen ??= { Control: 0, Treatment: 0 };
    sample.neverSeen[drawn.variant] += 1;
  }
}

function addUntagged(sample: Sample, session: Measured, agents: boolean, input: SampleInput): void {
  const { assignments, binding, window, startFacts } = input;
  const { id: sessionId, startedAt } = session;
  const assigned = assignments?.get(sessionId);
  // A draw that cannot be read is told of already.
  if (assigned === undefined && assignments?.has(sessionId) === true) return;
  // It was drawn while the experiment ran, whatever its agent says of when it began.
  if (assigned !== undefined) {
    sample.entries.push({ ...entryOf(session, input), variant: assigned.variant, source: 'assignment' });
    return;
  }
  // It ended before the experiment began, so nobody would look for it there.
  if (window.from !== undefined && session.lastActiveAt < window.from) return;
  const exclude = (reason: ExclusionReason): void => void sample.excluded.push({ sessionId, reason });
  if (binding.kind === 'ManualTag') exclude('notTagged');
  else if (window.from === undefined) exclude('notStarted');
  else if (startedAt < window.from) exclude('startedBefore');
  else if (window.to !== undefined && startedAt > window.to) exclude('startedAfter');
  else if (agents && session.agent === EDITOR_AGENT) exclude('editorWindow');
  else {
    const { variant, reason } = classify(binding, startFacts(session));
    if (variant === 'Excluded') exclude(reason);
    else sample.entries.push({ ...entryOf(session, input), variant, source: 'binding', because: reason });
  }
}

function entryOf(
  session: Measured,
  { metrics, dayOf, assignments }: Pick<SampleInput, 'metrics' | 'dayOf' | 'assignments'>,
): Omit<SampleEntry, 'variant' | 'source'> {
  const values: SampleEntry['values'] = {};
  for (const metric of metrics) {
    const value = metricValue[metric](session);
    if (value !== undefined) values[metric] = value;
  }
  const { id: sessionId, startedAt, lastActiveAt, agent, model, agentVersion } = session;
  const day = dayOf(startedAt);
  const drawn = assignments?.get(sessionId);
  return {
    ...{ sessionId, startedAt, lastActiveAt, day, values, agent },
    ...(model === undefined ? {} : { model }),
    ...(agentVersion === undefined ? {} : { version: agentVersion }),
    ...(drawn === undefined
      ? {}
      : {
          drawn: {
            variant: drawn.variant,
            reached: drawn.deliveredAt !== undefined && hasAnswer(session),
            ...(drawn.source === 'late' ? { late: true } : {}),
          },
        }),
  };
}

/** Whether the model may have answered; where an agent keeps no tokens, nobody knows better. */
function hasAnswer({ tokens, toolCalls }: Measured): boolean {
  return tokens === undefined || tokens.output > 0 || toolCalls > 0;
}
