import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClineSessions } from '../../../src/sessions/cline/cline';
import type { ClineOptions } from '../../../src/sessions/cline/cline';
import { taskRoots } from '../../../src/sessions/cline/clineLocations';
import type { IndexedSession } from '../../../src/sessions/model';
import { MemoryFiles } from './support/memoryFiles';

const START = Date.UTC(2026, 2, 4, 9);
const LATER = START + 24 * 3_600_000;
const FOLDER = '/home/ada/shop';
const STORAGE = '/home/ada/.config/Code/User/globalStorage';
const CLINE = `${STORAGE}/saoudrizwan.claude-dev`;
const ROO = `${STORAGE}/rooveterinaryinc.roo-cline`;
const SDK = '/home/ada/.cline/data/sessions';

type Fields = Record<string, unknown>;

class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly alive = new Set<number>();
  readonly source: ClineSessions;

  constructor(options: Partial<ClineOptions> = {}) {
    this.source = new ClineSessions({
      agent: 'cline',
      environment: { home: '/home/ada', platform: 'linux' },
      access: this.files,
      rules: { windows: false },
      isAlive: (pid) => this.alive.has(pid),
      ...options,
    });
  }

  json(file: string, content: unknown): this {
    this.files.write(file, JSON.stringify(content));
    return this;
  }

  scan(now = LATER): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan([FOLDER], now, (message) => this.problems.push(message));
  }

  async only(now = LATER): Promise<IndexedSession> {
    const [session, ...others] = await this.scan(now);
    assert.ok(session);
    assert.deepEqual(others, []);
    return session;
  }
}

/** Messages of a task, a second apart. */
function messages(...parts: Fields[]): Fields[] {
  return parts.map((part, i) => ({ ts: START + i * 1000, type: 'say', ...part }));
}

const task = (text = 'Add a cart'): Fields => ({ say: 'task', text });
const request = (usage: Fields, more: Fields = {}): Fields => ({
  say: 'api_req_started',
  text: JSON.stringify({ request: 'x', ...usage }),
  ...more,
});

/** A Cline task in the workspace. */
function cline(parts: Fields[], more: Record<string, unknown> = {}): Bench {
  const bench = new Bench();
  bench.json(`${CLINE}/state/taskHistory.json`, [
    { id: '1', task: 'Title', cwdOnTaskInitialization: FOLDER, modelId: 'm' },
  ]);
  bench.json(`${CLINE}/tasks/1/ui_messages.json`, messages(...parts));
  for (const [name, content] of Object.entries(more)) {
    bench.json(`${CLINE}/tasks/1/${name}`, content);
  }
  return bench;
}

describe('Cline: tokens', () => {
  it('of started, deleted and sub-agents’ requests', async () => {
    const usage = { tokensIn: 10, tokensOut: 5, cacheReads: 100, cacheWrites: 2, cost: 0.5 };
    const session = await cline([
      task(),
      request(usage),
      { say: 'deleted_api_reqs', text: JSON.stringify(usage) },
      { say: 'subagent_usage', text: JSON.stringify(usage) },
      { say: 'condense_context', contextCondense: { cost: 0.25 } },
    ]).only();
    assert.deepEqual(session.tokens, { input: 30, output: 15, cacheRead: 300, cacheWrite: 6 });
    assert.deepEqual([session.tokensKnown, session.costUsd], ['full', 1.75]);
  });

  it('are partial, and the cost is not known, with a request that was cancelled or goes on', async () => {
    const session = await cline([task(), request({ tokensIn: 10, tokensOut: 5, cost: 1 }), request({})]).only();
    assert.deepEqual(session.tokens, { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 });
    assert.deepEqual([session.tokensKnown, session.costUsd], ['partial', undefined]);
  });

  it('are unknown without any usage', async () => {
    const session = await cline([task(), request({}), { say: 'api_req_started', text: 'no json' }]).only();
    assert.deepEqual([session.tokens, session.tokensKnown, session.costUsd], [undefined, 'none', undefined]);
  });

  it('of Roo: the whole prompt where it notes the protocol and the number can hold the cached part', async () => {
    const tokens = async (usage: Fields): Promise<number | undefined> => {
      const bench = new Bench({ agent: 'roo-code' });
      bench.json(`${ROO}/tasks/1/history_item.json`, { id: '1', task: 'T', workspace: FOLDER });
      bench.json(
        `${ROO}/tasks/1/ui_messages.json`,
        messages({ say: 'text', text: 'x' }, request({ tokensOut: 1, ...usage })),
      );
      return (await bench.only()).tokens?.input;
    };
    const cached = { cacheReads: 70, cacheWrites: 10 };
    assert.equal(await tokens({ ...cached, tokensIn: 100 }), 100, 'older');
    assert.equal(await tokens({ ...cached, tokensIn: 100, apiProtocol: 'anthropic' }), 20);
    assert.equal(await tokens({ ...cached, tokensIn: 5, apiProtocol: 'anthropic' }), 5, 'in between');
  });
});

