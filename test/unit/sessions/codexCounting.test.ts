import assert from 'node:assert/strict';
import { CodexBench, LATER, read, Rollout, START, usage, WORKSPACE } from './support/codexRecords';

const item = (item: unknown, turn = 't1'): Record<string, unknown> => ({ turn_id: turn, item });

describe('Codex: tokens', () => {
  it('are the increases of the counter, cached input apart and reasoning inside output', async () => {
    const session = await read(new Rollout().turn('gpt-5').spend([100, 40, 10, 4]).spend([200, 150, 20, 5]));
    assert.deepEqual(session.tokens, { input: 110, output: 30, cacheRead: 190, cacheWrite: 0 });
    assert.equal(session.reasoningInOutput, 9);
    assert.deepEqual(session.models, { 'gpt-5': 2 });
  });

  it('are not counted again where the same event is written again', async () => {
    const rollout = new Rollout().spend([100, 0, 10, 0]).count([100, 0, 10, 0], [100, 0, 10, 0]);
    const session = await read(rollout.spend([50, 0, 5, 0]).count([150, 0, 15, 0], [50, 0, 5, 0]));
    assert.deepEqual([session.tokens?.input, session.tokens?.output], [150, 15]);
  });

  it('are those of the last response where the counter starts anew', async () => {
    const session = await read(new Rollout().spend([100, 0, 10, 0]).count([30, 0, 3, 0], [30, 0, 3, 0]));
    assert.deepEqual([session.tokens?.input, session.tokens?.output], [130, 13]);
  });

  it('are the parts, never total_tokens', async () => {
    const info = { total_token_usage: { ...usage([10, 0, 1, 0]), total_tokens: 272_000 } };
    assert.equal((await read(new Rollout().event('token_count', { info }))).tokens?.input, 10);
  });

  it('are unknown, not zero, where there is no counter', async () => {
    const session = await read(new Rollout().turn('gpt-5').prompt('hi').event('token_count', { info: null }));
    assert.deepEqual([session.tokens, session.costUsd, session.tokensKnown], [undefined, undefined, 'none']);
    assert.deepEqual([session.model, session.models], ['gpt-5', { 'gpt-5': 0 }]);
  });

  it('do not double where a record of each response stands beside the counter', async () => {
    const rollout = new Rollout().turn('gpt-5');
    for (const total of [100, 200] as const) {
      const thread = usage([total, 0, total / 10, 0]);
      rollout.record('token_usage_record', { usage: usage([100, 0, 10, 0]), thread_token_usage: thread });
      rollout.count([total, 0, total / 10, 0], [100, 0, 10, 0]);
    }
    // A count that comes late repeats what is known, it is no new start.
    rollout.count([100, 0, 10, 0], [100, 0, 10, 0]);
    const session = await read(rollout);
    assert.deepEqual([session.tokens?.input, session.tokens?.output], [200, 20]);
    assert.deepEqual(session.models, { 'gpt-5': 2 });
  });

  it('tell cache writes apart where they are reported', async () => {
    const total = { ...usage([100, 30, 10, 0]), cache_write_input_tokens: 20 };
    const session = await read(new Rollout().event('token_count', { info: { total_token_usage: total } }));
    assert.deepEqual(session.tokens, { input: 50, output: 10, cacheRead: 30, cacheWrite: 20 });
  });

  it('go to the model of the turn', async () => {
    const session = await read(
      new Rollout().turn('gpt-5').spend([10, 0, 1, 0]).turn('o3').spend([10, 0, 1, 0]).spend([10, 0, 1, 0]),
    );
    assert.deepEqual([session.model, session.models], ['o3', { 'gpt-5': 1, o3: 2 }]);
  });

  it('cost what each response cost', async () => {
    const session = await read(new Rollout().turn('gpt-5').spend([1_000_000, 0, 0, 0]).spend([0, 0, 100_000, 50_000]));
    assert.ok(Math.abs((session.costUsd ?? 0) - 2.25) < 1e-9);
    const unknown = await read(new Rollout().turn('nobody-knows').spend([10, 0, 1, 0]));
    assert.deepEqual([unknown.costUsd, unknown.unpricedModels], [undefined, ['nobody-knows']]);
  });
});

