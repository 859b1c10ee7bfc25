import assert from 'node:assert/strict';
import { judgeLiveness } from '../../../src/sessions/reading/liveness';
import { isProcessAlive } from '../../../src/sessions/reading/processes';
import { Bench, CONFIG, LATER, Recorder, SESSION_A, START } from './support/claudeRecords';

const MINUTE = 60_000;

describe('Claude Code: what is live', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench().put({ [`${SESSION_A}.jsonl`]: new Recorder().prompt('one').answer('m1', [1, 1, 0, 0]) });
  });

  const state = (content: unknown): void => {
    bench.files.write(`${CONFIG}/sessions/4711.json`, JSON.stringify(content));
  };

  it('a session whose process runs, however old its last record', async () => {
    state({ pid: 4711, sessionId: SESSION_A, cwd: '/home/ada/shop', startedAt: START });
    assert.equal((await bench.only()).liveBecause, undefined);
    bench.alive.add(4711);
    const session = await bench.only();
    assert.equal(session.liveBecause, 'process 4711 is running');
    assert.equal('endedAt' in session, false);
    assert.equal('liveUntil' in session, false);
  });

  it('not for the process of another session, nor a damaged file', async () => {
    bench.alive.add(4711);
    state({ pid: 4711, sessionId: 'other' });
    assert.equal((await bench.only()).liveBecause, undefined);
    for (const wrong of [null, [], { sessionId: 7 }, { sessionId: SESSION_A, pid: -1 }, 'x']) {
      state(wrong);
      assert.equal((await bench.only()).liveBecause, undefined);
    }
    bench.files.write(`${CONFIG}/sessions/4711.json`, '{"pid":47');
    assert.equal((await bench.only()).liveBecause, undefined);
    assert.equal(bench.problems.length, 1);
  });

  it('a session whose last record is younger than ten minutes', async () => {
    const last = START + 1000;
    const young = await bench.only(last + 10 * MINUTE - 1);
    assert.equal(young.liveBecause, 'last record 9 min ago');
    assert.equal(young.liveUntil, last + 10 * MINUTE);
    assert.equal('endedAt' in young, false);
    const old = await bench.only(last + 10 * MINUTE);
    assert.equal(old.liveBecause, undefined);
    assert.equal(old.endedAt, last);
  });

  it('by any record, messages or not, and by the minutes that were set', async () => {
    bench = new Bench({ liveMinutes: 2 }).put({
      [`${SESSION_A}.jsonl`]: new Recorder().prompt('one').wait(600).record({ type: 'progress' }),
    });
    const session = await bench.only(START + 602_000 + MINUTE);
    assert.equal(session.liveUntil, START + 601_000 + 2 * MINUTE);
    assert.equal(session.lastActiveAt, START);
  });

  it('not for a record from the future', () => {
    const judge = (lastSign: number) => judgeLiveness({ pid: undefined, lastSign, now: LATER, liveMinutes: 10 });
    assert.equal(judge(LATER + 11 * MINUTE), undefined);
    assert.equal(judge(LATER + MINUTE)?.liveBecause, 'last record less than a minute ago');
  });

  it('asks the system about processes', () => {
    assert.equal(isProcessAlive(process.pid), true);
    assert.equal(isProcessAlive(1), true, 'alive, whether or not it may be signalled');
    assert.equal(isProcessAlive(2 ** 30), false);
    assert.equal(isProcessAlive(0), false);
    assert.equal(isProcessAlive(-1), false);
  });
});
