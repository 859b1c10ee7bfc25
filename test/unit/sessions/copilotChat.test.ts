import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import initSqlJs from 'sql.js';
import { chatSession } from '../../../src/sessions/copilotChat/chatSession';
import { CopilotChatSessions } from '../../../src/sessions/copilotChat/copilotChat';
import type { CopilotChatOptions } from '../../../src/sessions/copilotChat/copilotChat';
import { filePath } from '../../../src/sessions/copilotChat/workspaceStorage';
import type { IndexedSession } from '../../../src/sessions/model';
import { MemoryFiles } from './support/memoryFiles';

const START = Date.UTC(2026, 2, 4, 9);
const LATER = START + 24 * 3_600_000;
const FOLDER = '/home/ada/shop';
const USER = '/home/ada/.config/Code/User';
const STORAGE = `${USER}/workspaceStorage/abc`;
const TRACES = `${USER}/globalStorage/github.copilot-chat/agent-traces.db`;

type Fields = Record<string, unknown>;
const wasm = (): Promise<Uint8Array> =>
  fs.promises.readFile(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'));

class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly source: CopilotChatSessions;

  constructor(options: Partial<CopilotChatOptions> = {}) {
    this.source = new CopilotChatSessions({
      environment: { home: '/home/ada', platform: 'linux' },
      access: this.files,
      rules: { windows: false },
      ...options,
    });
  }

  json(file: string, content: unknown): this {
    this.files.write(file, JSON.stringify(content));
    return this;
  }

  /** A storage folder of the workspace. */
  storage(folder = STORAGE, workspace: Fields = { folder: `file://${FOLDER}` }): this {
    return this.json(`${folder}/workspace.json`, workspace);
  }

  scan(now = LATER): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan([FOLDER], now, (message) => this.problems.push(message));
  }
}

const request = (second: number, more: Fields = {}): Fields => ({
  requestId: `r${second}`,
  timestamp: START + second * 1000,
  message: { text: 'Add a cart' },
  modelId: 'copilot/gpt-5',
  response: [],
  ...more,
});
const chat = (...requests: Fields[]): Fields => ({ version: 3, sessionId: 'one', creationDate: START, requests });

async function read(...requests: Fields[]): Promise<IndexedSession> {
  const bench = new Bench().storage().json(`${STORAGE}/chatSessions/one.json`, chat(...requests));
  const [session] = await bench.scan();
  assert.ok(session);
  return session;
}

