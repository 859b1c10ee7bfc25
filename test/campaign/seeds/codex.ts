import { zstdFrame } from '../zstd';
import { filesOf, iso, lines, WORKSPACE } from './seed';
import type { Seed } from './seed';

type Json = Record<string, unknown>;

function usage(n: number): Json {
  return {
    input_tokens: 100 * n,
    cached_input_tokens: 40 * n,
    output_tokens: 10 * n,
    reasoning_output_tokens: 4 * n,
    total_tokens: 110 * n,
  };
}

function rollout(name: string): Buffer {
  let n = 0;
  const record = (type: string, payload: Json): Json => ({ timestamp: iso(n++), type, payload });
  const event = (type: string, fields: Json): Json => record('event_msg', { type, ...fields });
  const count = (total: number): Json =>
    event('token_count', {
      info: { total_token_usage: usage(total), last_token_usage: usage(1), model_context_window: 9 },
    });
  const call = (id: string, command: string): Json =>
    record('response_item', {
      type: 'function_call',
      name: 'exec_command',
      arguments: JSON.stringify({ cmd: command }),
      call_id: `${name}-${id}`,
    });
  const output = (id: string, exit: number): Json =>
    record('response_item', {
      type: 'function_call_output',
      call_id: `${name}-${id}`,
      output: JSON.stringify({ output: 'text', metadata: { exit_code: exit, duration_seconds: 0.1 } }),
    });
  return lines([
    record('session_meta', {
      id: `codex-${name}`,
      timestamp: iso(0),
      cwd: WORKSPACE,
      originator: 'codex_cli_rs',
      cli_version: '0.101.0',
      git: { commit_hash: 'c0ffee'.padEnd(40, '1'), branch: 'main' },
    }),
    record('turn_context', { cwd: WORKSPACE, model: 'gpt-5-codex', turn_id: `${name}-turn` }),
    event('user_message', { message: `Please repair the till of ${name}` }),
    call('t1', 'ls'),
    output('t1', 0),
    count(1),
    event('patch_apply_end', { call_id: `${name}-t3`, success: true, changes: { [`${WORKSPACE}/till.ts`]: {} } }),
    call('t2', 'npm test'),
    output('t2', 1),
    count(2),
    count(2),
  ]);
}

const common = {
  agent: 'codex',
  numbers: {
    prompts: 1,
    toolCalls: 2,
    toolErrors: 1,
    filesTouched: 1,
    tokens: { input: 120, output: 20, cacheRead: 80, cacheWrite: 0 },
  },
  samples: { folder: 'codex', ending: '.jsonl' },
};

export const codex: Seed = {
  ...common,
  name: 'codex',
  make: (name) => filesOf({ [`.codex/sessions/2026/03/04/rollout-${name}.jsonl`]: rollout(name) }),
  id: (name) => `codex-${name}`,
  main: /\.jsonl$/,
  appended: true,
};

export const codexZstd: Seed = {
  ...common,
  name: 'codex-zstd',
  make: (name) =>
    filesOf({ [`.codex/sessions/2026/03/05/rollout-${name}.jsonl.zst`]: zstdFrame(rollout(`zst-${name}`)) }),
  id: (name) => `codex-zst-${name}`,
  main: /\.zst$/,
  appended: false,
};
