import { EDITOR_AGENT } from './editor/editorSessionFile';
import type { IndexedSession } from './model';

/**
 * The sessions of a workspace as people see them, newest first. A window of the editor counts as a session only where there is
 * no agent, where it is this window's own while it is current, or where somebody tagged it.
 */
export function visibleSessions(options: {
  sessions: readonly IndexedSession[];
  editorSession: IndexedSession;
  currentId: string | undefined;
  isTagged: (sessionId: string) => boolean;
}): IndexedSession[] {
  const { sessions, editorSession, currentId, isTagged } = options;
  // Its file says what was true at the last flush; the recorder knows now.
  const all = [...sessions.filter(({ id }) => id !== editorSession.id), editorSession];
  const agents = all.some(({ agent }) => agent !== EDITOR_AGENT);
  return all
    .filter(({ agent, id }) => agent !== EDITOR_AGENT || !agents || id === currentId || isTagged(id))
    .sort((a, b) => b.lastActiveAt - a.lastActiveAt || (a.id < b.id ? -1 : 1));
}