describe('Copilot Chat: what a session tells', () => {
  it('prompts, models, title and times to the end of each answer', async () => {
    const session = await read(
      request(0, { result: { timings: { totalElapsed: 30_000 } } }),
      request(90, { result: { timings: { totalElapsed: 6000 } } }),
    );
    assert.deepEqual([session.prompts, session.models], [2, { 'copilot/gpt-5': 2 }]);
    assert.deepEqual([session.title, session.wallMinutes, session.activeMinutes], ['Add a cart', 1.6, 1.6]);
    assert.equal(session.timesKnown, undefined);
  });

  it('tokens of the last call of each request, at the request or in its metadata, and says partial', async () => {
    const session = await read(
      request(0, { promptTokens: 100, completionTokens: 1 }),
      request(1, { result: { usage: { promptTokens: 200, completionTokens: 2 } } }),
      request(2, { result: { metadata: { promptTokens: 400, outputTokens: 4 } } }),
      request(3),
    );
    assert.deepEqual(session.tokens, { input: 500, output: 5, cacheRead: 0, cacheWrite: 0 });
    assert.equal(session.tokensKnown, 'partial');
    const none = await read(request(0));
    assert.deepEqual([none.tokens, none.tokensKnown], [undefined, 'none']);
  });

  it('tools once per id, their errors, edited files, failed requests', async () => {
    const tool = (toolCallId: string, more: Fields = {}): Fields => ({
      kind: 'toolInvocationSerialized',
      toolId: 'copilot_readFile',
      toolCallId,
      ...more,
    });
    const session = await read(
      request(0, {
        response: [
          tool('1'),
          tool('1'),
          tool('2', { resultDetails: { isError: true } }),
          { kind: 'textEditGroup', uri: { fsPath: '/a.ts' }, edits: [] },
          { kind: 'textEditGroup', uri: { path: '/a.ts' }, edits: [] },
          { kind: 'notebookEditGroup', uri: { path: '/b.ipynb' } },
          { value: 'text' },
        ],
      }),
      request(1, { result: { errorDetails: { message: 'x' } } }),
      request(2, { isCanceled: true, result: { errorDetails: { message: 'x' } } }),
    );
    assert.deepEqual([session.toolCalls, session.toolErrors, session.filesTouched, session.apiErrors], [2, 1, 2, 1]);
  });

  it('life: while the last request or answer is young', async () => {
    const bench = new Bench({ liveMinutes: 10 }).storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0)));
    const [young] = await bench.scan(START + 9 * 60_000);
    const [old] = await bench.scan(START + 11 * 60_000);
    assert.deepEqual([young?.endedAt, old?.endedAt], [undefined, START]);
  });

  it('loops by what the model asked for', async () => {
    const call = (args: string): Fields => ({ name: 'grep_search', arguments: args, id: args });
    const session = await read(
      request(0, {
        result: {
          metadata: { toolCallRounds: [{ toolCalls: [call('{}'), call('{}')] }, { toolCalls: [call('{}')] }] },
        },
      }),
    );
    assert.equal(session.toolLoops, 2);
  });

  it('the outcome by the exit code of the terminal', async () => {
    const terminal = (state: Fields, confirmed: unknown = { type: 1 }): Fields => ({
      kind: 'toolInvocationSerialized',
      toolId: 'run_in_terminal',
      toolCallId: 't',
      isConfirmed: confirmed,
      toolSpecificData: { kind: 'terminal', commandLine: { original: 'ls', userEdited: 'npm test' }, ...state },
    });
    const outcome = async (part: Fields): Promise<string | undefined> =>
      (await read(request(0, { response: [part] }))).outcome;
    assert.equal(await outcome(terminal({ terminalCommandState: { exitCode: 0 } })), 'success');
    assert.equal(await outcome(terminal({ terminalCommandState: { exitCode: 1 } })), 'failure');
    assert.equal(await outcome(terminal({ terminalCommandState: { exitCode: 130 } })), undefined, 'broken off');
    assert.equal(await outcome(terminal({})), undefined);
    assert.equal(await outcome(terminal({ terminalCommandState: { exitCode: 1 } }, { type: 0 })), undefined);
  });

  it('without times: the time of the session, and says so; without requests: no session', async () => {
    const bench = new Bench().storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, { sessionId: 'one', creationDate: START, requests: [{}] });
    bench.json(`${STORAGE}/chatSessions/two.json`, { sessionId: 'two', requests: [] });
    const [session, ...others] = await bench.scan();
    assert.deepEqual([session?.startedAt, session?.timesKnown, others], [START, 'file', []]);
  });
});

