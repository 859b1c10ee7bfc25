import * as fs from 'node:fs';
import * as path from 'node:path';

/** One session as an independent script counted it; see `_rules` in expected.json. Token kinds are null where not reported. */
export interface ExpectedSession {
  agent: string;
  session_id: string | null;
  cwd: string | null;
  git_branch: string | null;
  git_commit?: string | null;
  tokens_known: boolean;
  tokens: { input: number; output: number; cache_read: number; cache_write: number; reasoning?: number };
  tokens_sidechain_or_subagent: { input: number; output: number; cache_read: number; cache_write: number };
  /** Responses by model; of Codex only the names. */
  models: Record<string, number> | string[];
  prompts: number;
  slash_commands_that_started_a_turn: number;
  tool_calls: number;
  tool_errors: number;
  files_touched: string[];
  longest_identical_tool_run: number;
  longest_identical_tool_run_without_polling?: number;
  api_errors: number;
  start: string | null;
  end: string | null;
  wall_minutes: number | null;
  active_minutes: number | null;
  cost_usd_genai_prices_0_1_8?: {
    cost: number;
    priced_responses: number;
    unpriced_responses: number;
    unpriced_models: Record<string, number>;
  };
  ccusage_20_0_24_offline: { status: string; cost_usd: number };
}

export interface ExpectedCorpus {
  _ccusage: { all_claude_fixtures_together: { files: number; by_message_id: [number, number, number, number] } };
  sessions: Record<string, ExpectedSession>;
}

export interface Fixtures {
  folder: string;
  expected: ExpectedCorpus;
}

/** The sample sessions, which are not part of this repository; undefined where they are not at hand. */
export function findFixtures(): Fixtures | undefined {
  const folder = process.env['AGENT_EXPERIMENTS_FIXTURES'] ?? path.resolve('..', 'shared', 'fixtures');
  const file = path.join(folder, 'expected.json');
  if (!fs.existsSync(file)) {
    console.warn(
      `\n  !!! SKIPPED: no sample sessions in ${folder}. The counts of real sessions are NOT checked.\n` +
        '  !!! Set AGENT_EXPERIMENTS_FIXTURES to the folder that holds expected.json.\n',
    );
    return undefined;
  }
  return { folder, expected: JSON.parse(fs.readFileSync(file, 'utf8')) as ExpectedCorpus };
}
