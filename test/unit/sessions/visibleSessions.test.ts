import assert from 'node:assert/strict';
import type { IndexedSession } from '../../../src/sessions/model';
import { visibleSessions } from '../../../src/sessions/visibleSessions';

const session = (id: string, agent: string, lastActiveAt: number): IndexedSession => ({
  id,
  agent,
  startedAt: 0,
  lastActiveAt,
  prompts: 0,
  toolCalls: 0,
  toolErrors: 0,
  filesTouched: 0,
  activeMinutes: 0,
  wallMinutes: 0,
  models: {},
});
const own = session('own', 'editor', 50);
const visible = (sessions: IndexedSession[], currentId?: string, tagged: string[] = []): string[] =>
  visibleSessions({ sessions, editorSession: own, currentId, isTagged: (id) => tagged.includes(id) }).map(
    ({ id }) => id,
  );

describe('the sessions that people see', () => {
  const agent = session('agent', 'claude-code', 10);
  const earlier = session('earlier', 'editor', 20);

  it('has the windows of the editor where there is no agent', () => {
    assert.deepEqual(visible([earlier]), ['own', 'earlier']);
  });

  it('leaves windows out where agents work', () => {
    assert.deepEqual(visible([agent, earlier], 'agent'), ['agent']);
  });

  it('keeps the window that is current, and any that was tagged', () => {
    assert.deepEqual(visible([agent, earlier], 'own'), ['own', 'agent']);
    assert.deepEqual(visible([agent, earlier], 'agent', ['earlier']), ['earlier', 'agent']);
  });

  it('shows the own window as it is now, not as its file says', () => {
    assert.deepEqual(visible([session('own', 'editor', 1), agent], 'own'), ['own', 'agent']);
  });
});