describe('Copilot Chat: what else tells tokens', () => {
  /** A trace database with one run of the agent for each number. */
  async function traces(...inputs: number[]): Promise<Buffer> {
    const sql = await initSqlJs({ wasmBinary: new Uint8Array(await wasm()).buffer });
    const db = new sql.Database();
    db.run(`CREATE TABLE spans (span_id TEXT PRIMARY KEY, start_time_ms INTEGER, end_time_ms INTEGER, status_code INTEGER,
      operation_name TEXT, conversation_id TEXT, request_model TEXT, response_model TEXT, input_tokens INTEGER,
      output_tokens INTEGER, cached_tokens INTEGER, chat_session_id TEXT);
      CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT);`);
    inputs.forEach((input, i) => {
      const span = `INSERT INTO spans VALUES (?, 1, 2, 0, ?, 'c', 'm', 'm', ?, 5, 10, ?)`;
      db.run(span, [`run${i}`, 'invoke_agent', 999, 'one']);
      db.run(span, [`call${i}`, 'chat', input, 'one']);
      db.run(span, [`title${i}`, 'chat', 11, null]);
      db.run(`INSERT INTO span_attributes VALUES (?, 'copilot_chat.parent_chat_session_id', 'one')`, [`title${i}`]);
    });
    const bytes = Buffer.from(db.export());
    db.close();
    return bytes;
  }

  it('the trace database: all calls, those made for the session too', async () => {
    const bench = new Bench({ loadWasm: wasm }).storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0, { promptTokens: 100, completionTokens: 1 })));
    bench.files.write(TRACES, await traces(1000));
    const [session] = await bench.scan();
    assert.deepEqual(session?.tokens, { input: 991, output: 10, cacheRead: 20, cacheWrite: 0 });
    assert.equal(session.tokensKnown, 'full');
    bench.files.forgetCounts();
    await bench.scan();
    assert.deepEqual(bench.files.opened, [], 'nothing changed');
  });

  it('is partial where it knows fewer runs than there were requests, and then no less than the session says', async () => {
    const bench = new Bench({ loadWasm: wasm }).storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0), request(1)));
    bench.files.write(TRACES, await traces(1000));
    assert.deepEqual(
      (await bench.scan()).map((one) => [one.tokensKnown, one.tokens?.input]),
      [['partial', 991]],
    );
    bench.json(
      `${STORAGE}/chatSessions/one.json`,
      chat(request(0, { promptTokens: 5000, completionTokens: 1 }), request(1)),
    );
    assert.deepEqual(
      (await bench.scan()).map((one) => [one.tokensKnown, one.tokens?.input]),
      [['partial', 5000]],
    );
  });

  it('a damaged database is told and hides nothing', async () => {
    const bench = new Bench({ loadWasm: wasm }).storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0)));
    bench.files.write(TRACES, 'nonsense');
    assert.equal((await bench.scan()).length, 1);
    assert.equal(bench.problems.length, 1);
    bench.files.remove(TRACES);
    await bench.scan();
    assert.deepEqual(bench.problems, []);
  });

  it('a database whose tables are views is not asked', async () => {
    const bench = new Bench({ loadWasm: wasm }).storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0)));
    const sql = await initSqlJs({ wasmBinary: new Uint8Array(await wasm()).buffer });
    const db = new sql.Database(await traces(1000));
    db.run(`ALTER TABLE spans RENAME TO real; CREATE VIEW spans AS
      WITH RECURSIVE n(span_id) AS (SELECT 1 UNION ALL SELECT span_id + 1 FROM n)
      SELECT real.*, n.span_id AS other FROM n, real`);
    bench.files.write(TRACES, Buffer.from(db.export()));
    db.close();
    assert.equal((await bench.scan()).length, 1);
    assert.match(bench.problems.join(), /spans is no plain table/);
  });

  it('the debug log', async () => {
    const bench = new Bench().storage();
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0)));
    const call = { type: 'llm_request', attrs: { model: 'm', inputTokens: 50, outputTokens: 5, cachedTokens: 40 } };
    const lines = [{ type: 'user_message', attrs: {} }, call, call, { type: 'tool_call', attrs: { inputTokens: 9 } }];
    const file = `${STORAGE}/GitHub.copilot-chat/debug-logs/one/main.jsonl`;
    bench.files.write(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const [session] = await bench.scan();
    assert.deepEqual(session?.tokens, { input: 20, output: 10, cacheRead: 80, cacheWrite: 0 });
    assert.equal(session.tokensKnown, 'full');
  });

  it('no path is made of an id that is none', async () => {
    const bench = new Bench().storage();
    bench.json(`${STORAGE}/chatSessions/x.json`, { ...chat(request(0)), sessionId: '../../secret' });
    const asked: string[] = [];
    const stat = bench.files.stat.bind(bench.files);
    bench.files.stat = (path) => {
      asked.push(path);
      return stat(path);
    };
    await bench.scan();
    assert.equal(
      asked.some((path) => path.includes('..') || path.includes('secret')),
      false,
    );
  });
});