describe('Cline: what else is counted', () => {
  it('prompts: the task and what the person answered', async () => {
    const session = await cline([
      task('Fix it'),
      { say: 'text', text: 'I will' },
      { say: 'user_feedback', text: 'more' },
      { say: 'user_feedback_diff', text: '{}' },
    ]).only();
    assert.equal(session.prompts, 2);
    assert.equal(session.title, 'Title');
  });

  it('tools, their errors and loops, failed calls of the model', async () => {
    const session = await cline([
      task(),
      { say: 'tool', text: JSON.stringify({ tool: 'readFile', path: 'a' }) },
      { type: 'ask', ask: 'tool', text: JSON.stringify({ tool: 'readFile', path: 'a' }) },
      { say: 'tool', text: '{"tool":"readFile"', partial: true },
      { type: 'ask', ask: 'command', text: 'npm test' },
      { say: 'use_mcp_server', text: '{}' },
      { say: 'diff_error', text: 'x' },
      { type: 'ask', ask: 'api_req_failed', text: 'x' },
    ]).only();
    assert.deepEqual([session.toolCalls, session.toolErrors, session.toolLoops, session.apiErrors], [4, 1, 1, 1]);
  });

  it('files: those that the metadata says were edited, else those of edits', async () => {
    const edits = [
      task(),
      { say: 'tool', text: JSON.stringify({ tool: 'editedExistingFile', path: 'a' }) },
      { say: 'tool', text: JSON.stringify({ tool: 'newFileCreated', path: 'b' }) },
    ];
    assert.equal((await cline(edits).only()).filesTouched, 2);
    const files_in_context = [
      { path: 'a', record_source: 'cline_edited' },
      { path: 'b', record_source: 'read_tool', cline_edit_date: null },
      { path: 'c', record_source: 'file_mentioned', cline_edit_date: START },
    ];
    assert.equal((await cline([task()], { 'task_metadata.json': { files_in_context } }).only()).filesTouched, 2);
  });

  it('models of the requests, else the one that is noted', async () => {
    const info = { modelInfo: { modelId: 'claude-x', providerId: 'p' } };
    const named = await cline([task(), request({}, info), request({}, info)]).only();
    assert.deepEqual([named.models, named.model], [{ 'claude-x': 2 }, 'claude-x']);
    const noted = await cline([task()]).only();
    assert.deepEqual([noted.models, noted.model], [{}, 'm']);
  });

  it('the outcome by the exit code in the conversation, never by the output', async () => {
    const ask = (command: string): Fields => ({
      role: 'assistant',
      content: [{ type: 'text', text: `<execute_command>\n<command>${command}</command>\n</execute_command>` }],
    });
    const answer = (text: string): Fields => ({ role: 'user', content: [{ type: 'text', text }] });
    const outcome = async (...history: Fields[]): Promise<string | undefined> =>
      (await cline([task()], { 'api_conversation_history.json': history }).only()).outcome;
    const told = "[execute_command for 'x'] Result:\n\nCommand executed in terminal within '/x'. Exit code: ";
    assert.equal(await outcome(ask('npm test'), answer(`${told}0\nOutput:\nok`)), 'success');
    assert.equal(await outcome(ask('cd a &amp;&amp; npm test'), answer(`${told}1\nOutput:\nok`)), 'failure');
    assert.equal(await outcome(ask('npm test'), answer('Command executed.\nOutput:\nExit code: 0')), undefined);
    assert.equal(await outcome(ask('npm test'), answer('[x] Result:\n\n'), answer('Exit code: 0')), undefined);
    assert.equal(await outcome(ask('npm test'), answer(`${told.replace("'x'", "'a\nb'")}1\nOutput:`)), 'failure');
    assert.equal(await outcome(ask('npm test'), answer(`${told}143\nOutput:`)), undefined, 'stopped');
    const denied = "[execute_command for 'x'] Result:\n\nThe user denied this operation.";
    assert.equal(
      await outcome(ask('npm test'), answer(`${told}0\nOutput:`), ask('npm test'), answer(denied)),
      'success',
      'the second never ran',
    );
    assert.equal(
      await outcome(
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 't', name: 'execute_command', input: { command: 'npm test' } }],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 't', content: 'Command failed with exit code 2.' }],
        },
      ),
      'failure',
    );
  });
});

