import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CodexSessions } from '../../src/sessions/codex/codexSessions';
import type { IndexedSession } from '../../src/sessions/model';
import { compareWithRow } from './compare';
import { findFixtures } from './fixtures';
import type { ExpectedSession } from './fixtures';
import { NO_CWD, parentOf, placeCodex } from './homes';
import { assertCommon } from './rows';

const fixtures = findFixtures();
const rows = Object.entries(fixtures?.expected.sessions ?? {}).filter(([key]) => key.startsWith('codex/'));

/**
 * Costs of rows that give none, because they were made without knowing `openai/gpt-5.5` for `gpt-5.5`, $5 and $30 a million. (ccusage takes that name for a
 * model three times as dear, but has the same price as this extension for `gpt-5.5` in the first row.)
 */
const PRICED: Record<string, number> = {
  'codex/steipete+CodexBar/harness-smoke/codex-home/archived_sessions/child.jsonl': 0.000055,
  'codex/steipete+CodexBar/harness-smoke/codex-home/sessions/2026/07/11/parent.jsonl': 0.00008,
};

/** The row with the cost that it does not give. */
function priced(key: string, row: ExpectedSession): ExpectedSession {
  const cost = PRICED[key];
  const all = { priced_responses: 1, unpriced_responses: 0, unpriced_models: {} };
  return cost === undefined ? row : { ...row, cost_usd_genai_prices_0_1_8: { cost, ...all } };
}

async function scan(home: string, folder: string): Promise<IndexedSession[]> {
  const source = new CodexSessions({
    environment: { home: path.join(home, 'no-home'), CODEX_HOME: home },
    rules: { windows: false },
    isAlive: () => false,
  });
  const problems: string[] = [];
  const sessions = await source.scan([folder], Date.UTC(2031, 0), (message) => problems.push(message));
  assert.deepEqual(problems, []);
  return sessions;
}

function assertRow(session: IndexedSession, row: ExpectedSession): void {
  assertCommon(session, row);
  if (row.tokens_known) {
    assert.equal(session.reasoningInOutput, row.tokens.reasoning, 'reasoning');
  }
  assert.deepEqual(Object.keys(session.models), row.models, 'models');
  assert.equal(session.branch ?? null, row.git_branch, 'branch');
  assert.equal(session.startCommit ?? null, row.git_commit, 'commit');
  if ((row.longest_identical_tool_run_without_polling ?? 0) <= 1) {
    assert.equal(session.toolLoops, 0, 'no run of identical calls, no repeats');
  }
}

describe('Codex: sample sessions', function () {
  this.timeout(30_000);
  let home = '';

  beforeEach(function () {
    if (!fixtures) {
      this.skip();
    }
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'codex-corpus-'));
  });

  afterEach(() => {
    // Nothing was made where the samples are absent and the test is skipped.
    if (home === '') return;
    fs.rmSync(home, { recursive: true, force: true });
  });

  it('are 19', () => {
    assert.equal(rows.length, 19);
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      const folder = fixtures?.folder ?? '';
      placeCodex(home, { folder, key, row });
      const parent = parentOf(key, rows);
      if (parent) {
        placeCodex(home, { ...parent, folder });
      }
      const sessions = await scan(home, row.cwd ?? NO_CWD);
      assert.equal(sessions.length, parent ? 2 : 1);
      const id = row.session_id ?? path.basename(key, '.jsonl');
      const session = sessions.find((each) => each.id === id);
      assert.ok(session);
      compareWithRow(key, priced(key, row), session, (expected) => {
        assertRow(session, expected);
      });
    });
  }
});
