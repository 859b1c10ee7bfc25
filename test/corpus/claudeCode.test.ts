import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ClaudeCodeSessions } from '../../src/sessions/claude/claudeCode';
import type { IndexedSession } from '../../src/sessions/model';
import { assertEmpty, compareWithRow } from './compare';
import { findFixtures } from './fixtures';
import type { ExpectedSession } from './fixtures';
import { NO_CWD, placeClaude } from './homes';

const fixtures = findFixtures();
const rows = Object.entries(fixtures?.expected.sessions ?? {}).filter(([key]) => key.startsWith('claude/'));
const folder = fixtures?.folder ?? '';

async function scan(configDir: string, folders: readonly string[]): Promise<IndexedSession[]> {
  const source = new ClaudeCodeSessions({
    environment: { home: path.join(configDir, 'no-home'), CLAUDE_CONFIG_DIR: configDir },
    rules: { windows: false },
    isAlive: () => false,
  });
  const problems: string[] = [];
  const sessions = await source.scan(folders, Date.UTC(2030, 0), (message) => problems.push(message));
  assert.deepEqual(problems, []);
  return sessions;
}

/** The row's minutes are rounded to three decimals, halves to even. */
function assertMinutes(actual: number, expected: number | null, what: string): void {
  assert.ok(expected !== null && Math.abs(actual - expected) <= 0.0005 + 1e-9, `${what}: ${actual} is not ${expected}`);
}

function tokensOf(row: ExpectedSession): IndexedSession['tokens'] {
  const { input, output, cache_read: cacheRead, cache_write: cacheWrite } = row.tokens;
  return row.tokens_known ? { input, output, cacheRead, cacheWrite } : undefined;
}

function assertRow(session: IndexedSession, row: ExpectedSession): void {
  assert.deepEqual(session.tokens, tokensOf(row), 'tokens');
  assert.equal(session.subagentTokens?.output ?? 0, row.tokens_sidechain_or_subagent.output, 'sub-agents’ output');
  assert.deepEqual(session.models, row.models, 'models');
  assert.equal(session.prompts, row.prompts, 'prompts');
  assert.equal(session.slashCommands, row.slash_commands_that_started_a_turn, 'slash commands');
  assert.equal(session.toolCalls, row.tool_calls, 'tool calls');
  assert.equal(session.toolErrors, row.tool_errors, 'tool errors');
  assert.equal(session.filesTouched, row.files_touched.length, 'files touched');
  assert.equal(session.apiErrors, row.api_errors, 'API errors');
  assert.equal(session.startedAt, Date.parse(row.start ?? ''), 'start');
  assert.equal(session.lastActiveAt, Date.parse(row.end ?? ''), 'end');
  assert.equal(session.endedAt, session.lastActiveAt, 'ended');
  assertMinutes(session.wallMinutes, row.wall_minutes, 'wall minutes');
  assertMinutes(session.activeMinutes, row.active_minutes, 'active minutes');
  assert.equal(session.branch ?? '', row.git_branch ?? '', 'branch');
  if (row.longest_identical_tool_run <= 1) {
    assert.equal(session.toolLoops, 0, 'no run of identical calls, no repeats');
  }
}

describe('Claude Code: sample sessions', function () {
  this.timeout(30_000);

  let configDir: string;

  before(function () {
    if (!fixtures) {
      this.skip();
    }
  });

  beforeEach(() => {
    configDir = fs.mkdtempSync(path.join(os.tmpdir(), 'claude-corpus-'));
  });

  afterEach(() => {
    fs.rmSync(configDir, { recursive: true, force: true });
  });

  it('are 42', function () {
    assert.equal(rows.length, 42);
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      placeClaude(configDir, { folder, key, row });
      const sessions = await scan(configDir, [row.cwd ?? NO_CWD]);
      const [session, ...others] = sessions;
      assert.deepEqual(others, []);
      compareWithRow(key, row, session, (expected) => {
        if (expected.start === null) {
          assert.equal(session, undefined, 'a file without any message is no session');
          assertEmpty(expected);
          return;
        }
        assert.ok(session);
        assertRow(session, expected);
      });
    });
  }

  /**
   * Four rows that the total of expected.json leaves out, though it counts each of them by itself: their lines hold no `"type":`
   * in the form that Claude Code writes (see docs/agents.md).
   */
  const notInTotal = (key: string): boolean => key.includes('/ryoppippi+ccusage/') || key.includes('/daaain+');

  for (const [what, included] of [
    ['the files of the given total', ([key]: [string, ExpectedSession]) => !notInTotal(key)],
    ['all files', () => true],
  ] as const) {
    it(`count each response once when together in one configuration folder: ${what}`, async () => {
      const together = rows.filter(included);
      for (const [key, row] of together) {
        placeClaude(configDir, { folder, key, row });
      }
      const sessions = await scan(
        configDir,
        together.map(([, row]) => row.cwd ?? NO_CWD),
      );
      const extra = together.filter(([key]) => notInTotal(key)).map(([, row]) => tokensOf(row));
      const given = fixtures?.expected._ccusage.all_claude_fixtures_together.by_message_id ?? [];
      const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0] = given;
      assert.deepEqual(
        sum(sessions.map((session) => session.tokens)),
        sum([{ input, output, cacheRead, cacheWrite }, ...extra]),
      );
    });
  }

  it('add the sub-agents beside a session (Claude Code 2.0) to it', async () => {
    const family = rows.filter(([key]) => key.includes('/-tmp-private/'));
    for (const [key, row] of family) {
      placeClaude(configDir, { folder, key, row });
    }
    const [session, ...others] = await scan(configDir, ['/tmp/private']);
    assert.equal(family.length, 3);
    assert.ok(session);
    assert.deepEqual(others, []);
    assert.deepEqual(session.tokens, sum(family.map(([, row]) => tokensOf(row))));
    assert.deepEqual(
      session.subagentTokens,
      sum(family.filter(([key]) => key.includes('agent-')).map(([, row]) => tokensOf(row))),
    );
    assert.equal(session.prompts, 3);
  });
});

function sum(parts: readonly IndexedSession['tokens'][]): NonNullable<IndexedSession['tokens']> {
  const total = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  for (const part of parts) {
    total.input += part?.input ?? 0;
    total.output += part?.output ?? 0;
    total.cacheRead += part?.cacheRead ?? 0;
    total.cacheWrite += part?.cacheWrite ?? 0;
  }
  return total;
}
