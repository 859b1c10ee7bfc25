import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ClaudeCodeSessions } from '../../src/sessions/claude/claudeCode';
import { assertCost } from './cost';
import { findFixtures } from './fixtures';
import { NO_CWD, placeClaude } from './homes';

const fixtures = findFixtures();
const rows = Object.entries(fixtures?.expected.sessions ?? {}).filter(
  ([key, row]) => key.startsWith('claude/') && row.start !== null,
);

describe('Claude Code: cost of the sample sessions', function () {
  this.timeout(30_000);
  let configDir: string;

  beforeEach(function () {
    if (!fixtures) {
      this.skip();
    }
    configDir = fs.mkdtempSync(path.join(os.tmpdir(), 'claude-cost-'));
  });

  afterEach(() => {
    fs.rmSync(configDir, { recursive: true, force: true });
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      placeClaude(configDir, { folder: fixtures?.folder ?? '', key, row });
      const source = new ClaudeCodeSessions({
        environment: { home: configDir, CLAUDE_CONFIG_DIR: configDir },
        rules: { windows: false },
        isAlive: () => false,
      });
      const [session] = await source.scan([row.cwd ?? NO_CWD], Date.UTC(2030, 0), () => undefined);
      assert.ok(session);
      assertCost(session, row);
    });
  }
});
