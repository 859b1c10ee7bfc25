import { createHash } from 'node:crypto';
import { claudeSlug } from '../../../src/sessions/claude/claudeSlug';
import { filesOf, iso, lines, WORKSPACE } from './seed';
import type { Files, Seed } from './seed';

type Json = Record<string, unknown>;

function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function transcript(name: string, sidechain: boolean): Buffer {
  const prefix = `${name}${sidechain ? '-side' : ''}`;
  let n = 0;
  const record = (fields: Json): Json => ({
    parentUuid: n === 0 ? null : `${prefix}-${n - 1}`,
    isSidechain: sidechain,
    ...(sidechain ? { agentId: `${name}77` } : {}),
    sessionId: idOf(name),
    cwd: WORKSPACE,
    gitBranch: 'main',
    version: '2.1.0',
    uuid: `${prefix}-${n}`,
    timestamp: iso(n++),
    ...fields,
  });
  const usage = {
    input_tokens: 10,
    output_tokens: 20,
    cache_read_input_tokens: 30,
    cache_creation_input_tokens: 40,
    cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 0 },
  };
  const user = (content: unknown): Json => record({ type: 'user', message: { role: 'user', content } });
  const answer = (id: string, content: unknown[]): Json =>
    record({
      type: 'assistant',
      requestId: `req-${prefix}-${id}`,
      message: {
        id: `msg-${prefix}-${id}`,
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content,
        usage,
      },
    });
  const use = (id: string, tool: string, input: Json): Json => ({
    type: 'tool_use',
    id: `${prefix}-${id}`,
    name: tool,
    input,
  });
  const result = (id: string, failed: boolean): Json =>
    user([
      { type: 'tool_result', tool_use_id: `${prefix}-${id}`, content: failed ? 'Exit code 1' : 'ok', is_error: failed },
    ]);
  return lines([
    ...(sidechain ? [] : [{ type: 'summary', summary: 'A summary', leafUuid: `${prefix}-0` }]),
    user(`Please repair the till of ${name}`),
    answer('1', [{ type: 'thinking', thinking: 'Hm.' }]),
    answer('1', [use('t1', 'Edit', { file_path: `${WORKSPACE}/till.ts`, old_string: 'a', new_string: 'é\u2028"\\' })]),
    result('t1', false),
    answer('2', [use('t2', 'Bash', { command: 'npm test', description: 'Run the tests' })]),
    result('t2', true),
    answer('3', [{ type: 'text', text: 'Done.' }]),
    ...(sidechain ? [] : [record({ type: 'system', subtype: 'turn_duration', durationMs: 1200 })]),
  ]);
}

export const claude: Seed = {
  name: 'claude',
  agent: 'claude-code',
  make: (name): Files => {
    const project = `.claude/projects/${claudeSlug(WORKSPACE)}`;
    return filesOf({
      [`${project}/${idOf(name)}.jsonl`]: transcript(name, false),
      [`${project}/${idOf(name)}/subagents/agent-${name}77.jsonl`]: transcript(name, true),
    });
  },
  id: idOf,
  numbers: {
    prompts: 1,
    toolCalls: 4,
    toolErrors: 2,
    filesTouched: 1,
    tokens: { input: 60, output: 120, cacheRead: 180, cacheWrite: 240 },
  },
  main: /[0-9a-f]\.jsonl$/,
  appended: true,
  samples: { folder: 'claude', ending: '.jsonl' },
};