describe('Cline: places', () => {
  it('every editor of the family on each platform, servers, and the setting', () => {
    const at = (platform: NodeJS.Platform, home: string): string[] =>
      taskRoots('kilo-code', { home, platform }, '~/mine');
    assert.ok(at('linux', '/h').includes('/h/.config/VSCodium/User/globalStorage/kilocode.kilo-code'));
    assert.ok(at('linux', '/h').includes('/h/.vscode-server/data/User/globalStorage/kilocode.kilo-code'));
    assert.ok(
      at('darwin', '/h').includes('/h/Library/Application Support/Cursor/User/globalStorage/kilocode.kilo-code'),
    );
    assert.ok(at('win32', '/h').includes('/h/AppData/Roaming/Code - Insiders/User/globalStorage/kilocode.kilo-code'));
    assert.equal(at('linux', '/h')[0], '/h/mine');
    const environment = { home: '/h', platform: 'linux' as const, XDG_CONFIG_HOME: '/x', VSCODE_PORTABLE: '/p' };
    const roots = taskRoots('roo-code', environment);
    assert.equal(roots[0], '/p/user-data/User/globalStorage/rooveterinaryinc.roo-cline');
    assert.ok(roots.includes('/x/Code/User/globalStorage/rooveterinaryinc.roo-cline'));
  });

  it('only tasks of the workspace; the folder by the list, the task’s own note or the conversation', async () => {
    const bench = new Bench({ agent: 'roo-code' });
    for (const id of ['1', '2', '3', '4', '5']) {
      bench.json(`${ROO}/tasks/${id}/ui_messages.json`, messages({ say: 'text', text: id }));
    }
    bench.json(`${ROO}/tasks/_index.json`, {
      entries: [
        { id: '1', workspace: FOLDER },
        { id: '2', workspace: '/other' },
      ],
    });
    bench.json(`${ROO}/tasks/3/history_item.json`, { id: '3', workspace: `${FOLDER}/below` });
    const details = `<environment_details>\n# Current Workspace Directory (${FOLDER}) Files\na.ts\n</environment_details>`;
    bench.json(`${ROO}/tasks/4/api_conversation_history.json`, [
      { role: 'user', content: [{ type: 'text', text: details }] },
    ]);
    assert.deepEqual((await bench.scan()).map(({ id }) => id).sort(), ['1', '3', '4']);
    assert.equal(bench.files.opened.length, 0);
  });

  it('one that is being written keeps what was known; a damaged one is told', async () => {
    const bench = cline([task()]);
    const file = `${CLINE}/tasks/1/ui_messages.json`;
    assert.equal((await bench.only()).prompts, 1);
    bench.files.rewrite(file, '[{"ts":17');
    assert.equal((await bench.only()).prompts, 1);
    assert.equal(bench.problems.length, 1);
    for (const content of ['', '{}', 'null', '"x"']) {
      const damaged = cline([task()]);
      damaged.files.write(file, content);
      assert.deepEqual(await damaged.scan(), []);
      assert.equal(damaged.problems.length, 1);
    }
  });
});

