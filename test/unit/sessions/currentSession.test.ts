import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decideCurrent, isLive } from '../../../src/sessions/currentSession';
import type { IndexedSession } from '../../../src/sessions/model';
import { session } from './support/sessions';

const NOW = 1_000_000;
const editorSession = session('editor-me', { agent: 'editor', lastActiveAt: NOW });
const ended = { endedAt: 5, lastActiveAt: 5 };

describe('the current session', () => {
  it('is the window’s own where no agent is at work', () => {
    assert.deepEqual(decideCurrent({ sessions: [session('a', ended)], editorSession, now: NOW }), {
      kind: 'one',
      session: editorSession,
      because: 'noLiveAgent',
    });
  });

  it('is the only live agent’s, other windows aside', () => {
    const live = session('live', { lastActiveAt: 9 });
    const other = session('editor-other', { agent: 'editor' });
    assert.deepEqual(
      decideCurrent({ sessions: [other, session('a', ended), live, editorSession], editorSession, now: NOW }),
      {
        kind: 'one',
        session: live,
        because: 'onlyLiveAgent',
      },
    );
  });

  it('is asked for where several are live, newest first', () => {
    const old = session('old', { lastActiveAt: 8 });
    const young = session('young', { lastActiveAt: 9 });
    assert.deepEqual(decideCurrent({ sessions: [old, young], editorSession, now: NOW }), {
      kind: 'several',
      sessions: [young, old],
    });
  });

  it('is the pinned one, live or not, as long as it is known', () => {
    const sessions = [session('a', ended), session('b'), session('c')];
    const decide = (pinnedId: string) => decideCurrent({ sessions, editorSession, pinnedId, now: NOW });
    assert.deepEqual(decide('a'), { kind: 'one', session: sessions[0], because: 'pinned' });
    assert.deepEqual(decide('editor-me'), { kind: 'one', session: editorSession, because: 'pinned' });
    assert.equal(decide('gone').kind, 'several');
  });

  it('counts a sign only as long as it holds', () => {
    const young = session('young', { liveUntil: NOW + 1 });
    assert.equal(isLive(young, NOW), true);
    assert.equal(isLive(young, NOW + 1), false);
    assert.equal(decideCurrent({ sessions: [young], editorSession, now: NOW + 1 }).kind, 'one');
  });

  it('for any sessions: pinned wins, one live is taken, several are never guessed between, order is no matter', () => {
    const any = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        agent: fc.constantFrom('claude-code', 'codex', 'editor'),
        lastActiveAt: fc.nat(5),
        live: fc.constantFrom('no', 'always', 'until', 'over'),
      }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(any, fc.option(fc.constantFrom('a', 'b', 'x'), { nil: undefined }), (drawn, pinnedId) => {
        const sessions: IndexedSession[] = drawn.map(({ live, ...fields }) =>
          session(fields.id, {
            ...fields,
            ...(live === 'no' ? { endedAt: fields.lastActiveAt } : {}),
            ...(live === 'until' ? { liveUntil: NOW + 1 } : {}),
            ...(live === 'over' ? { liveUntil: NOW } : {}),
          }),
        );
        const decided = decideCurrent({ sessions, editorSession, pinnedId, now: NOW });
        assert.deepEqual(
          decideCurrent({ sessions: [...sessions].reverse(), editorSession, pinnedId, now: NOW }),
          decided,
        );
        const live = drawn.filter(
          ({ agent, live: sign }) => agent !== 'editor' && (sign === 'always' || sign === 'until'),
        );
        const pinned = sessions.find(({ id }) => id === pinnedId);
        if (pinned) {
          assert.deepEqual(decided, { kind: 'one', session: pinned, because: 'pinned' });
        } else if (live.length > 1) {
          assert.ok(decided.kind === 'several');
          assert.deepEqual(decided.sessions.map(({ id }) => id).sort(), live.map(({ id }) => id).sort());
          decided.sessions.reduce((before, after) => {
            assert.ok(before.lastActiveAt >= after.lastActiveAt);
            return after;
          });
        } else {
          assert.ok(decided.kind === 'one');
          assert.equal(decided.session.id, live[0]?.id ?? editorSession.id);
        }
      }),
    );
  });
});
