import assert from 'node:assert/strict';
import type { IndexedSession } from '../../../src/sessions/model';
import { CodexBench, Rollout, WORKSPACE } from './support/codexRecords';

const FORK = { id: 'fork', cwd: WORKSPACE, forked_from_id: 'thread-a' };

function parent(): Rollout {
  return new Rollout()
    .turn('gpt-5', 't1')
    .prompt('first')
    .call('c1', 'shell')
    .spend([100, 10, 10, 0])
    .spend([200, 20, 20, 0]);
}

async function scan(files: Record<string, Rollout>): Promise<Map<string, IndexedSession>> {
  const sessions = await new CodexBench().put(files).scan();
  return new Map(sessions.map((session) => [session.id, session]));
}

function inputOf(sessions: Map<string, IndexedSession>, id: string): number | undefined {
  const tokens = sessions.get(id)?.tokens;
  return tokens && tokens.input + tokens.cacheRead;
}

describe('Codex: forks', () => {
  it('count only what follows the copy of the parent', async () => {
    const fork = parent().forkedBy(FORK).turn('gpt-5', 't2').prompt('second').call('c2', 'shell').spend([50, 0, 5, 0]);
    const sessions = await scan({ 'a.jsonl': parent(), 'b.jsonl': fork });
    assert.equal(inputOf(sessions, 'thread-a'), 300);
    assert.equal(inputOf(sessions, 'fork'), 50);
    assert.deepEqual([sessions.get('fork')?.prompts, sessions.get('fork')?.toolCalls], [1, 1]);
  });

  it('tell a response of their own from an equal one of the parent by the turn', async () => {
    const fork = parent().forkedBy(FORK).turn('gpt-5', 't3').spend([50, 0, 5, 0]);
    const longer = parent().turn('gpt-5', 't2').spend([50, 0, 5, 0]);
    const sessions = await scan({ 'a.jsonl': longer, 'b.jsonl': fork });
    assert.deepEqual([inputOf(sessions, 'thread-a'), inputOf(sessions, 'fork')], [350, 50]);
  });

  it('count what follows a history that is only referred to', async () => {
    const meta = { ...FORK, history_base: { thread_id: 'thread-a', end_ordinal_exclusive: 9 } };
    const fork = new Rollout(meta).turn('gpt-5', 't2').prompt('second').count([350, 30, 35, 0], [50, 0, 5, 0]);
    for (const files of [{ 'a.jsonl': parent(), 'b.jsonl': fork }, { 'b.jsonl': fork }]) {
      assert.equal(inputOf(await scan(files), 'fork'), 50);
    }
  });

  it('whose parent is gone are compared with each other', async () => {
    const one = parent().forkedBy(FORK).spend([50, 0, 5, 0]);
    const two = parent()
      .forkedBy({ ...FORK, id: 'other' })
      .spend([70, 0, 7, 0]);
    const sessions = await scan({ 'b.jsonl': one, 'c.jsonl': two });
    assert.deepEqual([inputOf(sessions, 'fork'), inputOf(sessions, 'other')], [50, 70]);
  });

  it('whose parent is gone, alone, have unknown tokens and no cost', async () => {
    const session = (await scan({ 'b.jsonl': parent().forkedBy(FORK).spend([50, 0, 5, 0]) })).get('fork');
    assert.deepEqual([session?.tokens, session?.costUsd, session?.tokensKnown], [undefined, undefined, 'none']);
  });

  it('find a parent that worked in another folder', async () => {
    const elsewhere = new Rollout({ id: 'thread-a', cwd: '/elsewhere' }).spend([100, 0, 10, 0]);
    const fork = elsewhere.forkedBy(FORK).spend([50, 0, 5, 0]);
    const bench = new CodexBench().put({ 'a.jsonl': elsewhere, 'b.jsonl': fork });
    for (let scans = 0; scans < 2; scans++) {
      assert.equal((await bench.only()).tokens?.input, 50);
    }
  });

  it('are not their own parents', async () => {
    const sessions = await scan({ 'a.jsonl': new Rollout({ ...FORK, id: 'thread-a' }).spend([10, 0, 1, 0]) });
    assert.equal(sessions.size, 1);
  });
});

