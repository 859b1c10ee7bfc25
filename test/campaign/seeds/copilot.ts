import { sqliteFile } from '../sqlite';
import { filesOf, iso, json, lines, START, WORKSPACE } from './seed';
import type { Seed } from './seed';

type Json = Record<string, unknown>;

function events(id: string, withUsage: boolean): Buffer {
  let n = 0;
  const event = (type: string, data: Json): Json => ({
    type,
    data,
    id: `${id}-${n}`,
    timestamp: iso(n++),
    parentId: null,
  });
  const message = (requests: Json[]): Json =>
    event('assistant.message', { content: '', toolRequests: requests, ...(withUsage ? { outputTokens: 10 } : {}) });
  const request = (call: string, name: string, args: Json): Json => ({
    toolCallId: `${id}-${call}`,
    name,
    arguments: args,
  });
  const done = (call: string, success: boolean): Json =>
    event('tool.execution_complete', { toolCallId: `${id}-${call}`, success, result: { content: 'text' } });
  const usage = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 40, cacheWriteTokens: 7, reasoningTokens: 3 };
  return lines([
    event('session.start', {
      sessionId: id,
      version: 1,
      selectedModel: 'gpt-5',
      context: { cwd: WORKSPACE, branch: 'main', headCommit: 'c0ffee'.padEnd(40, '1') },
    }),
    event('user.message', { content: 'Please repair the till' }),
    message([request('t1', 'edit', { path: `${WORKSPACE}/till.ts`, old_str: 'a', new_str: 'b' })]),
    done('t1', true),
    message([request('t2', 'bash', { command: 'npm test' })]),
    done('t2', false),
    ...(withUsage
      ? [event('session.shutdown', { modelMetrics: { 'gpt-5': { requests: { count: 2 }, usage } }, codeChanges: {} })]
      : []),
  ]);
}

const tools = { prompts: 1, toolCalls: 2, toolErrors: 1, filesTouched: 1 };

export const copilotCli: Seed = {
  name: 'copilot-cli',
  agent: 'copilot-cli',
  make: (name) =>
    filesOf({
      [`.copilot/session-state/cli-${name}/events.jsonl`]: events(`cli-${name}`, true),
      [`.copilot/session-state/cli-${name}/workspace.yaml`]: Buffer.from(
        `id: cli-${name}\ncwd: ${WORKSPACE}\nname: 'Till'\n`,
      ),
    }),
  id: (name) => `cli-${name}`,
  numbers: { ...tools, tokens: { input: 60, output: 20, cacheRead: 40, cacheWrite: 7 } },
  main: /events\.jsonl$/,
  appended: true,
  samples: { folder: 'copilot-cli', ending: '.jsonl' },
};

function chat(id: string): Json {
  const call = (n: number, failed: boolean): Json => ({
    kind: 'toolInvocationSerialized',
    toolId: 'run_in_terminal',
    toolCallId: `${id}-t${n}`,
    invocationMessage: `Step ${n}`,
    isConfirmed: { type: 1 },
    resultDetails: { isError: failed, input: '', output: [] },
    toolSpecificData: {
      kind: 'terminal',
      commandLine: { original: 'npm test' },
      terminalCommandState: { exitCode: n },
    },
  });
  return {
    version: 3,
    sessionId: id,
    creationDate: START,
    customTitle: 'Till',
    requests: [
      {
        requestId: `${id}-r1`,
        timestamp: START + 1000,
        message: { text: 'Please repair the till', parts: [] },
        modelId: 'copilot/gpt-5',
        response: [
          call(0, false),
          call(1, true),
          { kind: 'textEditGroup', uri: { scheme: 'file', path: `${WORKSPACE}/till.ts` }, edits: [], done: true },
        ],
        result: { timings: { totalElapsed: 5000 }, metadata: { promptTokens: 100, outputTokens: 20 } },
      },
    ],
  };
}

const storage = (name: string): string => `.config/Code/User/workspaceStorage/ws-${name}`;
const workspace = json({ folder: `file://${WORKSPACE}` });
const chatTokens = { input: 100, output: 20, cacheRead: 0, cacheWrite: 0 };

