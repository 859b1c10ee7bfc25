import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The demo's sessions of agents other than Claude Code, each in the form in which that agent keeps them. */

export interface OtherAgentsOptions {
  /** The home folder in which the agents keep their sessions. */
  home: string;
  workspaceFolder: string;
  /** ms since the epoch; the sessions lie in the hours before. */
  now: number;
}

/** A short session: a prompt, a change, and the tests. */
interface Story {
  id: string;
  prompt: string;
  /** ms since the epoch. */
  start: number;
  workspace: string;
  /** The file that is changed. */
  file: string;
  testsPass: boolean;
  /** Fresh input, cached input and output of each of two answers. */
  tokens: readonly [number, number, number];
}

type Json = Record<string, unknown>;
type Files = Record<string, string>;

const MINUTE = 60_000;
const TEST = 'npm test';

const iso = (story: Story, minute: number): string => new Date(story.start + minute * MINUTE).toISOString();
const lines = (records: readonly Json[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const exit = (story: Story): number => (story.testsPass ? 0 : 1);

/** Writes a session of each agent and returns their agents, newest session first. */
export async function writeOtherAgents({ home, workspaceFolder, now }: OtherAgentsOptions): Promise<string[]> {
  for (const [n, { id, prompt, file, testsPass, tokens, files }] of AGENTS.entries()) {
    const start = now - (n + 1) * 50 * MINUTE;
    const story = { id, prompt, start, workspace: workspaceFolder, file, testsPass, tokens };
    for (const [name, content] of Object.entries(files(story))) {
      const target = path.join(home, name);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, content);
    }
  }
  return AGENTS.map(({ agent }) => agent);
}

function codex(story: Story): Files {
  const [fresh, cached, output] = story.tokens;
  const usage = (n: number): Json => ({
    input_tokens: n * (fresh + cached),
    cached_input_tokens: n * cached,
    output_tokens: n * output,
    reasoning_output_tokens: 0,
    total_tokens: n * (fresh + cached + output),
  });
  const record = (minute: number, type: string, payload: Json): Json => ({
    timestamp: iso(story, minute),
    type,
    payload,
  });
  const count = (minute: number, n: number): Json =>
    record(minute, 'event_msg', {
      type: 'token_count',
      info: { total_token_usage: usage(n), last_token_usage: usage(1), model_context_window: 272_000 },
    });
  const call = { type: 'function_call', name: 'exec_command', call_id: `${story.id}-1` };
  const result = { output: 'done', metadata: { exit_code: exit(story), duration_seconds: 2 } };
  const [day = ''] = iso(story, 0).split('T');
  return {
    [`.codex/sessions/${day.replaceAll('-', '/')}/rollout-${day}T00-00-00-${story.id}.jsonl`]: lines([
      record(0, 'session_meta', {
        id: story.id,
        timestamp: iso(story, 0),
        cwd: story.workspace,
        cli_version: '0.101.0',
      }),
      record(0, 'turn_context', { cwd: story.workspace, model: 'gpt-5-codex', turn_id: `${story.id}-turn` }),
      record(0, 'event_msg', { type: 'user_message', message: story.prompt }),
      count(1, 1),
      record(2, 'event_msg', { type: 'patch_apply_end', call_id: 'p', success: true, changes: { [story.file]: {} } }),
      record(2, 'response_item', { ...call, arguments: JSON.stringify({ cmd: TEST }) }),
      record(3, 'response_item', {
        type: 'function_call_output',
        call_id: `${story.id}-1`,
        output: JSON.stringify(result),
      }),
      count(4, 2),
    ]),
  };
}

function gemini(story: Story): Files {
  const [fresh, cached, output] = story.tokens;
  const tokens = { input: fresh + cached, output, cached, thoughts: 0, tool: 0, total: fresh + cached + output };
  const call = (id: string, name: string, args: Json, response: string): Json => {
    const result = [{ functionResponse: { id, name, response: { output: response } } }];
    return { id, name, args, status: 'success', result, timestamp: iso(story, 2) };
  };
  const answer = { type: 'gemini', model: 'gemini-2.5-pro', tokens };
  const folder = `.gemini/tmp/webshop`;
  const code = story.testsPass ? '' : `\nExit Code: ${exit(story)}`;
  return {
    [`${folder}/.project_root`]: story.workspace,
    [`${folder}/chats/session-${story.id}.jsonl`]: lines([
      {
        sessionId: story.id,
        projectHash: 'webshop',
        startTime: iso(story, 0),
        lastUpdated: iso(story, 4),
        kind: 'main',
      },
      { id: 'm1', timestamp: iso(story, 0), type: 'user', content: story.prompt },
      {
        ...{ ...answer, id: 'm2', timestamp: iso(story, 2), content: '' },
        toolCalls: [
          call('t1', 'write_file', { file_path: story.file, content: '' }, 'ok'),
          call('t2', 'run_shell_command', { command: TEST }, `Output: done${code}\nProcess Group PGID: 4711`),
        ],
      },
      { ...answer, id: 'm3', timestamp: iso(story, 4), content: 'Done.' },
    ]),
  };
}

function openCode(story: Story): Files {
  const [fresh, cached, output] = story.tokens;
  const time = (minute: number): number => story.start + minute * MINUTE;
  const answer = (n: number): Json => ({
    ...{
      id: `msg_${n}`,
      sessionID: story.id,
      role: 'assistant',
      modelID: 'claude-sonnet-4-5',
      providerID: 'anthropic',
    },
    ...{ time: { created: time(n), completed: time(n + 1) }, path: { cwd: story.workspace, root: story.workspace } },
    ...{ cost: 0, tokens: { input: fresh, output, reasoning: 0, cache: { read: cached, write: 0 } } },
  });
  const tool = (n: number, name: string, input: Json, code: number): Json => ({
    ...{ id: `prt_${n}`, messageID: `msg_${n}`, sessionID: story.id, type: 'tool', tool: name, callID: `call_${n}` },
    state: { status: 'completed', input, output: '', metadata: { exit: code } },
  });
  const text = { id: 'prt_0', messageID: 'msg_0', sessionID: story.id, type: 'text', text: story.prompt };
  const storage = '.local/share/opencode/storage';
  const json: Record<string, Json> = {
    [`session/webshop/${story.id}.json`]: {
      ...{ id: story.id, projectID: 'webshop', directory: story.workspace, title: story.prompt, version: '1.1.0' },
      time: { created: time(0), updated: time(4) },
    },
    [`message/${story.id}/msg_0.json`]: { id: 'msg_0', sessionID: story.id, role: 'user', time: { created: time(0) } },
    [`message/${story.id}/msg_1.json`]: answer(1),
    [`message/${story.id}/msg_2.json`]: answer(2),
    [`part/msg_0/prt_0.json`]: text,
    [`part/msg_1/prt_1.json`]: tool(1, 'edit', { filePath: story.file }, 0),
    [`part/msg_2/prt_2.json`]: tool(2, 'bash', { command: TEST }, exit(story)),
  };
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [`${storage}/${name}`, JSON.stringify(value)]));
}

