import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ClineSessions } from '../../src/sessions/cline/cline';
import type { ClineAgent } from '../../src/sessions/cline/clineLocations';
import type { IndexedSession } from '../../src/sessions/model';
import { assertCounts, assertTimes, assertTokens } from './agents';
import type { AgentRow } from './agents';
import { compareWithRow } from './compare';
import { findFixtures } from './fixtures';

const fixtures = findFixtures();
const all = (fixtures?.expected.sessions ?? {}) as unknown as Record<string, AgentRow>;
const rows = Object.entries(all).filter(([key]) => key.startsWith('cline/'));
const fixturePath = (key: string): string => path.join(fixtures?.folder ?? '', key);
const FOLDER = '/workspace';

const EXTENSIONS: Record<string, [ClineAgent, string]> = {
  cline: ['cline', 'saoudrizwan.claude-dev'],
  'roo-code': ['roo-code', 'rooveterinaryinc.roo-cline'],
  'kilo-code': ['kilo-code', 'kilocode.kilo-code'],
};

describe('Cline, Roo Code, Kilo Code: sample sessions', () => {
  let home: string;

  before(function () {
    if (!fixtures) {
      this.skip();
    }
  });

  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'cline-corpus-'));
  });

  afterEach(() => {
    fs.rmSync(home, { recursive: true, force: true });
  });

  const scan = async (agent: ClineAgent, folder: string): Promise<IndexedSession> => {
    const source = new ClineSessions({
      agent,
      environment: { home, platform: 'linux' },
      rules: { windows: false },
      isAlive: () => false,
    });
    const problems: string[] = [];
    const [session, ...others] = await source.scan([folder], Date.UTC(2030, 0), (text) => problems.push(text));
    assert.ok(session);
    assert.deepEqual([others, problems], [[], []]);
    return session;
  };

  it('are 5', () => {
    assert.equal(rows.length, 5);
  });

  for (const [key, row] of rows.filter(([, each]) => each.agent === 'cline-family')) {
    it(key, async () => {
      const [agent, extension] = EXTENSIONS[key.split('/')[2] ?? ''] ?? ['cline', ''];
      const task = path.join(home, '.config', 'Code', 'User', 'globalStorage', extension, 'tasks', 'test-task-1');
      fs.mkdirSync(task, { recursive: true });
      fs.symlinkSync(fixturePath(key), path.join(task, 'ui_messages.json'));
      fs.writeFileSync(
        path.join(task, 'history_item.json'),
        JSON.stringify({ id: 'test-task-1', task: 'x', workspace: FOLDER }),
      );
      const session = await scan(agent, FOLDER);
      compareWithRow(key, row, session, (expected) => {
        assertNumbers(session, expected);
      });
      assert.equal(session.tokensKnown, row['api_requests_without_usage'] === 0 ? 'full' : 'partial');
    });
  }

  for (const [key, row] of rows.filter(([, each]) => each.agent === 'cline-sdk')) {
    it(key, async () => {
      const id = row.session_id ?? '';
      const folder = path.join(home, '.cline', 'data', 'sessions', id);
      fs.mkdirSync(folder, { recursive: true });
      fs.symlinkSync(fixturePath(key), path.join(folder, `${id}.messages.json`));
      const manifest = fixturePath(key.replace('.messages.json', '.json'));
      if (fs.existsSync(manifest)) {
        fs.symlinkSync(manifest, path.join(folder, `${id}.json`));
      } else {
        fs.writeFileSync(path.join(folder, `${id}.json`), JSON.stringify({ session_id: id, cwd: FOLDER }));
      }
      const { cwd } = JSON.parse(fs.readFileSync(path.join(folder, `${id}.json`), 'utf8')) as { cwd: string };
      const session = await scan('cline', cwd);
      assert.equal(session.id, id);
      compareWithRow(key, row, session, (expected) => {
        assertNumbers(session, expected);
        assert.deepEqual(session.models, expected.models);
      });
      assert.equal(session.tokensKnown, key.includes('session/session') ? 'full' : 'partial');
    });
  }
});

function assertNumbers(session: IndexedSession, row: AgentRow): void {
  assertTokens(session, row);
  assertCounts(session, row);
  assertTimes(session, row);
  assert.equal(session.costUsd?.toFixed(8), row.cost_usd_recorded?.toFixed(8), 'cost');
}
