import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GeminiSessions } from '../../src/sessions/gemini/geminiSessions';
import { compareWithRow } from './compare';
import { findFixtures } from './fixtures';
import { placeGemini } from './homes';
import { assertCommon } from './rows';

const fixtures = findFixtures();
const rows = Object.entries(fixtures?.expected.sessions ?? {}).filter(([key]) => key.startsWith('gemini/'));
const WORKSPACE = '/home/ada/shop';

/**
 * Cost of the row that gives none, because it was made without knowing `gemini-3-pro` for its preview: 25,301 input at $2, 62,117 from the cache at $0.20,
 * 1,441 output and 2,914 thoughts at $12 a million. (ccusage has exactly four fifths of it.)
 */
const PRICED: Record<string, number> = {
  'gemini/codemie-ai+codemie-code/session-2026-01-16T11-01-file-ops-37b7abef.json': 0.115285,
};

describe('Gemini CLI: sample sessions', function () {
  this.timeout(30_000);
  let home = '';

  beforeEach(function () {
    if (!fixtures) {
      this.skip();
    }
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'gemini-corpus-'));
  });

  afterEach(() => {
    // Nothing was made where the samples are absent and the test is skipped.
    if (home === '') return;
    fs.rmSync(home, { recursive: true, force: true });
  });

  it('are 10', () => {
    assert.equal(rows.length, 10);
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      placeGemini(home, { folder: fixtures?.folder ?? '', key, row }, WORKSPACE);
      const source = new GeminiSessions({ environment: { home }, rules: { windows: false } });
      const problems: string[] = [];
      const [session, ...others] = await source.scan([WORKSPACE], Date.UTC(2030, 0), (text) => problems.push(text));
      assert.ok(session);
      assert.deepEqual([others, problems], [[], []]);
      assert.equal(session.id, row.session_id ?? path.basename(key, '.jsonl'));
      const cost = PRICED[key];
      const priced = { priced_responses: 9, unpriced_responses: 0, unpriced_models: {} };
      const wanted = cost === undefined ? row : { ...row, cost_usd_genai_prices_0_1_8: { cost, ...priced } };
      compareWithRow(key, wanted, session, (expected) => {
        assertCommon(session, expected);
        assert.deepEqual(session.models, expected.models, 'models');
        if (expected.tokens_known) {
          assert.equal(session.tokens?.reasoning, expected.tokens.reasoning, 'reasoning');
        }
      });
    });
  }
});
