import assert from 'node:assert/strict';
import type { IndexedSession } from '../../src/sessions/model';
import { assertCost } from './cost';
import type { ExpectedSession } from './fixtures';

/** Compares what a row gives whatever its agent; reasoning and models differ in meaning and are left to the caller. */
export function assertCommon(session: IndexedSession, row: ExpectedSession): void {
  assertTokens(session, row);
  assert.equal(session.prompts, row.prompts, 'prompts');
  assert.equal(session.toolCalls, row.tool_calls, 'tool calls');
  assert.equal(session.toolErrors, row.tool_errors, 'tool errors');
  assert.equal(session.filesTouched, row.files_touched.length, 'files touched');
  assert.equal(session.startedAt, Date.parse(row.start ?? ''), 'start');
  assert.equal(session.lastActiveAt, Date.parse(row.end ?? ''), 'end');
  assert.equal(session.endedAt, session.lastActiveAt, 'ended');
  assertMinutes(session.wallMinutes, row.wall_minutes, 'wall minutes');
  assertMinutes(session.activeMinutes, row.active_minutes, 'active minutes');
  assertCost(session, row);
}

/** Kinds that an agent does not have are null in the row. */
function assertTokens(session: IndexedSession, row: ExpectedSession): void {
  if (!row.tokens_known) {
    assert.equal(session.tokens, undefined, 'tokens that nobody knows');
    assert.equal(session.tokensKnown, 'none');
    return;
  }
  const { input, output, cacheRead, cacheWrite } = session.tokens ?? {};
  const expected: { input: number; output: number; cache_read: number; cache_write: number | null } = row.tokens;
  assert.deepEqual(
    { input, output, cacheRead, cacheWrite },
    {
      input: expected.input,
      output: expected.output,
      cacheRead: expected.cache_read,
      cacheWrite: expected.cache_write ?? 0,
    },
    'tokens',
  );
}

/** The row's minutes are rounded to three decimals, halves to even. */
function assertMinutes(actual: number, expected: number | null, what: string): void {
  assert.ok(expected !== null && Math.abs(actual - expected) <= 0.0005 + 1e-9, `${what}: ${actual} is not ${expected}`);
}
