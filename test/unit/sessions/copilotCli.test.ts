import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CopilotCliSessions } from '../../../src/sessions/copilotCli/copilotCli';
import type { CopilotCliOptions } from '../../../src/sessions/copilotCli/copilotCli';
import { workspaceOf } from '../../../src/sessions/copilotCli/copilotWorkspace';
import type { IndexedSession } from '../../../src/sessions/model';
import { MemoryFiles } from './support/memoryFiles';

const START = Date.UTC(2026, 2, 4, 9);
const LATER = START + 24 * 3_600_000;
const FOLDER = '/home/ada/shop';
const ROOT = '/home/ada/.copilot/session-state';
const COMMIT = 'c0ffee'.padEnd(40, '1');

type Fields = Record<string, unknown>;

/** Events of one session, a second apart. */
class Events {
  readonly lines: string[] = [];

  event(type: string, data: Fields = {}, fields: Fields = {}): this {
    const timestamp = new Date(START + this.lines.length * 1000).toISOString();
    this.lines.push(JSON.stringify({ type, data, id: `e${this.lines.length}`, timestamp, ...fields }));
    return this;
  }

  start(context: Fields = {}, type = 'session.start'): this {
    return this.event(type, {
      sessionId: 'one',
      selectedModel: 'gpt-5',
      context: { cwd: FOLDER, branch: 'main', headCommit: COMMIT, ...context },
    });
  }

  prompt(content: string, fields: Fields = {}): this {
    return this.event('user.message', { content, ...fields });
  }

  message(outputTokens: number | undefined, toolRequests: Fields[] = [], fields: Fields = {}): this {
    return this.event('assistant.message', { outputTokens, toolRequests, ...fields });
  }

  call(toolCallId: string, name: string, args: unknown, result: Fields, fields: Fields = {}): this {
    return this.message(1, [{ toolCallId, name, arguments: args }], fields).event('tool.execution_complete', {
      toolCallId,
      success: true,
      ...result,
    });
  }

  shutdown(inputTokens: number, cacheReadTokens: number, outputTokens: number, more: Fields = {}): this {
    const usage = { inputTokens, cacheReadTokens, outputTokens, cacheWriteTokens: 7, reasoningTokens: 3 };
    return this.event('session.shutdown', { modelMetrics: { 'gpt-5': { requests: { count: 1 }, usage } }, ...more });
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }
}

class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly source: CopilotCliSessions;

  constructor(options: Partial<CopilotCliOptions> = {}) {
    this.source = new CopilotCliSessions({
      environment: { home: '/home/ada' },
      access: this.files,
      rules: { windows: false },
      ...options,
    });
  }

  scan(now = LATER, folders: readonly string[] = [FOLDER]): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan(folders, now, (message) => this.problems.push(message));
  }
}

async function read(events: Events, now = LATER): Promise<IndexedSession> {
  const bench = new Bench();
  bench.files.write(`${ROOT}/one/events.jsonl`, events.text);
  const [session] = await bench.scan(now);
  assert.ok(session);
  return session;
}

