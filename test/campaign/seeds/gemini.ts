import { filesOf, iso, json, lines, START, WORKSPACE } from './seed';
import type { Seed } from './seed';

type Json = Record<string, unknown>;

function messages(name: string): Json[] {
  const tokens = { input: 100, output: 10, cached: 40, thoughts: 5, tool: 0, total: 115 };
  const call = (id: string, tool: string, args: Json, status: string): Json => ({
    id: `${name}-${id}`,
    name: tool,
    args,
    status,
    result: [
      { functionResponse: { id, name: tool, response: { output: status === 'error' ? 'Exit Code: 1' : 'ok' } } },
    ],
    timestamp: iso(3),
  });
  return [
    { id: `${name}-m1`, timestamp: iso(0), type: 'user', content: `Please repair the till of ${name}` },
    {
      id: `${name}-m2`,
      timestamp: iso(2),
      type: 'gemini',
      content: '',
      model: 'gemini-2.5-pro',
      tokens,
      toolCalls: [
        call('t1', 'write_file', { file_path: `${WORKSPACE}/till.ts`, content: 'x' }, 'success'),
        call('t2', 'run_shell_command', { command: 'npm test' }, 'error'),
      ],
    },
    { id: `${name}-m3`, timestamp: iso(5), type: 'gemini', content: 'Done.', model: 'gemini-2.5-pro', tokens },
  ];
}

const header = (name: string): Json => ({
  sessionId: `gemini-${name}`,
  projectHash: 'abc',
  startTime: new Date(START).toISOString(),
  lastUpdated: iso(5),
  kind: 'main',
});

const common = {
  agent: 'gemini',
  numbers: {
    prompts: 1,
    toolCalls: 2,
    toolErrors: 1,
    filesTouched: 1,
    tokens: { input: 120, output: 20, cacheRead: 80, cacheWrite: 0, reasoning: 10 },
  },
};

export const gemini: Seed = {
  ...common,
  name: 'gemini',
  make: (name) =>
    filesOf({
      [`.gemini/tmp/shop-${name}/.project_root`]: Buffer.from(WORKSPACE),
      [`.gemini/tmp/shop-${name}/chats/session-${name}.jsonl`]: lines([
        header(name),
        ...messages(name),
        { $set: { lastUpdated: iso(6) } },
      ]),
    }),
  id: (name) => `gemini-${name}`,
  main: /\.jsonl$/,
  appended: true,
  samples: { folder: 'gemini', ending: '.jsonl' },
};

export const geminiJson: Seed = {
  ...common,
  name: 'gemini-json',
  make: (name) =>
    filesOf({
      [`.gemini/tmp/json-${name}/.project_root`]: Buffer.from(WORKSPACE),
      [`.gemini/tmp/json-${name}/chats/session-${name}.json`]: json({
        ...header(`json-${name}`),
        messages: messages(`json-${name}`),
      }),
    }),
  id: (name) => `gemini-json-${name}`,
  main: /\.json$/,
  appended: false,
  samples: { folder: 'gemini', ending: '.json' },
};
