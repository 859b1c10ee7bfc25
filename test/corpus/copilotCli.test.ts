import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CopilotCliSessions } from '../../src/sessions/copilotCli/copilotCli';
import { CopilotEvents } from '../../src/sessions/copilotCli/copilotEvents';
import { isRecord } from '../../src/sessions/reading/jsonLines';
import { assertCounts, assertTimes, assertTokens } from './agents';
import type { AgentRow } from './agents';
import { compareWithRow } from './compare';
import { findFixtures } from './fixtures';

const fixtures = findFixtures();
const all = (fixtures?.expected.sessions ?? {}) as unknown as Record<string, AgentRow>;
const rows = Object.entries(all).filter(([key]) => key.startsWith('copilot-cli/'));
const fixturePath = (key: string): string => path.join(fixtures?.folder ?? '', key);
const NO_CWD = '/workspace';
const NO_COMMIT = '0'.repeat(40);

describe('Copilot CLI: sample sessions', () => {
  let home: string;

  before(function () {
    if (!fixtures) {
      this.skip();
    }
  });

  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'copilot-corpus-'));
  });

  afterEach(() => {
    fs.rmSync(home, { recursive: true, force: true });
  });

  it('are 4', () => {
    assert.equal(rows.length, 4);
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      const folder = path.join(home, '.copilot', 'session-state', row.session_id ?? '');
      fs.mkdirSync(folder, { recursive: true });
      fs.symlinkSync(fixturePath(key), path.join(folder, 'events.jsonl'));
      if (row.cwd === null) {
        fs.writeFileSync(path.join(folder, 'workspace.yaml'), `cwd: ${NO_CWD}\n`);
      }
      const source = new CopilotCliSessions({ environment: { home }, rules: { windows: false } });
      const problems: string[] = [];
      const [session, ...others] = await source.scan([row.cwd ?? NO_CWD], Date.UTC(2030, 0), (text) =>
        problems.push(text),
      );
      assert.ok(session);
      assert.deepEqual([others, problems], [[], []]);
      assert.equal(session.id, row.session_id);
      compareWithRow(key, row, session, (expected) => {
        assertTokens(session, expected);
        assertCounts(session, expected);
        assertTimes(session, expected);
        assert.deepEqual([...readEvents(key).modelsSeen], expected.models);
      });
      assert.equal(session.branch, row.git_branch ?? undefined);
      assert.equal(session.startCommit, row.git_commit === NO_COMMIT ? undefined : (row.git_commit ?? undefined));
      assert.ok(Object.keys(session.models).every((model) => (row.models as string[]).includes(model)));
    });
  }
});

function readEvents(key: string): CopilotEvents {
  const events = new CopilotEvents();
  for (const line of fs.readFileSync(fixturePath(key), 'utf8').split('\n')) {
    const event: unknown = line.trim() === '' ? undefined : JSON.parse(line);
    if (isRecord(event)) {
      events.add(event);
    }
  }
  return events;
}