describe('Codex: prompts', () => {
  it('are user messages', async () => {
    assert.equal((await read(new Rollout().prompt('one').prompt('two'))).prompts, 2);
  });

  it('are completed items of newer versions', async () => {
    const content = [{ type: 'text', text: 'Fix it' }];
    const session = await read(new Rollout().event('item_completed', item({ type: 'UserMessage', content })));
    assert.deepEqual([session.prompts, session.title], [1, 'Fix it']);
  });

  it('count once where both forms are written', async () => {
    const rollout = new Rollout().turn('gpt-5', 't1').prompt('Fix it').prompt('Fix it');
    const content = [{ type: 'text', text: 'Fix it' }];
    for (const turn of ['t1', 't1', 't2']) {
      rollout.event('item_completed', item({ type: 'UserMessage', content }, turn));
    }
    assert.equal((await read(rollout)).prompts, 3);
  });

  it('are messages to the model where nothing else is written, without what the program adds', async () => {
    const rollout = new Rollout();
    for (const text of ['<environment_context>x', '# AGENTS.md instructions for /x', 'Do it', '<turn_aborted>']) {
      rollout.item('message', { role: 'user', content: [{ type: 'input_text', text }] });
    }
    assert.equal((await read(rollout)).prompts, 1);
    assert.equal((await read(rollout.prompt('Do it'))).prompts, 1, 'the other form decides');
  });

  it('of another kind are no prompts', async () => {
    assert.equal(
      (await read(new Rollout().event('user_message', { message: 'x', kind: 'environment_context' }))).prompts,
      0,
    );
  });

  it('give the title, without the files that the editor adds', async () => {
    const message = '# Context from my IDE setup:\n## Open tabs: a.ts\n## My request for Codex:\nName the shop';
    assert.equal((await read(new Rollout().prompt(message))).title, 'Name the shop');
  });
});

describe('Codex: tools', () => {
  for (const [what, output, failed] of [
    ['JSON with an exit code', '{"output":"x","metadata":{"exit_code":2}}', 1],
    ['JSON with exit code 0', '{"output":"Exit code: 1","metadata":{"exit_code":0}}', 0],
    ['an exit code', 'Exit code: 1\nWall time: 0\nOutput:\n', 1],
    ['an exit code of unified exec', 'Chunk ID: a\nProcess exited with code 127\nOutput:\n', 1],
    ['an exit code in what the command wrote', 'Exit code: 0\nOutput:\nExit code: 1', 0],
    ['a running process', 'Process running with session ID 4\nOutput:\nProcess exited with code 1', 0],
    ['a list of contents', [{ type: 'input_text', text: 'Exit code: 3\nOutput:\n' }], 1],
    ['an object that says so', { content: 'no', success: false }, 1],
    ['a call of an unknown tool', 'unsupported call: nothing', 1],
    ['torn JSON', '{"output":', 0],
  ] as const) {
    it(`failed or not: ${what}`, async () => {
      const session = await read(new Rollout().call('c', 'shell').output('c', output));
      assert.deepEqual([session.toolCalls, session.toolErrors], [1, failed]);
    });
  }

  it('failed by an event, once', async () => {
    const rollout = new Rollout().call('c', 'shell').event('exec_command_end', { call_id: 'c', exit_code: 1 });
    const session = await read(rollout.output('c', 'Exit code: 1\n'));
    assert.equal(session.toolErrors, 1);
  });

  it('failed by an item of newer versions, refused ones too', async () => {
    const rollout = new Rollout().call('a', 'exec_command').call('b', 'exec_command').call('c', 'apply_patch');
    rollout.event('item_completed', item({ type: 'CommandExecution', id: 'a', status: 'failed', exit_code: 2 }));
    rollout.event('item_completed', item({ type: 'CommandExecution', id: 'b', status: 'declined' }));
    rollout.event('item_completed', item({ type: 'FileChange', id: 'c', status: 'completed', changes: {} }));
    assert.equal((await read(rollout)).toolErrors, 2);
  });

  it('are counted once per call id', async () => {
    assert.equal((await read(new Rollout().call('c', 'shell').call('c', 'shell').call('d', 'shell'))).toolCalls, 2);
  });

  it('repeat where the same call follows, waiting left out', async () => {
    const rollout = new Rollout().call('1', 'shell', { cmd: 'ls' }).call('2', 'write_stdin').call('3', 'write_stdin');
    rollout.call('4', 'shell', { cmd: 'ls' }).call('5', 'shell', { cmd: 'pwd' });
    assert.equal((await read(rollout)).toolLoops, 1);
  });

  it('change the files that the record of an applied patch names, each once, whatever its output says', async () => {
    const rollout = new Rollout();
    const changes = { [`${WORKSPACE}/a.ts`]: {}, [`${WORKSPACE}/b.ts`]: {} };
    rollout.event('patch_apply_end', { call_id: 'c', success: true, changes });
    rollout.event('patch_apply_end', { call_id: 'd', success: false, changes: { '/x': {} } });
    rollout.output(
      'c',
      '{"output":"Success. Updated the following files:\\nM a.ts\\nA c.ts\\n","metadata":{"exit_code":0}}',
    );
    assert.equal((await read(rollout)).filesTouched, 2);
  });
});