describe('Copilot CLI: tokens', () => {
  it('are the sum of all shutdowns, input without cache reads', async () => {
    const session = await read(
      new Events().start().message(5).shutdown(100, 40, 10).start({}, 'session.resume').message(6).shutdown(50, 0, 20),
    );
    assert.deepEqual(session.tokens, { input: 110, output: 30, cacheRead: 40, cacheWrite: 14 });
    assert.equal(session.tokensKnown, 'full');
  });

  it('are only the output of messages without a shutdown, and said to be partial', async () => {
    const session = await read(new Events().start().message(5).message(6));
    assert.deepEqual(session.tokens, { input: 0, output: 11, cacheRead: 0, cacheWrite: 0 });
    assert.equal(session.tokensKnown, 'partial');
  });

  it('are partial where one of several runs ended without a shutdown, in the middle or at the end', async () => {
    const crashed = await read(
      new Events().start().message(5).start({}, 'session.resume').message(6).shutdown(100, 0, 10),
    );
    assert.deepEqual([crashed.tokens?.output, crashed.tokensKnown], [15, 'partial']);
    const open = await read(new Events().start().message(5).shutdown(100, 0, 10).message(6));
    assert.deepEqual([open.tokens?.output, open.tokensKnown], [16, 'partial']);
  });

  it('are what the end of a run accounts for, and partial where that leaves out a model', async () => {
    const metrics = { a: { usage: { inputTokens: 9, outputTokens: 2 } }, b: { requests: 2 } };
    const session = await read(new Events().start().message(5).event('session.shutdown', { modelMetrics: metrics }));
    assert.deepEqual(session.tokens, { input: 9, output: 2, cacheRead: 0, cacheWrite: 0 });
    assert.equal(session.tokensKnown, 'partial');
    const none = await read(new Events().start().message(5).event('session.shutdown', { modelMetrics: {} }));
    assert.deepEqual([none.tokens?.output, none.tokensKnown], [5, 'partial'], 'no account at all');
  });

  it('are unknown, never 0, where nothing tells them', async () => {
    for (const events of [
      new Events().start().message(undefined),
      new Events()
        .start()
        .message(undefined)
        .event('session.shutdown', { modelMetrics: { x: { requests: 2 } } }),
    ]) {
      const session = await read(events);
      assert.equal(session.tokens, undefined);
      assert.equal(session.tokensKnown, 'none');
    }
  });
});

describe('Copilot CLI: what else is counted', () => {
  it('start commit and branch, of the start and not of a resume', async () => {
    const session = await read(
      new Events()
        .start()
        .prompt('a')
        .start({ branch: 'late', headCommit: 'f'.repeat(40) }, 'session.resume'),
    );
    assert.deepEqual([session.branch, session.startCommit], ['main', COMMIT]);
    assert.equal((await read(new Events().start({ headCommit: '0'.repeat(40) }).prompt('a'))).startCommit, undefined);
    assert.equal((await read(new Events().start({ headCommit: '$(rm)' }).prompt('a'))).startCommit, undefined);
  });

  it('prompts of a person, not those of skills and sub-agents', async () => {
    const session = await read(
      new Events()
        .start()
        .prompt('Fix it')
        .prompt('x', { source: 'skill-pdf' })
        .prompt('y', { parentAgentTaskId: 't' }),
    );
    assert.equal(session.prompts, 1);
    assert.equal(session.title, 'Fix it');
  });

  it('calls once per id, errors, loops of the main thread without polling', async () => {
    const events = new Events().start();
    events.call('1', 'bash', { command: 'ls' }, {}).call('2', 'bash', '{"command":"ls"}', { success: false });
    events
      .call('2', 'bash', { command: 'ls' }, {})
      .call('3', 'read_bash', { id: 1 }, {})
      .call('4', 'read_bash', { id: 1 }, {});
    events.call('5', 'bash', { command: 'ls' }, {}, { parentToolCallId: '9' });
    const session = await read(events);
    assert.deepEqual([session.toolCalls, session.toolErrors, session.toolLoops], [5, 1, 1]);
  });

  it('files that calls which worked name in their arguments, not inside a patch, and those of the shutdown', async () => {
    const patch = '*** Begin Patch\n*** Update File: b.ts\n+x\n*** Add File: c.ts\n*** End Patch';
    const events = new Events().start();
    events.call('1', 'create', { path: 'a.ts' }, {}).call('2', 'edit', { path: 'no.ts' }, { success: false });
    events.call('3', 'apply_patch', { input: patch }, {}).call('4', 'view', { path: 'v.ts' }, {});
    events.call('5', 'str_replace_editor', { command: 'view', path: 'w.ts' }, {}).call('6', 'apply_patch', patch, {});
    events.shutdown(1, 0, 1, { codeChanges: { filesModified: ['a.ts', 'd.ts', 7] } });
    assert.equal((await read(events)).filesTouched, 2);
  });

  it('the outcome by the exit code that the result tells, in either form', async () => {
    const shell = (result: Fields): Promise<IndexedSession> =>
      read(new Events().start().call('1', 'bash', { command: 'npm test' }, { result }));
    const text = async (content: string): Promise<string | undefined> => (await shell({ content })).outcome;
    assert.equal(await text('ok\n<exited with exit code 0>'), 'success');
    assert.equal(await text('no\n<exited with exit code 1>\n'), 'failure');
    assert.equal(await text('ok\n<shellId: 3 completed with exit code 0>'), 'success');
    assert.equal(await text('<exited with exit code 0>\nand more'), undefined);
    assert.equal(await text('ok'), undefined, 'that the tool worked does not say that the tests passed');
    const terminal = await shell({ content: 'x', contents: [{ type: 'terminal', exitCode: 2, text: 'x' }] });
    assert.deepEqual(
      [terminal.outcome, terminal.outcomeSource, terminal.outcomeCommand],
      ['failure', 'command', 'npm test'],
    );
    assert.equal(await text('no\n<exited with exit code 137>'), undefined, 'killed');
    const refused = await shell({ content: '<exited with exit code 1>', result_type: 'denied' });
    assert.deepEqual([refused.outcome, refused.toolErrors], [undefined, 1]);
  });

  it('the outcome of a command that goes on, by what later calls read of its shell', async () => {
    const says = (content: string): Fields => ({ result: { content } });
    const failed = says('no\n<exited with exit code 1>');
    const begun = (shell: Fields): Events =>
      new Events().start().call('1', 'bash', { command: 'npm test', ...shell }, says('<still running>'));
    const outcome = async (events: Events): Promise<string | undefined> => (await read(events)).outcome;
    for (const shell of [{ shellId: '3' }, { shellId: 3 }, { sessionId: 'tests' }]) {
      const events = begun(shell).call('2', 'read_bash', shell, says('more'));
      assert.equal(await outcome(events), undefined);
      assert.equal(await outcome(events.call('3', 'read_bash', shell, failed)), 'failure');
    }
    assert.equal(await outcome(begun({ shellId: '3' }).call('2', 'read_bash', { shellId: '4' }, failed)), undefined);
    const stopped = begun({ shellId: '3' }).call('2', 'stop_bash', { shellId: '3' }, says('stopped'));
    assert.equal(await outcome(stopped.call('3', 'read_bash', { shellId: '3' }, failed)), undefined);
    const broken = begun({ shellId: '3' }).call('2', 'write_bash', { shellId: '3', input: '{Ctrl-C}' }, failed);
    assert.equal(await outcome(broken), undefined);
    const reused = new Events().start().call('1', 'bash', { command: 'npm test', sessionId: 'x' }, failed);
    reused.call('2', 'bash', { command: 'sleep 9', sessionId: 'x' }, says('<still running>'));
    reused.call('3', 'read_bash', { sessionId: 'x' }, says('<exited with exit code 0>'));
    assert.equal(await outcome(reused), 'failure', 'the shell ran another command since');
  });
});