describe('Codex: sub-agents', () => {
  const meta = (parentId: string): Record<string, unknown> => ({
    id: 'helper',
    cwd: WORKSPACE,
    source: { subagent: { thread_spawn: { parent_thread_id: parentId } } },
  });

  it('count with the session that they worked for, apart from its prompts and loops', async () => {
    const helper = new Rollout(meta('thread-a'))
      .turn('gpt-5', 's1')
      .prompt('do this')
      .call('h', 'shell')
      .call('i', 'shell');
    helper.spend([40, 0, 4, 0]);
    const sessions = await scan({ 'a.jsonl': parent(), 'b.jsonl': helper });
    const session = sessions.get('thread-a');
    assert.equal(sessions.size, 1);
    assert.equal(inputOf(sessions, 'thread-a'), 340);
    assert.deepEqual(session?.subagentTokens, { input: 40, output: 4, cacheRead: 0, cacheWrite: 0 });
    assert.deepEqual([session.prompts, session.toolCalls, session.toolLoops], [1, 3, 0]);
  });

  it('begin to count at nothing, however their counts are like the parent’s', async () => {
    const helper = new Rollout(meta('thread-a')).spend([100, 10, 10, 0]);
    assert.equal(inputOf(await scan({ 'a.jsonl': parent(), 'b.jsonl': helper }), 'thread-a'), 400);
  });

  it('that were given the parent’s history count what follows', async () => {
    const copied = parent().forkedBy(meta('thread-a')).spend([40, 0, 4, 0]);
    assert.equal(inputOf(await scan({ 'a.jsonl': parent(), 'b.jsonl': copied }), 'thread-a'), 340);
    const marked = new Rollout({ ...meta('thread-a'), subagent_history_start_ordinal: '3' });
    marked.record('event_msg', { type: 'user_message', message: 'first' }, { ordinal: 1 });
    const info = { total_token_usage: { input_tokens: 300, output_tokens: 30 } };
    marked.record('event_msg', { type: 'token_count', info }, { ordinal: 2 });
    marked.count([340, 0, 34, 0], [40, 0, 4, 0]);
    assert.equal(inputOf(await scan({ 'a.jsonl': parent(), 'b.jsonl': marked }), 'thread-a'), 340);
  });

  it('whose session is gone stand for themselves, without prompts', async () => {
    const sessions = await scan({ 'b.jsonl': new Rollout(meta('gone')).prompt('do this').spend([40, 0, 4, 0]) });
    assert.deepEqual([inputOf(sessions, 'helper'), sessions.get('helper')?.prompts], [40, 0]);
  });

  it('of each other do not lead in circles', async () => {
    const one = new Rollout({ ...meta('two'), id: 'one' }).spend([1, 0, 1, 0]);
    const two = new Rollout({ ...meta('one'), id: 'two' }).spend([1, 0, 1, 0]);
    assert.ok((await scan({ 'a.jsonl': one, 'b.jsonl': two })).size >= 1);
  });
});

describe('Codex: several files of one thread', () => {
  it('are one session, and a copy counts nothing', async () => {
    const again = { '/home/ada/.codex/archived_sessions/a.jsonl': parent() };
    const sessions = await scan({ 'a.jsonl': parent(), ...again });
    assert.equal(sessions.size, 1);
    assert.equal(inputOf(sessions, 'thread-a'), 300);
    assert.deepEqual([sessions.get('thread-a')?.prompts, sessions.get('thread-a')?.toolCalls], [1, 1]);
  });

  it('go on counting where the first ended', async () => {
    const next = new Rollout({ id: 'thread-a', cwd: WORKSPACE }).count([350, 30, 35, 0], [50, 0, 5, 0]);
    assert.equal(inputOf(await scan({ 'a.jsonl': parent(), 'b.jsonl': next }), 'thread-a'), 350);
  });
});