describe('Cline: its command line program', () => {
  const user = (id: string, text: string, ts = START): Fields => ({
    id,
    role: 'user',
    ts,
    content: [{ type: 'text', text }],
  });
  const answer = (id: string, ts: number, metrics?: Fields, content: unknown[] = []): Fields => ({
    ...{ id, role: 'assistant', ts, content, modelInfo: { id: 'm' } },
    ...(metrics ? { metrics } : {}),
  });
  const metrics = { inputTokens: 100, outputTokens: 5, cacheReadTokens: 60, cacheWriteTokens: 10, cost: 0.5 };

  const put = (bench: Bench, id: string, list: Fields[], manifest: Fields = {}): Bench =>
    bench
      .json(`${SDK}/${id}/${id}.json`, { session_id: id, cwd: FOLDER, ...manifest })
      .json(`${SDK}/${id}/${id}.messages.json`, { sessionId: id, messages: list });

  it('tokens, with input as fresh input, and the cost', async () => {
    const session = await put(new Bench(), 's', [user('1', 'Hi'), answer('2', START + 1, metrics)]).only();
    assert.deepEqual(session.tokens, { input: 30, output: 5, cacheRead: 60, cacheWrite: 10 });
    assert.deepEqual([session.tokensKnown, session.costUsd, session.models], ['full', 0.5, { m: 1 }]);
    const fresh = answer('2', START + 1, { ...metrics, inputTokens: 69 });
    assert.equal((await put(new Bench(), 's', [user('1', 'Hi'), fresh]).only()).tokens?.input, 69, 'cannot hold them');
    const partial = await put(new Bench(), 's', [
      user('1', 'Hi'),
      answer('2', START + 1, metrics),
      answer('3', START + 2),
    ]).only();
    assert.deepEqual([partial.tokensKnown, partial.costUsd], ['partial', undefined]);
  });

  it('a fork’s copied messages count once, for the original', async () => {
    const list = [user('1', 'Hi'), answer('2', START + 1, metrics)];
    const bench = put(
      new Bench(),
      'a-fork',
      [...list, user('3', 'more', START + 5000), answer('4', START + 6000, metrics)],
      {
        started_at: '2026-03-01T00:00:00Z',
        metadata: { fork: { forkedFromSessionId: 'b' } },
      },
    );
    put(bench, 'b', list, { started_at: '2026-03-04T00:00:00Z' });
    const byId = new Map((await bench.scan()).map((session) => [session.id, session]));
    assert.deepEqual([byId.get('b')?.tokens?.output, byId.get('a-fork')?.tokens?.output], [5, 5]);
    assert.equal(byId.get('a-fork')?.startedAt, START + 5000);
  });

  it('tools, files and the outcome of a command', async () => {
    const use = (id: string, name: string, input: Fields): Fields => ({ type: 'tool_use', id, name, input });
    const result = (id: string, content: unknown, is_error = false): Fields => ({
      ...{ id: `r${id}`, role: 'user', ts: START + 2 },
      content: [{ type: 'tool_result', tool_use_id: id, content, is_error }],
    });
    const session = await put(new Bench(), 's', [
      user('1', 'Hi'),
      answer('2', START + 1, metrics, [
        use('a', 'editor', { path: 'a.ts' }),
        use('b', 'editor', { path: 'b.ts' }),
        use('c', 'run_commands', { commands: ['npm test'] }),
      ]),
      result('a', 'ok'),
      result('b', 'no', true),
      result('c', [{ query: 'npm test', result: 'x', success: false }]),
    ]).only();
    assert.deepEqual([session.toolCalls, session.toolErrors, session.filesTouched], [3, 1, 1]);
    assert.deepEqual([session.outcome, session.prompts], ['failure', 1]);
  });

  it('is live while its process runs, or its last message is young, and not after its end', async () => {
    const list = [user('1', 'Hi')];
    const bench = put(new Bench(), 's', list, { pid: 7, status: 'running' });
    bench.alive.add(7);
    assert.equal((await bench.only()).liveBecause, 'process 7 is running');
    bench.alive.clear();
    assert.equal((await bench.only()).liveBecause, undefined);
    assert.ok((await bench.only(START + 1000)).liveBecause);
    const ended = put(new Bench(), 's', list, { pid: 7, ended_at: '2026-03-04T10:00:00Z' });
    ended.alive.add(7);
    assert.equal((await ended.only(START + 1000)).liveBecause, undefined);
  });

  it('where the environment says', async () => {
    for (const [environment, root] of [
      [{ CLINE_DATA_DIR: '/d', CLINE_DIR: '/c' }, '/d'],
      [{ CLINE_DIR: '/c' }, '/c/data'],
    ] as const) {
      const bench = new Bench({ environment: { home: '/home/ada', platform: 'linux', ...environment } });
      bench.json(`${root}/sessions/s/s.json`, { cwd: FOLDER });
      bench.json(`${root}/sessions/s/s.messages.json`, { messages: [user('1', 'Hi')] });
      assert.equal((await bench.only()).id, 's');
    }
  });
});

describe('Cline: any input', () => {
  const says = fc.constantFrom(
    'text',
    'task',
    'api_req_started',
    'tool',
    'command',
    'condense_context',
    'user_feedback',
    'x',
  );
  const anything: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });
  const message = fc.record({
    ts: fc.oneof(anything, fc.integer({ min: START, max: LATER })),
    type: fc.constantFrom('say', 'ask'),
    say: fc.oneof(says, anything),
    text: fc.oneof(
      anything,
      anything.map((value) => JSON.stringify(value)),
    ),
  });

  it('tasks never throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(message, anything)), anything, anything, async (list, history, metadata) => {
        const bench = cline([task()], { 'api_conversation_history.json': history, 'task_metadata.json': metadata });
        bench.json(`${CLINE}/tasks/1/ui_messages.json`, [task(), ...list]);
        for (const { tokens } of await bench.scan()) {
          assert.ok(tokens === undefined || Object.values(tokens).every((count) => count >= 0));
        }
      }),
    );
  });

  it('sessions of the command line program never throw', async () => {
    const record = fc.record({
      id: anything,
      role: fc.constantFrom('user', 'assistant'),
      content: anything,
      metrics: anything,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(record, anything)), anything, async (list, metadata) => {
        const bench = new Bench();
        bench.json(`${SDK}/s/s.json`, { cwd: FOLDER, metadata });
        bench.json(`${SDK}/s/s.messages.json`, { messages: list });
        await bench.scan();
      }),
    );
  });
});
