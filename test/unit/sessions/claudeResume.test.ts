import assert from 'node:assert/strict';
import type { IndexedSession } from '../../../src/sessions/model';
import { Bench, Recorder, SESSION_A, SESSION_B } from './support/claudeRecords';

const original = (): Recorder =>
  new Recorder()
    .prompt('first', { uuid: 'p1' })
    .answer('m1', [1, 10, 0, 0], [{ type: 'tool_use', id: 't1', name: 'Edit', input: { file_path: '/a' } }])
    .result('t1');

/** As early versions resumed: a new file that begins with a copy of the old one. */
const resumed = (): Recorder => {
  const copy = new Recorder({ sessionId: SESSION_B });
  original().lines.forEach((line) => copy.raw(line));
  return copy
    .wait(3600)
    .prompt('second', { uuid: 'p2' })
    .answer('m2', [2, 20, 0, 0], [{ type: 'tool_use', id: 't2', name: 'Edit', input: { file_path: '/b' } }])
    .result('t2');
};

const find = (sessions: readonly IndexedSession[], id: string): IndexedSession => {
  const found = sessions.find((session) => session.id === id);
  assert.ok(found, `no session ${id}`);
  return found;
};

describe('Claude Code: history that several files hold', () => {
  for (const names of [
    [SESSION_A, SESSION_B],
    [SESSION_B, SESSION_A],
  ] as const) {
    const [old, young] = names;
    it(`counts for the earliest file, whatever the order of the names (${old.slice(0, 1)} first)`, async () => {
      const bench = new Bench().put({
        [`${young}.jsonl`]: resumed(),
        [`${old}.jsonl`]: original(),
      });
      const sessions = await bench.scan();
      const first = find(sessions, old);
      const second = find(sessions, young);
      assert.deepEqual(first.tokens, { input: 1, output: 10, cacheRead: 0, cacheWrite: 0 });
      assert.deepEqual(second.tokens, { input: 2, output: 20, cacheRead: 0, cacheWrite: 0 });
      for (const session of [first, second]) {
        assert.deepEqual([session.prompts, session.toolCalls, session.filesTouched], [1, 1, 1]);
        assert.ok(session.wallMinutes < 1, 'the pause before resuming is nobody’s');
      }
      assert.ok(second.startedAt > first.lastActiveAt);
    });
  }

  it('takes the greatest record of all copies and credits it to the earliest', async () => {
    const cut = new Recorder().prompt('first', { uuid: 'p1' }).answer('m1', [1, 2, 0, 0]);
    const copy = new Recorder({ sessionId: SESSION_B })
      .raw(cut.lines[0] ?? '')
      .wait(1)
      .answer('m1', [1, 50, 0, 0])
      .wait(60)
      .prompt('more', { uuid: 'p2' });
    const sessions = await new Bench().put({ [`${SESSION_A}.jsonl`]: cut, [`${SESSION_B}.jsonl`]: copy }).scan();
    assert.equal(find(sessions, SESSION_A).tokens?.output, 50);
    assert.equal(find(sessions, SESSION_B).tokens?.output, 0);
  });

  it('knows a fork by its mark, though times and session ids were rewritten', async () => {
    const fork = new Recorder({ sessionId: SESSION_A, forkedFrom: { sessionId: SESSION_B } })
      .prompt('first', { uuid: 'new1' })
      .answer('m1', [1, 10, 0, 0])
      .wait(60)
      .answer('m5', [5, 5, 0, 0]);
    const old = new Recorder({ sessionId: SESSION_B }).prompt('first').answer('m1', [1, 10, 0, 0]);
    const sessions = await new Bench().put({ [`${SESSION_A}.jsonl`]: fork, [`${SESSION_B}.jsonl`]: old }).scan();
    assert.equal(find(sessions, SESSION_B).tokens?.output, 10);
    assert.equal(find(sessions, SESSION_A).tokens?.output, 5);
  });

  it('shows no session for a file that is nothing but a copy', async () => {
    const sessions = await new Bench()
      .put({ [`${SESSION_A}.jsonl`]: original(), [`${SESSION_B}.jsonl`]: original() })
      .scan();
    assert.deepEqual(
      sessions.map((session) => session.id),
      [SESSION_A],
    );
  });

  it('puts files of one session id together', async () => {
    const bench = new Bench().put({
      'part-1.jsonl': new Recorder().prompt('one', { uuid: 'p1' }).answer('m1', [1, 10, 0, 0]),
      'part-2.jsonl': new Recorder()
        .prompt('one', { uuid: 'p1' })
        .answer('m1', [1, 10, 0, 0])
        .answer('m2', [1, 5, 0, 0]),
    });
    const session = await bench.only();
    assert.equal(session.id, SESSION_A);
    assert.equal(session.tokens?.output, 15);
    assert.equal(session.prompts, 1);
  });
});
