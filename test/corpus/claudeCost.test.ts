import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ClaudeCodeSessions } from '../../src/sessions/claude/claudeCode';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { assertCost } from './cost';
import { findFixtures } from './fixtures';

const fixtures = findFixtures();
const rows = Object.entries(fixtures?.expected.sessions ?? {}).filter(
  ([key, row]) => key.startsWith('claude/') && row.start !== null,
);
const NO_CWD = '/workspace';

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
      const fixture = path.join(fixtures?.folder ?? '', key);
      const project = path.join(configDir, 'projects', claudeSlug(row.cwd ?? NO_CWD));
      fs.mkdirSync(project, { recursive: true });
      const name = path.basename(key) === 'claude_agent.jsonl' ? 'agent-sample.jsonl' : path.basename(key);
      fs.symlinkSync(fixture, path.join(project, name));
      const beside = fixture.replace(/\.jsonl$/, '');
      if (fs.existsSync(beside)) {
        fs.cpSync(beside, path.join(project, path.basename(beside)), { recursive: true });
      }
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
