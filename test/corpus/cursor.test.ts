import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CursorSessions } from '../../src/sessions/cursor/cursor';
import { cursorSlug } from '../../src/sessions/cursor/cursorSlug';
import { assertCounts, assertTokens } from './agents';
import type { AgentRow } from './agents';
import { compareWithRow } from './compare';
import { findFixtures } from './fixtures';

const fixtures = findFixtures();
const all = (fixtures?.expected.sessions ?? {}) as unknown as Record<string, AgentRow>;
const rows = Object.entries(all).filter(([key]) => key.startsWith('cursor/'));
const fixturePath = (key: string): string => path.join(fixtures?.folder ?? '', key);
const FOLDER = '/home/ada/shop.web';

describe('Cursor: sample sessions', () => {
  let home: string;

  before(function () {
    if (!fixtures) {
      this.skip();
    }
  });

  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'cursor-corpus-'));
  });

  afterEach(() => {
    fs.rmSync(home, { recursive: true, force: true });
  });

  it('are 6', () => {
    assert.equal(rows.length, 6);
  });

  for (const [key, row] of rows) {
    it(key, async () => {
      const id = row.session_id ?? '';
      const folder = path.join(home, '.cursor', 'projects', cursorSlug(FOLDER), 'agent-transcripts', id);
      fs.mkdirSync(folder, { recursive: true });
      fs.copyFileSync(fixturePath(key), path.join(folder, `${id}.jsonl`));
      const source = new CursorSessions({ environment: { home }, rules: { windows: false } });
      const problems: string[] = [];
      const [session, ...others] = await source.scan([FOLDER], Date.UTC(2030, 0), (text) => problems.push(text));
      assert.ok(session);
      assert.deepEqual([others, problems], [[], []]);
      assert.equal(session.id, id);
      compareWithRow(key, row, session, (expected) => {
        assertTokens(session, expected);
        assertCounts(session, expected);
      });
      assert.deepEqual(
        [row.start, row.end, row.bad_lines],
        [null, null, 0],
        'nothing that a session could be held against',
      );
      assert.deepEqual(session.models, {});
      assert.equal(session.outcome, undefined);
    });
  }
});
