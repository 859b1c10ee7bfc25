import { EDITOR_AGENT } from './editor/editorSessionFile';
import type { IndexedSession } from './model';

export type CurrentSession =
  | { kind: 'one'; session: IndexedSession; because: 'pinned' | 'onlyLiveAgent' | 'noLiveAgent' }
  /** Several agents are at work: the person must say which is meant. Newest first. */
  | { kind: 'several'; sessions: IndexedSession[] };

/** True while the session goes on, at `now` (ms since the epoch). */
export function isLive(session: IndexedSession, now: number): boolean {
  return (
    session.gone !== true &&
    session.endedAt === undefined &&
    (session.liveUntil === undefined || now < session.liveUntil)
  );
}

/**
 * Which session a command means that names none: the pinned one while it is known, else the only live agent session, else the
 * editor window's own. Several live ones are never guessed between.
 */
export function decideCurrent(options: {
  sessions: readonly IndexedSession[];
  editorSession: IndexedSession;
  pinnedId?: string | undefined;
  now: number;
}): CurrentSession {
  const { sessions, editorSession, pinnedId, now } = options;
  // Tags for a session whose transcript was deleted are never meant by default.
  const pinned = [editorSession, ...sessions].find(({ id, gone }) => id === pinnedId && gone !== true);
  if (pinned) {
    return { kind: 'one', session: pinned, because: 'pinned' };
  }
  const live = sessions
    .filter((session) => session.agent !== EDITOR_AGENT && isLive(session, now))
    .sort((a, b) => b.lastActiveAt - a.lastActiveAt || (a.id < b.id ? -1 : 1));
  const [first, second] = live;
  if (first && second) {
    return { kind: 'several', sessions: live };
  }
  return first
    ? { kind: 'one', session: first, because: 'onlyLiveAgent' }
    : { kind: 'one', session: editorSession, because: 'noLiveAgent' };
}
