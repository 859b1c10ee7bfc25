import { filesOf, json, START, WORKSPACE } from './seed';
import type { Files, Seed } from './seed';

const STORAGE = '.config/Code/User/globalStorage';

function taskFiles(extension: string, id: string): Files {
  const say = (n: number, what: string, text: unknown): unknown => ({
    ts: START + n * 1000,
    type: 'say',
    say: what,
    text: typeof text === 'string' ? text : JSON.stringify(text),
    modelInfo: { providerId: 'anthropic', modelId: 'claude-sonnet-4-5', mode: 'act' },
  });
  const usage = { request: 'x', tokensIn: 10, tokensOut: 20, cacheWrites: 40, cacheReads: 30, cost: 0.25 };
  const folder = `${STORAGE}/${extension}/tasks/${id}`;
  return filesOf({
    [`${folder}/ui_messages.json`]: json([
      say(0, 'text', 'Please repair the till'),
      say(1, 'api_req_started', usage),
      say(2, 'tool', { tool: 'editedExistingFile', path: 'till.ts', content: 'x' }),
      say(3, 'api_req_started', usage),
      { ts: START + 4000, type: 'ask', ask: 'command', text: 'npm test' },
      say(5, 'error', 'It failed'),
    ]),
    [`${folder}/api_conversation_history.json`]: json([
      {
        role: 'user',
        content: [{ type: 'text', text: `<task>Till</task>\n# Current Working Directory (${WORKSPACE}) Files\na.ts` }],
      },
      {
        role: 'assistant',
        content: [{ type: 'text', text: '<execute_command><command>npm test</command></execute_command>' }],
      },
      { role: 'user', content: [{ type: 'text', text: "[execute_command for 'npm test'] Result:\nexit code 1" }] },
    ]),
    [`${folder}/task_metadata.json`]: json({
      files_in_context: [{ path: 'till.ts', record_source: 'cline_edited', cline_edit_date: START }],
      model_usage: [{ ts: START, model_id: 'claude-sonnet-4-5', mode: 'act' }],
    }),
    [`${folder}/history_item.json`]: json({ id, task: 'Please repair the till', workspace: WORKSPACE }),
  });
}

const numbers = {
  prompts: 1,
  toolCalls: 2,
  toolErrors: 1,
  filesTouched: 1,
  tokens: { input: 20, output: 40, cacheRead: 60, cacheWrite: 80 },
};

function tasks(name: string, agent: string, extension: string, samples: string): Seed {
  return {
    name,
    agent,
    make: (session) => taskFiles(extension, `${name}-${session}`),
    id: (session) => `${name}-${session}`,
    numbers,
    main: /ui_messages\.json$/,
    appended: false,
    samples: { folder: 'cline', ending: samples },
  };
}

export const cline = tasks('cline', 'cline', 'saoudrizwan.claude-dev', 'ui_messages.json');
export const roo = tasks('roo-code', 'roo-code', 'rooveterinaryinc.roo-cline', 'ui_messages.json');
export const kilo = tasks('kilo-code', 'kilo-code', 'kilocode.kilo-code', 'ui_messages.json');

export const clineSdk: Seed = {
  name: 'cline-sdk',
  agent: 'cline',
  make: (name) => {
    const id = `sdk-${name}`;
    const metrics = { inputTokens: 80, outputTokens: 20, cacheReadTokens: 30, cacheWriteTokens: 40, cost: 0.5 };
    const message = (n: number, role: string, content: unknown, more: object = {}): unknown => ({
      id: `${id}-${n}`,
      role,
      ts: START + n * 1000,
      content,
      ...more,
    });
    const answer = (n: number, content: unknown): unknown =>
      message(n, 'assistant', content, { metrics, modelInfo: { id: 'claude-sonnet-4-5', provider: 'anthropic' } });
    const use = (n: number, tool: string, input: unknown): unknown => ({
      type: 'tool_use',
      id: `${id}-t${n}`,
      name: tool,
      input,
    });
    const result = (n: number, failed: boolean): unknown => ({
      type: 'tool_result',
      tool_use_id: `${id}-t${n}`,
      is_error: failed,
      content: [{ query: 'x', result: 'y', success: !failed }],
    });
    const folder = `.cline/data/sessions/${id}`;
    return filesOf({
      [`${folder}/${id}.json`]: json({
        session_id: id,
        cwd: WORKSPACE,
        started_at: new Date(START).toISOString(),
        ended_at: new Date(START + 9000).toISOString(),
        status: 'completed',
        metadata: { title: 'Till' },
      }),
      [`${folder}/${id}.messages.json`]: json({
        version: 1,
        sessionId: id,
        messages: [
          message(0, 'user', [{ type: 'text', text: 'Please repair the till' }]),
          answer(1, [use(1, 'editor', { path: 'till.ts' })]),
          message(2, 'user', [result(1, false)]),
          answer(3, [use(2, 'run_commands', { commands: ['npm test'] })]),
          message(4, 'user', [result(2, true)]),
        ],
      }),
    });
  },
  id: (name) => `sdk-${name}`,
  numbers,
  main: /\.messages\.json$/,
  appended: false,
  samples: { folder: 'cline', ending: '.messages.json' },
};
