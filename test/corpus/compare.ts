import assert from 'node:assert/strict';
import type { IndexedSession } from '../../src/sessions/model';
import type { AgentRow } from './agents';

/** What is right instead of what a row says. */
type Correction = Partial<Pick<AgentRow, 'tokens' | 'tokens_known' | 'cost_usd_recorded'>>;

/** No more rows may differ. */
export const MOST_WRONG_ROWS = 3;

/** The rows that are wrong, with what is right; the evidence is in docs/agents/cline.md and docs/agents/opencode.md. */
export const WRONG_ROWS: Readonly<Record<string, Correction>> = {
  'cline/cline+cline/messages/success.messages.json': {
    tokens: { input: 21 - 3 - 1, output: 8, cache_read: 3, cache_write: 1, reasoning: null },
    cost_usd_recorded: null,
  },
  'cline/cline+cline/session/session.messages.json': {
    tokens: { input: 630_254 - 534_435, output: 4395, cache_read: 534_435, cache_write: 0, reasoning: null },
  },
  'opencode/git-ai-project+git-ai/opencode-storage/message/test-session-123': { tokens_known: false },
};

interface Comparison {
  session: IndexedSession | undefined;
  agrees: boolean;
}

/** What became of each row so far. */
export const comparisons = new Map<string, Comparison>();

/**
 * Compares a session, undefined where none is found, with its row, and keeps whether they agree. A row that is listed as wrong must
 * differ, and must agree once it is corrected.
 */
export function compareWithRow<Row extends { tokens_known: boolean }>(
  key: string,
  row: Row,
  session: IndexedSession | undefined,
  compare: (row: Row) => void,
): void {
  const correction = WRONG_ROWS[key];
  try {
    compare(row);
  } catch (error) {
    comparisons.set(key, { session, agrees: false });
    if (!(correction && error instanceof assert.AssertionError)) {
      throw error;
    }
    compare({ ...row, ...correction });
    return;
  }
  comparisons.set(key, { session, agrees: true });
  assert.equal(correction, undefined, 'The row is listed as wrong, but agrees.');
}

/** What a row says of a file that holds no session: nothing was counted, and nothing is known. */
export function assertEmpty(row: Pick<AgentRow, 'tool_calls' | 'prompts' | 'files_touched' | 'start' | 'end'>): void {
  const { prompts, tool_calls: toolCalls, files_touched: files, start, end } = row;
  assert.deepEqual([prompts, toolCalls, files.length, start, end], [0, 0, 0, null, null]);
}
