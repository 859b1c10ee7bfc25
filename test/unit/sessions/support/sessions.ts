import type { IndexedSession } from '../../../../src/sessions/model';

/** An ended session of some agent. */
export function session(id: string, fields: Partial<IndexedSession> = {}): IndexedSession {
  return {
    id,
    agent: 'claude-code',
    startedAt: 0,
    lastActiveAt: 0,
    prompts: 0,
    toolCalls: 0,
    toolErrors: 0,
    filesTouched: 0,
    activeMinutes: 0,
    wallMinutes: 0,
    models: {},
    ...fields,
  };
}