describe('Copilot CLI: places and life', () => {
  it('the folders of the environment, or the setting', async () => {
    const events = new Events().start().prompt('a').text;
    for (const [environment, folder, file] of [
      [{ home: '/home/ada' }, undefined, `${ROOT}/one/events.jsonl`],
      [{ home: '/home/ada' }, undefined, `${ROOT}/one.jsonl`],
      [{ home: '/home/ada' }, undefined, '/home/ada/.copilot/history-session-state/one.jsonl'],
      [{ home: '/home/ada', COPILOT_HOME: '/cp' }, undefined, '/cp/session-state/one/events.jsonl'],
      [{ home: '/home/ada', XDG_STATE_HOME: '/x' }, undefined, '/x/.copilot/session-state/one/events.jsonl'],
      [{ home: '/home/ada', COPILOT_HOME: '/cp' }, '~/mine', '/home/ada/mine/session-state/one/events.jsonl'],
    ] as const) {
      const bench = new Bench({ environment, folder });
      bench.files.write(file, events);
      assert.equal((await bench.scan()).length, 1, file);
      assert.ok(bench.source.watchFolders().some((watched) => file.startsWith(watched) || file.includes('history')));
    }
  });

  it('only sessions of the workspace, and of others no more than the beginning is read', async () => {
    const bench = new Bench();
    const events = new Events().start({ cwd: '/home/ada/other' }).prompt('x'.repeat(8_000_000));
    bench.files.write(`${ROOT}/two/events.jsonl`, events.text);
    bench.files.write(`${ROOT}/one/events.jsonl`, new Events().start({ cwd: `${FOLDER}/packages/a` }).prompt('a').text);
    assert.deepEqual(
      (await bench.scan()).map(({ workspaceFolder }) => workspaceFolder),
      [`${FOLDER}/packages/a`],
    );
    assert.ok(bench.files.bytesRead < 4_000_000, `${bench.files.bytesRead} bytes`);
    assert.equal((await bench.scan(LATER, ['/home/ada/other'])).length, 1);
  });

  it('the folder of workspace.yaml where the events name none', async () => {
    const bench = new Bench();
    bench.files.write(`${ROOT}/one/events.jsonl`, new Events().prompt('a').text);
    assert.deepEqual(await bench.scan(), []);
    bench.files.write(`${ROOT}/one/workspace.yaml`, `id: one\ncwd: ${FOLDER}\nbranch: side\nname: "A \\"name\\""\n`);
    const [session] = await bench.scan();
    assert.deepEqual([session?.id, session?.branch, session?.title], ['one', 'side', 'A "name"']);
  });

  it('live while the last event is young, unless it says that the program ended', async () => {
    const open = new Events().start().prompt('a');
    assert.equal((await read(open, START + 60_000)).liveBecause, 'last record less than a minute ago');
    assert.equal((await read(open)).liveBecause, undefined);
    assert.equal((await read(open.shutdown(1, 0, 1), START + 60_000)).liveBecause, undefined);
  });

  it('reads on only what was appended', async () => {
    const bench = new Bench();
    const events = new Events().start().prompt('a');
    bench.files.write(`${ROOT}/one/events.jsonl`, events.text);
    await bench.scan();
    bench.files.forgetCounts();
    await bench.scan();
    assert.deepEqual(bench.files.opened, []);
    const before = events.lines.length;
    events.prompt('b');
    bench.files.append(`${ROOT}/one/events.jsonl`, `${events.lines[before] ?? ''}\n`);
    assert.equal((await bench.scan())[0]?.prompts, 2);
    assert.ok(bench.files.bytesRead < 1000);
  });

  it('tells what cannot be read, and reads the rest', async () => {
    const bench = new Bench();
    bench.files.write(`${ROOT}/one/events.jsonl`, `${new Events().start().prompt('a').text}{"torn\n[]\n`);
    bench.files.write(`${ROOT}/two/events.jsonl`, '');
    bench.files.failing.set(`${ROOT}/two/events.jsonl`, 'EACCES');
    assert.equal((await bench.scan()).length, 1);
    assert.equal(bench.problems.length, 2);
  });
});