describe('Copilot Chat: places', () => {
  it('storages of the workspace in every editor: by folder, below it, and by workspace file', async () => {
    const bench = new Bench();
    const codium = '/home/ada/.config/VSCodium/User/workspaceStorage/x';
    const cursor = '/home/ada/.config/Cursor/User/workspaceStorage/y';
    bench.storage().storage(codium, { folder: `file://${FOLDER}/packages/a%20b` });
    bench.storage(cursor, { workspace: 'file:///home/ada/all.code-workspace' });
    bench.files.write('/home/ada/all.code-workspace', '{ // all\n"folders": [{"path": "other"}, {"path": "shop"}], }');
    bench.storage(`${USER}/workspaceStorage/other`, { folder: 'file:///home/ada/other' });
    bench.storage(`${USER}/workspaceStorage/remote`, { folder: `vscode-remote://ssh-remote+x${FOLDER}` });
    for (const folder of [
      STORAGE,
      codium,
      cursor,
      `${USER}/workspaceStorage/other`,
      `${USER}/workspaceStorage/remote`,
    ]) {
      bench.json(`${folder}/chatSessions/s.json`, { ...chat(request(0)), sessionId: folder });
    }
    const found = await bench.scan();
    assert.deepEqual(found.map(({ id }) => id).sort(), [STORAGE, codium, cursor].sort());
    assert.equal(found.find(({ id }) => id === codium)?.workspaceFolder, `${FOLDER}/packages/a b`);
  });

  it('the window’s own storage, whatever it says, once', async () => {
    const bench = new Bench({ storageFolder: STORAGE });
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0)));
    assert.deepEqual(
      (await bench.scan()).map(({ workspaceFolder }) => workspaceFolder),
      [FOLDER],
    );
    bench.storage();
    assert.equal((await bench.scan()).length, 1);
    assert.ok(bench.source.watchFolders().includes(`${STORAGE}/chatSessions`));
    assert.deepEqual(new Bench().source.watchFolders(), []);
  });

  it('another user data folder where a setting names one', async () => {
    const bench = new Bench({ folder: '~/data' }).storage('/home/ada/data/User/workspaceStorage/a').storage();
    bench.json(`/home/ada/data/User/workspaceStorage/a/chatSessions/one.json`, chat(request(0)));
    bench.json(`${STORAGE}/chatSessions/two.json`, { ...chat(request(0)), sessionId: 'two' });
    assert.deepEqual(
      (await bench.scan()).map(({ id }) => id),
      ['one'],
    );
  });

  it('a transcript only where the chat session is gone; the new format before the old one of the same name', async () => {
    const bench = new Bench().storage();
    const event = (type: string, data: Fields): string =>
      `${JSON.stringify({ type, data, timestamp: new Date(START).toISOString() })}\n`;
    const transcript = event('session.start', { sessionId: 'one' }) + event('user.message', { content: 'Hi' });
    bench.files.write(`${STORAGE}/GitHub.copilot-chat/transcripts/one.jsonl`, transcript);
    assert.deepEqual(
      (await bench.scan()).map((one) => [one.id, one.title, one.tokensKnown]),
      [['one', 'Hi', 'none']],
    );
    bench.json(`${STORAGE}/chatSessions/one.json`, chat(request(0), request(1)));
    assert.deepEqual(
      (await bench.scan()).map(({ prompts }) => prompts),
      [2],
    );
    bench.files.write(`${STORAGE}/chatSessions/one.jsonl`, JSON.stringify({ kind: 0, v: chat(request(0)) }));
    assert.deepEqual(
      (await bench.scan()).map(({ prompts }) => prompts),
      [1],
    );
  });

  it('the paths of file URIs on this machine only', () => {
    assert.equal(filePath('file:///a%20b/c'), '/a b/c');
    for (const uri of ['file://server/share', 'vscode-remote://x/a', '/a', 'file:///a%2Fb', 'file:///%E0%A4%A', '']) {
      assert.equal(filePath(uri), undefined, uri);
    }
  });

  it('one that is being written keeps what was known, and a problem is told', async () => {
    const bench = new Bench().storage().json(`${STORAGE}/chatSessions/one.json`, chat(request(0)));
    await bench.scan();
    bench.files.rewrite(`${STORAGE}/chatSessions/one.json`, '{"version":3,"requ');
    bench.files.write(`${STORAGE}/chatSessions/bad.json`, '[]');
    assert.equal((await bench.scan()).length, 1);
    assert.equal(bench.problems.length, 2);
  });
});

describe('Copilot Chat: any input', () => {
  it('never throws but for what is no session at all', () => {
    const anything: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 4 });
    const part = fc.record({
      kind: fc.constantFrom('toolInvocationSerialized', 'textEditGroup', 'x'),
      uri: anything,
      toolSpecificData: anything,
    });
    const one = fc.record({
      timestamp: fc.oneof(anything, fc.integer()),
      modelId: anything,
      message: anything,
      response: fc.oneof(anything, fc.array(part)),
      result: fc.oneof(
        anything,
        fc.record({ timings: anything, metadata: anything, usage: anything, errorDetails: anything }),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(fc.oneof(one, anything))), anything, (requests, id) => {
        const facts = chatSession(JSON.stringify({ sessionId: id, requests }));
        assert.ok(facts.prompts >= 0 && facts.times.every((time) => Number.isFinite(time)));
      }),
    );
  });
});