function copilotCli(story: Story): Files {
  const [fresh, cached, output] = story.tokens;
  const event = (minute: number, type: string, data: Json): Json => ({
    ...{ type, data, id: `${story.id}-${minute}`, timestamp: iso(story, minute), parentId: null },
  });
  const message = (minute: number, call: string, name: string, args: Json): Json =>
    event(minute, 'assistant.message', {
      content: '',
      outputTokens: output,
      toolRequests: [{ toolCallId: call, name, arguments: args }],
    });
  const done = (minute: number, call: string, content: string): Json =>
    event(minute, 'tool.execution_complete', { toolCallId: call, success: true, result: { content } });
  const usage = {
    ...{ inputTokens: 2 * (fresh + cached), outputTokens: 2 * output, cacheReadTokens: 2 * cached },
    ...{ cacheWriteTokens: 0, reasoningTokens: 0 },
  };
  return {
    [`.copilot/session-state/${story.id}/events.jsonl`]: lines([
      event(0, 'session.start', {
        ...{
          sessionId: story.id,
          version: 1,
          selectedModel: 'gpt-5',
          context: { cwd: story.workspace, branch: 'main' },
        },
      }),
      event(0.5, 'user.message', { content: story.prompt }),
      message(1, 't1', 'edit', { path: story.file, old_str: 'a', new_str: 'b' }),
      done(2, 't1', 'edited'),
      message(3, 't2', 'bash', { command: TEST }),
      done(4, 't2', `<exited with exit code ${exit(story)}>`),
      event(5, 'session.shutdown', { modelMetrics: { 'gpt-5': { requests: { count: 2 }, usage } }, codeChanges: {} }),
    ]),
  };
}

