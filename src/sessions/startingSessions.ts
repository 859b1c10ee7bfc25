import type { Assignment } from '../domain/assignment';
import { EDITOR_AGENT } from './editor/editorSessionFile';
import type { IndexedSession } from './model';

const MS_PER_MINUTE = 60_000;

/** A session that its agent has told of, with whether it is known to be of the open folders. */
export interface ToldSession {
  assignment: Assignment;
  here: boolean;
}

/**
 * The sessions with what agents said at their start, the surest sign that there is: such a session is live from that moment on,
 * for the usual time, even before its transcript is there. One that is known to have ended since has ended.
 */
export function withStarting(
  sessions: readonly IndexedSession[],
  told: readonly ToldSession[],
  { now, liveMinutes }: { now: number; liveMinutes: number },
): readonly IndexedSession[] {
  const span = liveMinutes * MS_PER_MINUTE;
  const latest = new Map<string, ToldSession>();
  for (const one of told) {
    const { sessionId, source, agent, at } = one.assignment;
    // A person may draw for a session at any time, and for a window, which needs no sign.
    if (source !== 'hook' || agent === EDITOR_AGENT || Math.abs(now - at) >= span) continue;
    const known = latest.get(sessionId);
    if (known === undefined || known.assignment.at < at) latest.set(sessionId, one);
  }
  if (latest.size === 0) return sessions;
  const known = sessions.map((session) => {
    const one = latest.get(session.id);
    latest.delete(session.id);
    return one === undefined ? session : live(session, one.assignment.at, span);
  });
  const starting = [...latest.values()].flatMap(({ assignment, here }) =>
    here ? [startingSession(assignment, span)] : [],
  );
  return [...known, ...starting];
}

function live(session: IndexedSession, at: number, span: number): IndexedSession {
  const { endedAt, liveUntil, liveBecause, ...rest } = session;
  if (endedAt !== undefined && endedAt > at) return session;
  // A process that runs is a sign without an end.
  if (endedAt === undefined && liveUntil === undefined) return session;
  return { ...rest, liveBecause: liveBecause ?? BECAUSE, liveUntil: Math.max(liveUntil ?? 0, at + span) };
}

const BECAUSE = 'its agent has told of its start';

function startingSession({ sessionId, agent, at }: Assignment, span: number): IndexedSession {
  return {
    id: sessionId,
    agent,
    starting: true,
    startedAt: at,
    lastActiveAt: at,
    prompts: 0,
    toolCalls: 0,
    toolErrors: 0,
    filesTouched: 0,
    activeMinutes: 0,
    wallMinutes: 0,
    models: {},
    tokensKnown: 'none',
    liveBecause: BECAUSE,
    liveUntil: at + span,
  };
}
