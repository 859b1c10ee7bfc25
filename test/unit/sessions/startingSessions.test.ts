import assert from 'node:assert/strict';
import { decideCurrent } from '../../../src/sessions/currentSession';
import type { Assignment } from '../../../src/domain/assignment';
import { withStarting, type ToldSession } from '../../../src/sessions/startingSessions';
import { session } from './support/sessions';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;
const clock = { now: NOW, liveMinutes: 10 };

const told = (
  sessionId: string,
  minutesAgo: number,
  changes: Partial<Assignment & { here: boolean }> = {},
): ToldSession => {
  const { here = true, ...rest } = changes;
  const at = NOW - minutesAgo * MINUTE;
  const assignment: Assignment = {
    ...{ experimentId: 'e', sessionId, agent: 'codex', variant: 'Control', position: 0, at, source: 'hook' },
    ...rest,
  };
  return { assignment, here };
};

describe('sessions that agents told of at their start', () => {
  const editorSession = session('editor-me', { agent: 'editor', lastActiveAt: NOW });

  it('are there before their transcript, as starting, and current', () => {
    const sessions = withStarting([], [told('s', 1)], clock);
    assert.deepEqual(
      sessions.map(({ id, agent, starting, startedAt, tokens, liveUntil }) => [
        id,
        agent,
        starting,
        startedAt,
        tokens,
        liveUntil,
      ]),
      [['s', 'codex', true, NOW - MINUTE, undefined, NOW + 9 * MINUTE]],
    );
    const current = decideCurrent({ sessions, editorSession, now: NOW });
    assert.ok(current.kind === 'one' && current.session.id === 's' && current.because === 'onlyLiveAgent');
  });

  it('are live from then on for the usual time, and no longer', () => {
    const silent = session('s', { endedAt: NOW - 5 * MINUTE, lastActiveAt: NOW - 5 * MINUTE });
    const [live] = withStarting([silent], [told('s', 4)], clock);
    assert.deepEqual([live?.endedAt, live?.liveUntil, live?.starting], [undefined, NOW + 6 * MINUTE, undefined]);
    assert.deepEqual(withStarting([silent], [told('s', 10)], clock), [silent]);
    assert.deepEqual(withStarting([], [told('s', 10)], clock), []);
    // A clock that was set back proves nothing.
    assert.deepEqual(withStarting([], [told('s', -11)], clock), []);
  });

  it('have ended where an end after their start is known', () => {
    const ended = session('s', { endedAt: NOW - MINUTE, lastActiveAt: NOW - MINUTE });
    assert.deepEqual(withStarting([ended], [told('s', 4)], clock), [ended]);
  });

  it('stay as they are where a running process is the sign', () => {
    const running = session('s', { liveBecause: 'process 7 is running' });
    assert.deepEqual(withStarting([running], [told('s', 4)], clock), [running]);
  });

  it('are not of this workspace only because their agent told of them, nor because a person drew for them', () => {
    assert.deepEqual(withStarting([], [told('s', 1, { here: false })], clock), []);
    assert.deepEqual(withStarting([], [told('s', 1, { source: 'person' })], clock), []);
    assert.deepEqual(withStarting([], [told('s', 1, { agent: 'editor' })], clock), []);
  });

  it('appear once, however many experiments drew for them', () => {
    const sessions = withStarting([], [told('s', 2, { experimentId: 'a' }), told('s', 1)], clock);
    assert.deepEqual(
      sessions.map(({ id, startedAt }) => [id, startedAt]),
      [['s', NOW - MINUTE]],
    );
  });
});