describe('Codex: place and time', () => {
  it('are the folder, commit and branch that the session started with', async () => {
    const git = { commit_hash: 'abcdef0123456789abcdef0123456789abcdef01', branch: 'main' };
    const session = await read(new Rollout({ id: 'x', cwd: `${WORKSPACE}/web`, git }).prompt('hi'));
    assert.deepEqual(
      [session.id, session.workspaceFolder, session.startCommit, session.branch],
      ['x', `${WORKSPACE}/web`, git.commit_hash, 'main'],
    );
  });

  it('are not taken from what is no commit', async () => {
    const session = await read(new Rollout({ id: 'x', cwd: WORKSPACE, git: { commit_hash: '--upload-pack=x' } }));
    assert.equal(session.startCommit, undefined);
  });

  it('leave out sessions of other folders', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': new Rollout({ id: 'x', cwd: '/home/ada/shopping' }).prompt('hi') });
    assert.deepEqual(await bench.scan(), []);
  });

  it('follow links to the workspace', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': new Rollout({ id: 'x', cwd: '/link' }).prompt('hi') });
    bench.files.links.set('/link', WORKSPACE);
    assert.equal((await bench.only()).prompts, 1);
  });

  it('begin with the time in session_meta', async () => {
    const timestamp = new Date(START - 5000).toISOString();
    const session = await read(new Rollout({ id: 'x', cwd: WORKSPACE, timestamp }).prompt('hi'));
    assert.deepEqual([session.startedAt, session.lastActiveAt], [START - 5000, START + 1000]);
  });

  it('leave out long pauses from active time', async () => {
    const session = await read(new Rollout().wait(600).prompt('hi').prompt('ho'));
    assert.ok(Math.abs(session.activeMinutes - 1 / 60) < 1e-9);
  });
});

describe('Codex: live', () => {
  const lock = '/home/ada/.codex/thread-writer-locks/thread-a.lock';

  it('for some minutes after the last record', async () => {
    const bench = new CodexBench({ liveMinutes: 10 }).put({ 'a.jsonl': new Rollout().prompt('hi') });
    assert.equal((await bench.only(START + 60_000)).endedAt, undefined);
    assert.equal((await bench.only(LATER)).endedAt, START + 1000);
  });

  it('while a process holds the lock of the thread', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': new Rollout().prompt('hi'), [lock]: '' });
    const { ino } = await bench.files.stat(lock);
    bench.files.write(
      '/proc/locks',
      `1: POSIX ADVISORY WRITE 9 00:2:77 0 EOF\n2: FLOCK  ADVISORY  WRITE 4711 08:02:${ino} 0 EOF\n`,
    );
    assert.equal((await bench.only()).endedAt, START + 1000, 'the process is gone');
    bench.alive.add(4711);
    assert.equal((await bench.only()).liveBecause, 'process 4711 is running');
  });

  it('not by a lock file that nobody holds, nor by that of a program that keeps all', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': new Rollout().prompt('hi'), [lock]: '' });
    assert.equal((await bench.only()).liveBecause, undefined);
    const { ino } = await bench.files.stat(lock);
    bench.files.write('/proc/locks', `1: FLOCK ADVISORY WRITE 4711 08:02:${ino} 0 EOF\n`);
    bench.alive.add(4711);
    bench.put({ 'a.jsonl': new Rollout({ id: 'thread-a', cwd: WORKSPACE, originator: 'Codex Desktop' }).prompt('hi') });
    assert.equal((await bench.only()).liveBecause, undefined);
  });
});