export const copilotChat: Seed = {
  name: 'copilot-chat',
  agent: 'copilot-chat',
  make: (name) =>
    filesOf({
      [`${storage(name)}/workspace.json`]: workspace,
      [`${storage(name)}/chatSessions/chat-${name}.jsonl`]: lines([
        { kind: 0, v: { ...chat(`chat-${name}`), requests: [] } },
        { kind: 2, k: ['requests'], v: chat(`chat-${name}`)['requests'] },
        { kind: 1, k: ['customTitle'], v: 'Till' },
        { kind: 1, k: ['inputState'], v: { text: '' } },
      ]).subarray(0, -1),
    }),
  id: (name) => `chat-${name}`,
  numbers: { ...tools, tokens: chatTokens },
  main: /chat-[a-z]+\.jsonl$/,
  appended: false,
  samples: { folder: 'copilot-chat', ending: '.jsonl' },
};

export const copilotChatJson: Seed = {
  name: 'copilot-chat-json',
  agent: 'copilot-chat',
  make: (name) =>
    filesOf({
      [`${storage(`j${name}`)}/workspace.json`]: workspace,
      [`${storage(`j${name}`)}/chatSessions/json-${name}.json`]: json(chat(`json-${name}`)),
    }),
  id: (name) => `json-${name}`,
  numbers: { ...tools, tokens: chatTokens },
  main: /json-[a-z]+\.json$/,
  appended: false,
  samples: { folder: 'copilot-chat', ending: '.json' },
};

export const copilotChatTranscript: Seed = {
  name: 'copilot-chat-transcript',
  agent: 'copilot-chat',
  make: (name) =>
    filesOf({
      [`${storage(`t${name}`)}/workspace.json`]: workspace,
      [`${storage(`t${name}`)}/GitHub.copilot-chat/transcripts/trans-${name}.jsonl`]: events(`trans-${name}`, false),
      [`${storage(`t${name}`)}/GitHub.copilot-chat/debug-logs/trans-${name}/main.jsonl`]: lines([
        { type: 'user_message', ts: START, attrs: {} },
        {
          type: 'llm_request',
          ts: START,
          attrs: { model: 'gpt-5', inputTokens: 100, outputTokens: 20, cachedTokens: 40 },
        },
      ]),
    }),
  id: (name) => `trans-${name}`,
  numbers: { ...tools, tokens: { input: 60, output: 20, cacheRead: 40, cacheWrite: 0 } },
  main: /trans-[a-z]+\.jsonl$/,
  appended: true,
  samples: { folder: 'copilot-chat', ending: '.jsonl' },
};

const SPANS = `
  CREATE TABLE spans (span_id TEXT PRIMARY KEY, operation_name TEXT, conversation_id TEXT, chat_session_id TEXT, request_model TEXT,
    response_model TEXT, input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, status_code INTEGER,
    start_time_ms INTEGER, end_time_ms INTEGER);
  CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT);`;

/** The database is an editor's own, so the two sessions are of two editors. */
export const copilotChatTraces: Seed = {
  name: 'copilot-chat-traces',
  agent: 'copilot-chat',
  make: async (name) => {
    const user = `.config/${name === 'good' ? 'Code' : 'VSCodium'}/User`;
    const id = `traced-${name}`;
    const database = await sqliteFile((run) => {
      run(SPANS);
      run(
        `INSERT INTO spans VALUES ('${name}1', 'invoke_agent', '${id}', '${id}', 'gpt-5', 'gpt-5', 100, 20, 40, 0, ${START}, ${START + 1}),
         ('${name}2', 'chat', '${id}', '${id}', 'gpt-5', 'gpt-5', 100, 20, 40, 0, ${START}, ${START + 1})`,
      );
    });
    const chats = `${user}/workspaceStorage/ws-d${name}`;
    return filesOf({
      [`${chats}/workspace.json`]: workspace,
      [`${chats}/chatSessions/${id}.json`]: json(chat(id)),
      [`${user}/globalStorage/github.copilot-chat/agent-traces.db`]: database,
    });
  },
  id: (name) => `traced-${name}`,
  numbers: { ...tools, tokens: { input: 60, output: 20, cacheRead: 40, cacheWrite: 0 } },
  main: /agent-traces\.db$/,
  appended: false,
  samples: { folder: 'copilot-chat', ending: '.db' },
};
