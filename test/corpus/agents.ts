import assert from 'node:assert/strict';
import type { IndexedSession } from '../../src/sessions/model';

/** A row of expected.json as the agents beside Claude Code have it; what a kind of row does not count is absent. */
export interface AgentRow {
  agent: string;
  session_id?: string | null;
  cwd?: string | null;
  git_branch?: string | null;
  git_commit?: string | null;
  title?: string | null;
  tokens: {
    input: number | null;
    output: number | null;
    cache_read: number | null;
    cache_write: number | null;
    reasoning: number | null;
  } | null;
  tokens_known: boolean;
  models?: Record<string, number> | string[];
  prompts: number;
  tool_calls: number;
  tool_errors?: number;
  tool_calls_by_name?: Record<string, number>;
  files_touched: string[];
  start: string | null;
  end: string | null;
  wall_minutes?: number | null;
  active_minutes?: number | null;
  bad_lines?: number;
  /** USD that the agent itself noted. */
  cost_usd_recorded?: number | null;
  [more: string]: unknown;
}

/** The row's tokens as a session holds them; kinds that the row does not know are 0 in a session that says `partial`. */
export function assertTokens(session: IndexedSession, row: Pick<AgentRow, 'tokens' | 'tokens_known'>): void {
  if (!row.tokens_known || row.tokens === null) {
    assert.equal(session.tokens, undefined, 'no tokens');
    assert.equal(session.tokensKnown, 'none');
    return;
  }
  const { input, output, cache_read: cacheRead, cache_write: cacheWrite } = row.tokens;
  assert.deepEqual(
    session.tokens,
    { input: input ?? 0, output: output ?? 0, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0 },
    'tokens',
  );
  assert.ok(input !== null || session.tokensKnown === 'partial', 'says that input is not known');
}

/** The row's minutes are rounded to three decimals, halves to even. */
function assertMinutes(actual: number, expected: number | null | undefined, what: string): void {
  if (expected !== undefined) {
    assert.ok(
      expected !== null && Math.abs(actual - expected) <= 0.0005 + 1e-9,
      `${what}: ${actual} is not ${expected}`,
    );
  }
}

export function assertTimes(session: IndexedSession, row: AgentRow): void {
  assert.equal(session.startedAt, Date.parse(row.start ?? ''), 'start');
  assert.equal(session.lastActiveAt, Date.parse(row.end ?? ''), 'end');
  assertMinutes(session.wallMinutes, row.wall_minutes, 'wall minutes');
  assertMinutes(session.activeMinutes, row.active_minutes, 'active minutes');
}

export function assertCounts(session: IndexedSession, row: AgentRow): void {
  assert.equal(session.prompts, row.prompts, 'prompts');
  assert.equal(session.toolCalls, row.tool_calls, 'tool calls');
  if (row.tool_errors !== undefined) {
    assert.equal(session.toolErrors, row.tool_errors, 'tool errors');
  }
  assert.equal(session.filesTouched, row.files_touched.length, 'files touched');
}