describe('Copilot CLI: any input', () => {
  const value: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });
  const types = fc.constantFrom(
    ...['session.start', 'session.resume', 'session.shutdown', 'user.message', 'assistant.message', 'session.error'],
    ...['tool.execution_start', 'tool.execution_complete', '__proto__', 'x'],
  );

  it('never throws, and counts nothing below 0', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ type: types, data: value, timestamp: fc.oneof(fc.string(), value) })),
        async (lines) => {
          const bench = new Bench();
          const text = new Events().start().text + lines.map((line) => `${JSON.stringify(line)}\n`).join('');
          bench.files.write(`${ROOT}/one/events.jsonl`, text);
          for (const { tokens, toolCalls, toolErrors, toolLoops = 0 } of await bench.scan()) {
            const counts = [
              toolCalls,
              toolErrors,
              toolLoops,
              tokens?.input ?? 0,
              tokens?.output ?? 0,
              tokens?.cacheRead ?? 0,
            ];
            assert.ok(counts.every((count) => count >= 0));
          }
        },
      ),
    );
  });

  it('workspace.yaml: never throws, and only plain texts', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `cwd: ${text}`),
        ),
        (text) => {
          assert.ok(Object.values(workspaceOf(text)).every((each) => typeof each === 'string' && !each.includes('\n')));
        },
      ),
    );
    assert.deepEqual(workspaceOf("cwd: 'it''s'\nsummary: |\n  block\nname: null\nbranch: [a]\n"), { cwd: "it's" });
  });
});
