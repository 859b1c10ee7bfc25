import type { Session } from '../api';
import type { IndexedSession } from './model';

/** The sessions with what people said of them, which beats what a command showed. */
export function judgedSessions(
  sessions: readonly IndexedSession[],
  said: ReadonlyMap<string, NonNullable<Session['outcome']>>,
): IndexedSession[] {
  return sessions.map((session) => {
    const outcome = said.get(session.id);
    return outcome === undefined ? session : { ...session, outcome, outcomeSource: 'person' };
  });
}