function cline(story: Story): Files {
  const [fresh, cached, output] = story.tokens;
  const say = (minute: number, what: string, value: Json | string): Json => ({
    ...{ ts: story.start + minute * MINUTE, type: 'say', say: what },
    text: typeof value === 'string' ? value : JSON.stringify(value),
    modelInfo: { providerId: 'anthropic', modelId: 'claude-sonnet-4-5', mode: 'act' },
  });
  const said = (role: string, text: string): Json => ({ role, content: [{ type: 'text', text }] });
  const usage = { request: '', tokensIn: fresh, tokensOut: output, cacheWrites: 0, cacheReads: cached, cost: 0.2 };
  const folder = `.config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks/${story.id}`;
  const json: Record<string, unknown> = {
    'ui_messages.json': [
      say(0, 'text', story.prompt),
      say(1, 'api_req_started', usage),
      say(2, 'tool', { tool: 'editedExistingFile', path: story.file, content: '' }),
      say(3, 'api_req_started', usage),
      say(3, 'command', TEST),
      say(4, 'completion_result', 'Done.'),
    ],
    'api_conversation_history.json': [
      said('user', `<task>\n${story.prompt}\n</task>\n# Current Working Directory (${story.workspace}) Files`),
      said('assistant', `<execute_command>\n<command>${TEST}</command>\n</execute_command>`),
      said(
        'user',
        `[execute_command for '${TEST}'] Result:\nCommand executed. Exit code: ${exit(story)}\nOutput:\ndone`,
      ),
    ],
    'task_metadata.json': {
      files_in_context: [
        { path: story.file, record_source: 'cline_edited', cline_edit_date: story.start + 2 * MINUTE },
      ],
      model_usage: [],
    },
  };
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [`${folder}/${name}`, JSON.stringify(value)]));
}

function copilotChat(story: Story): Files {
  const [fresh, cached, output] = story.tokens;
  const fileUri = (file: string): string => pathToFileURL(path.join(story.workspace, file)).href;
  const terminal = {
    ...{ kind: 'toolInvocationSerialized', toolId: 'run_in_terminal', toolCallId: 't1', isConfirmed: { type: 1 } },
    toolSpecificData: {
      ...{ kind: 'terminal', commandLine: { original: TEST }, language: 'sh' },
      terminalCommandState: { exitCode: exit(story) },
    },
  };
  const request = {
    ...{ requestId: 'r1', timestamp: story.start, message: { text: story.prompt }, modelId: 'copilot/gpt-5' },
    response: [{ kind: 'textEditGroup', uri: { fsPath: path.join(story.workspace, story.file) }, edits: [] }, terminal],
    result: {
      timings: { firstProgress: 900, totalElapsed: 4 * MINUTE },
      metadata: { promptTokens: fresh + cached, outputTokens: output },
    },
  };
  const state = { version: 3, sessionId: story.id, creationDate: story.start, requests: [request] };
  const storage = '.config/Code/User/workspaceStorage/webshop';
  return {
    [`${storage}/workspace.json`]: JSON.stringify({ folder: fileUri('.') }),
    [`${storage}/chatSessions/${story.id}.jsonl`]: lines([{ kind: 0, v: state }]),
  };
}

const AGENTS: readonly (Pick<Story, 'id' | 'prompt' | 'file' | 'testsPass' | 'tokens'> & {
  agent: string;
  files: (story: Story) => Files;
})[] = [
  {
    ...{
      agent: 'codex',
      files: codex,
      id: '019c2a10-0000-7000-8000-0000000000c1',
      file: 'src/cart.js',
      testsPass: true,
    },
    ...{ prompt: 'Keep the cart when the page reloads', tokens: [4200, 21_000, 1800] },
  },
  {
    ...{
      agent: 'gemini',
      files: gemini,
      id: 'b7d1e6a2-0000-4000-8000-0000000000a2',
      file: 'src/vat.js',
      testsPass: false,
    },
    ...{ prompt: 'Show prices with VAT', tokens: [6100, 12_500, 2300] },
  },
  {
    ...{ agent: 'opencode', files: openCode, id: 'ses_demo3', file: 'src/search.js', testsPass: true },
    ...{ prompt: 'Search ignores accents', tokens: [3900, 17_400, 1500] },
  },
  {
    ...{ agent: 'copilot-cli', files: copilotCli, id: 'demo-0000-cli4', file: 'src/stock.js', testsPass: true },
    ...{ prompt: 'Hide products out of stock', tokens: [5300, 9800, 1200] },
  },
  {
    ...{ agent: 'cline', files: cline, id: '1767600000005', file: 'src/invoice.js', testsPass: true },
    ...{ prompt: 'Number the invoices by year', tokens: [7400, 15_200, 2600] },
  },
  {
    ...{
      agent: 'copilot-chat',
      files: copilotChat,
      id: 'c3a9f1d4-0000-4000-8000-0000000000a6',
      file: 'src/receipt.js',
      testsPass: true,
    },
    ...{ prompt: 'Print receipts on one page', tokens: [5100, 11_900, 1400] },
  },
];
