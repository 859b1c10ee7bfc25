import type { IndexedSession } from './model';

/** A source that gives the same object again says that nothing changed; others are compared. */
export function isSameSession(before: IndexedSession, session: IndexedSession): boolean {
  return before === session || JSON.stringify(before) === JSON.stringify(session);
}

/** Whether two lists say the same, in the same order. */
export function sameSessions(before: readonly IndexedSession[], sessions: readonly IndexedSession[]): boolean {
  if (before === sessions) return true;
  if (before.length !== sessions.length) return false;
  return sessions.every((session, n) => {
    const other = before[n];
    return other !== undefined && isSameSession(other, session);
  });
}
