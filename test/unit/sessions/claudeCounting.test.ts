import assert from 'node:assert/strict';
import { Bench, Recorder, SESSION_A, START, WORKSPACE, read } from './support/claudeRecords';

describe('Claude Code counting', () => {
  it('takes the greatest of a response’s records, which is written once per content block', async () => {
    const session = await read(
      new Recorder()
        .prompt('go')
        .answer('m1', [10, 1, 500, 70])
        .answer('m1', [10, 250, 500, 70])
        .answer('m1', [10, 3, 500, 70])
        .answer('m2', [4, 40, 570, 0]),
    );
    assert.deepEqual(session.tokens, { input: 14, output: 290, cacheRead: 1070, cacheWrite: 70 });
    assert.deepEqual(session.models, { 'model-one': 2 });
    assert.equal(session.model, 'model-one');
  });

  it('takes the later record where two are equally great', async () => {
    const session = await read(new Recorder().answer('m1', [10, 20, 0, 0]).answer('m1', [20, 10, 0, 0]));
    assert.deepEqual(session.tokens, { input: 20, output: 10, cacheRead: 0, cacheWrite: 0 });
  });

  it('keys a response without message id by its uuid', async () => {
    const line = { type: 'assistant', message: { role: 'assistant', model: 'm', usage: { output_tokens: 5 } } };
    const session = await read(
      new Recorder()
        .record({ ...line, uuid: 'one' })
        .record({ ...line, uuid: 'one' })
        .record({ ...line, uuid: 'two' }),
    );
    assert.equal(session.tokens?.output, 10);
  });

  it('leaves synthetic answers and API errors out of tokens and counts the errors', async () => {
    const synthetic = { type: 'assistant', message: { model: '<synthetic>', usage: { output_tokens: 99 } } };
    const session = await read(
      new Recorder()
        .prompt('go')
        .record(synthetic)
        .answer('m1', [0, 77, 0, 0], [], { isApiErrorMessage: true })
        .answer('m2', [1, 2, 3, 4]),
    );
    assert.deepEqual(session.tokens, { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 });
    assert.equal(session.apiErrors, 1);
  });

  it('reports no tokens where no usage was seen', async () => {
    const session = await read(new Recorder().prompt('go').answer('m1', undefined));
    assert.equal('tokens' in session, false);
    assert.deepEqual(session.models, {});
    assert.equal('model' in session, false);
  });

  it('does not add what progress lines repeat', async () => {
    const message = { id: 'm9', model: 'model-one', usage: { output_tokens: 1000 } };
    const session = await read(
      new Recorder()
        .prompt('go')
        .record({ type: 'progress', data: { type: 'agent_progress', message: { type: 'assistant', message } } })
        .answer('m1', [1, 2, 0, 0]),
    );
    assert.equal(session.tokens?.output, 2);
  });

  it('counts as prompt only what a person typed', async () => {
    const session = await read(
      new Recorder()
        .prompt('one')
        .prompt([{ type: 'text', text: 'two' }])
        .prompt([{ type: 'image', source: {} }])
        .prompt('<system-reminder>be brief</system-reminder>')
        .prompt('<ide_opened_file>a.ts</ide_opened_file>three')
        .prompt('meta', { isMeta: true })
        .prompt('summary', { isCompactSummary: true })
        .prompt('shown only', { isVisibleInTranscriptOnly: true })
        .prompt('virtual', { isVirtual: true })
        .prompt('of a sub-agent', { isSidechain: true })
        .prompt('from a program', { origin: { kind: 'task-notification' } })
        .prompt('from a person', { origin: { kind: 'human' } })
        .prompt('<local-command-stdout>x</local-command-stdout>')
        .prompt('<bash-input>ls</bash-input>')
        .prompt('<task-notification>done</task-notification>')
        .prompt('[Request interrupted by user for tool use]')
        .prompt('Caveat: the messages below')
        .prompt('')
        .result('t0'),
    );
    assert.equal(session.prompts, 5);
  });

  it('counts a prompt once that is written twice', async () => {
    const session = await read(new Recorder().prompt('one', { uuid: 'p' }).prompt('one', { uuid: 'p' }));
    assert.equal(session.prompts, 1);
  });

  it('counts slash commands apart, and only those that an answer follows', async () => {
    const session = await read(
      new Recorder()
        .prompt('<command-name>/model</command-name>')
        .prompt('<command-name>/init</command-name><command-args>now</command-args>')
        .answer('m1', [1, 1, 0, 0])
        .answer('m2', [1, 1, 0, 0])
        .prompt('<command-message>cost is running</command-message><command-name>/cost</command-name>')
        .prompt('a prompt')
        .answer('m3', [1, 1, 0, 0]),
    );
    assert.equal(session.prompts, 1);
    assert.equal(session.slashCommands, 1);
  });

  it('counts distinct tool calls and known calls that failed', async () => {
    const session = await read(
      new Recorder()
        .call('t1', 'Bash', { command: 'a' })
        .call('t1', 'Bash', { command: 'a' })
        .call('t2', 'Bash', { command: 'b' })
        .result('t1', true)
        .result('t1')
        .result('t2')
        .result('unknown', true),
    );
    assert.equal(session.toolCalls, 2);
    assert.equal(session.toolErrors, 1);
  });

  it('counts files whose change was answered without an error', async () => {
    const session = await read(
      new Recorder()
        .call('t1', 'Edit', { file_path: '/a' })
        .result('t1')
        .call('t2', 'Write', { file_path: '/a' })
        .result('t2')
        .call('t3', 'MultiEdit', { file_path: '/b' })
        .result('t3', true)
        .call('t4', 'NotebookEdit', { notebook_path: '/c.ipynb' })
        .result('t4')
        .call('t5', 'Write', { file_path: '/unanswered' })
        .call('t6', 'Read', { file_path: '/read' })
        .result('t6'),
    );
    assert.equal(session.filesTouched, 2);
  });

  it('counts repeats of the same call in a row: a run of k is k - 1', async () => {
    const session = await read(
      new Recorder()
        .call('t1', 'Bash', { command: 'x' })
        .call('t2', 'Bash', { command: 'x' })
        .call('t3', 'BashOutput', { id: 1 })
        .call('t4', 'BashOutput', { id: 1 })
        .call('t4b', 'BashOutput', { id: 1 })
        .call('t5', 'Bash', { command: 'x' })
        .call('t6', 'Read', { command: 'x' })
        .call('t7', 'Bash', { command: 'x' })
        .call('s1', 'Grep', { pattern: 'y' }, { isSidechain: true })
        .call('s2', 'Grep', { pattern: 'y' }, { isSidechain: true }),
    );
    assert.equal(session.toolLoops, 2);
  });

  it('measures from the first to the last message, and leaves long gaps out of active time', async () => {
    const session = await read(
      new Recorder()
        .record({ type: 'system', subtype: 'x' })
        .prompt('one')
        .wait(299)
        .answer('m1', [1, 1, 0, 0])
        .wait(300)
        .prompt('two')
        .wait(9)
        .record({ type: 'progress' }),
    );
    assert.equal(session.startedAt, START + 1000);
    assert.equal(session.lastActiveAt, START + 602_000);
    assert.equal(session.endedAt, session.lastActiveAt);
    assert.equal(session.wallMinutes, 601 / 60);
    assert.equal(session.activeMinutes, 5);
  });

  it('adds sub-agents of all three layouts and shows their share', async () => {
    const subagent = { isSidechain: true, agentId: 'x' };
    const bench = new Bench().put({
      [`${SESSION_A}.jsonl`]: new Recorder()
        .prompt('go')
        .answer('m1', [1, 10, 0, 0])
        .answer('m2', [1, 20, 0, 0], [], subagent),
      'agent-abc.jsonl': new Recorder().prompt('do', subagent).answer('m3', [1, 30, 0, 0], [], subagent),
      [`${SESSION_A}/subagents/agent-def.jsonl`]: new Recorder({ sessionId: 'agent-def' })
        .prompt('do', subagent)
        .call('t1', 'Bash', {}, subagent)
        .result('t1', true),
      [`${SESSION_A}/subagents/workflows/run/agent-ghi.jsonl`]: new Recorder().prompt('do').answer('m4', [1, 40, 0, 0]),
    });
    const session = await bench.only();
    assert.equal(session.id, SESSION_A);
    assert.deepEqual(session.tokens, { input: 5, output: 101, cacheRead: 0, cacheWrite: 0 });
    assert.deepEqual(session.subagentTokens, { input: 4, output: 91, cacheRead: 0, cacheWrite: 0 });
    assert.deepEqual([session.prompts, session.toolCalls, session.toolErrors], [1, 1, 1]);
  });

  it('gives a response that is in both threads to the main one', async () => {
    const session = await read(
      new Recorder().answer('m1', [1, 10, 0, 0], [], { isSidechain: true }).answer('m1', [1, 10, 0, 0]),
    );
    assert.equal(session.tokens?.output, 10);
    assert.equal(session.subagentTokens, undefined);
  });

  it('names the model that answered most in the main thread', async () => {
    const answer = (id: string, model: string, isSidechain: boolean) => ({
      type: 'assistant',
      isSidechain,
      message: { id, model, usage: { output_tokens: 1 } },
    });
    const recorder = new Recorder().record(answer('m0', 'big', false));
    for (let i = 1; i < 4; i++) {
      recorder.record(answer(`m${i}`, 'small', true));
    }
    const session = await read(recorder);
    assert.deepEqual(session.models, { big: 1, small: 3 });
    assert.equal(session.model, 'big');
  });

  it('takes the first branch that is one', async () => {
    const session = await read(
      new Recorder({ gitBranch: '' })
        .prompt('a')
        .prompt('b', { gitBranch: 'HEAD' })
        .prompt('c', { gitBranch: 'topic' })
        .prompt('d', { gitBranch: 'main' }),
    );
    assert.equal(session.branch, 'topic');
  });

  it('names agent, place and file', async () => {
    const session = await read(new Recorder().prompt('a'));
    assert.equal(session.agent, 'claude-code');
    assert.equal(session.workspaceFolder, WORKSPACE);
    assert.match(session.transcript ?? '', /-home-ada-shop\/aaaaaaaa-.*\.jsonl$/);
    assert.equal('branch' in (await read(new Recorder({ gitBranch: '' }).prompt('a'))), false);
  });

  describe('titles', () => {
    const recorder = (): Recorder =>
      new Recorder().prompt('first prompt', { uuid: 'p1' }).answer('m', [1, 1, 0, 0], [], { uuid: 'leaf' });
    it('the first prompt', async () => {
      assert.equal((await read(recorder())).title, 'first prompt');
    });
    it('a summary of this conversation, not of another', async () => {
      const other = recorder().record({ type: 'summary', summary: 'Another one', leafUuid: 'elsewhere' });
      assert.equal((await read(other)).title, 'first prompt');
      const own = recorder().record({ type: 'summary', summary: 'This one', leafUuid: 'leaf' });
      assert.equal((await read(own)).title, 'This one');
    });
    it('the agent’s title before a summary, the person’s before both, the last of each', async () => {
      const agents = recorder()
        .record({ type: 'summary', summary: 'This one', leafUuid: 'leaf' })
        .record({ type: 'ai-title', aiTitle: 'Old' })
        .record({ type: 'ai-title', aiTitle: 'New' });
      assert.equal((await read(agents)).title, 'New');
      assert.equal((await read(agents.record({ type: 'custom-title', customTitle: 'Mine' }))).title, 'Mine');
    });
    it('a slash command where nothing was typed', async () => {
      const session = await read(new Recorder().prompt('<command-name>/init</command-name>').answer('m', [1, 1, 0, 0]));
      assert.equal(session.title, '/init');
    });
  });
});
