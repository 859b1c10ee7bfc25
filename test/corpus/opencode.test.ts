import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import type { IndexedSession } from '../../src/sessions/model';
import { OpenCodeSessions } from '../../src/sessions/opencode/openCodeSessions';
import { compareWithRow } from './compare';
import { assertNear } from './cost';
import { findFixtures } from './fixtures';
import { NO_CWD, placeOpenCode } from './homes';
import { assertCommon } from './rows';

const fixtures = findFixtures();
const rows = Object.entries(fixtures?.expected.sessions ?? {}).filter(([key]) => key.startsWith('opencode/'));
const wasm = createRequire(path.resolve('package.json')).resolve('sql.js/dist/sql-wasm.wasm');

async function scan(data: string, folder: string): Promise<IndexedSession[]> {
  const source = new OpenCodeSessions({
    environment: { home: data },
    folder: data,
    rules: { windows: false },
    loadWasm: () => fs.promises.readFile(wasm),
  });
  const problems: string[] = [];
  const sessions = await source.scan([folder], Date.UTC(2030, 0), (message) => problems.push(message));
  assert.deepEqual(problems, []);
  return sessions;
}

describe('OpenCode: sample sessions', function () {
  this.timeout(30_000);
  let data = '';

  beforeEach(function () {
    if (!fixtures) {
      this.skip();
    }
    data = fs.mkdtempSync(path.join(os.tmpdir(), 'opencode-corpus-'));
  });

  afterEach(() => {
    // Nothing was made where the samples are absent and the test is skipped.
    if (data === '') return;
    // Samples may be write-protected, and so their copies.
    fs.chmodSync(data, 0o700);
    fs.rmSync(data, { recursive: true, force: true });
  });

  it('are 6', () => {
    assert.equal(rows.length, 6);
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      placeOpenCode(data, { folder: fixtures?.folder ?? '', key, row });
      const sessions = await scan(data, row.cwd ?? NO_CWD);
      const session = sessions.find(({ id }) => id === row.session_id);
      assert.ok(session);
      assert.equal(sessions.length, 1);
      compareWithRow(key, row, session, (expected) => {
        assertCommon(session, expected);
        assert.deepEqual(session.models, expected.models, 'models');
        if (expected.tokens_known) {
          assert.equal(session.tokens?.reasoning, expected.tokens.reasoning, 'reasoning');
          assertNear(session.costUsd, expected.ccusage_20_0_24_offline.cost_usd);
        }
      });
    });
  }
});
