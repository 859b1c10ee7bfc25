import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { SPANS_QUERY, spanOf, totalsBy, totalsBySession } from '../../src/sessions/copilotChat/agentTraces';
import type { Span } from '../../src/sessions/copilotChat/agentTraces';
import { chatSession } from '../../src/sessions/copilotChat/chatSession';
import { CopilotChatSessions } from '../../src/sessions/copilotChat/copilotChat';
import { CopilotEvents } from '../../src/sessions/copilotCli/copilotEvents';
import type { IndexedSession } from '../../src/sessions/model';
import { diskAccess } from '../../src/sessions/reading/fileAccess';
import { isRecord } from '../../src/sessions/reading/jsonLines';
import { SqliteReader } from '../../src/sessions/reading/sqliteReader';
import { assertCounts, assertTimes, assertTokens } from './agents';
import type { AgentRow } from './agents';
import { assertEmpty, compareWithRow } from './compare';
import { findFixtures } from './fixtures';

const fixtures = findFixtures();
const all = (fixtures?.expected.sessions ?? {}) as unknown as Record<string, AgentRow>;
const rows = Object.entries(all).filter(([key]) => key.startsWith('copilot-chat/'));
const rowsOf = (agent: string): [string, AgentRow][] => rows.filter(([, row]) => row.agent === agent);
const fixturePath = (key: string): string => path.join(fixtures?.folder ?? '', key);
const FOLDER = '/workspace';
const loadWasm = (): Promise<Uint8Array> =>
  fs.promises.readFile(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'));

describe('Copilot Chat: sample sessions', () => {
  let home: string;
  let storage: string;

  before(function () {
    if (!fixtures) {
      this.skip();
    }
  });

  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'copilot-chat-corpus-'));
    storage = path.join(home, '.config', 'Code', 'User', 'workspaceStorage', 'ws1');
    fs.mkdirSync(path.join(storage, 'chatSessions'), { recursive: true });
    fs.mkdirSync(path.join(storage, 'GitHub.copilot-chat', 'transcripts'), { recursive: true });
    fs.writeFileSync(path.join(storage, 'workspace.json'), JSON.stringify({ folder: `file://${FOLDER}` }));
  });

  afterEach(() => {
    fs.rmSync(home, { recursive: true, force: true });
  });

  const scan = async (badLines = 0): Promise<IndexedSession[]> => {
    const source = new CopilotChatSessions({
      environment: { home, platform: 'linux' },
      rules: { windows: false },
      loadWasm,
    });
    const problems: string[] = [];
    const sessions = await source.scan([FOLDER], Date.UTC(2030, 0), (text) => problems.push(text));
    assert.equal(problems.length, badLines === 0 ? 0 : 1);
    return sessions;
  };

  it('are 21', () => {
    assert.equal(rows.length, 21);
    assert.equal(rowsOf('copilot-chat').length + rowsOf('copilot-chat-transcript').length + traceRows().length, 21);
  });

  for (const [key, row] of rowsOf('copilot-chat')) {
    it(key, async () => {
      fs.symlinkSync(
        fixturePath(key),
        path.join(storage, 'chatSessions', `${row.session_id ?? ''}${path.extname(key)}`),
      );
      const [session, ...others] = await scan(row.bad_lines);
      assert.deepEqual(others, []);
      const facts = chatSession(fs.readFileSync(fixturePath(key), 'utf8'));
      assert.equal(facts.badLines, row.bad_lines);
      assert.equal(facts.requestErrors, row['request_errors']);
      assert.equal(facts.title ?? null, row.title);
      assert.equal(facts.requestsWithTokens, row['requests_with_tokens']);
      compareWithRow(key, row, session, (expected) => {
        if (expected.prompts === 0) {
          assert.equal(session, undefined, 'a chat that was never used is no session');
          assertEmpty(expected);
          return;
        }
        assert.ok(session);
        assert.equal(session.id, expected.session_id);
        assertCounts(session, expected);
        assertTokens(session, expected);
        assert.deepEqual(session.models, expected.models);
        if (expected.start === null) {
          assert.equal(session.timesKnown, 'file');
        } else {
          assertTimes(session, expected);
          assert.equal(session.timesKnown, undefined);
        }
      });
    });
  }

  for (const [key, row] of rowsOf('copilot-chat-transcript')) {
    it(key, async () => {
      const folder = path.join(storage, 'GitHub.copilot-chat', 'transcripts');
      fs.symlinkSync(fixturePath(key), path.join(folder, `${row.session_id ?? ''}.jsonl`));
      const [session, ...others] = await scan();
      assert.ok(session);
      assert.deepEqual(others, []);
      assert.equal(session.id, row.session_id);
      compareWithRow(key, row, session, (expected) => {
        assertCounts(session, expected);
        assertTokens(session, expected);
        assertTimes(session, expected);
        assert.deepEqual([...readEvents(key).modelsSeen], expected.models);
      });
    });
  }

  describe('in the trace database', () => {
    let spans: Span[];

    before(async () => {
      const file = fixturePath('copilot-chat/git-ai-project+git-ai/copilot-otel/traces.db');
      const files = (): string[] => fs.readdirSync(path.dirname(file));
      const before = files();
      spans = await new SqliteReader(diskAccess, loadWasm).read(file, (query) => query(SPANS_QUERY).map(spanOf));
      assert.deepEqual(files(), before, 'nothing is left beside it');
    });

    for (const [key, row] of traceRows()) {
      it(key, () => {
        const totals = totalsBy(spans, (span) => span.conversation ?? span.chatSessionColumn ?? 'None').get(
          key.slice(key.indexOf('#') + 1),
        );
        // A conversation is a part of a session, and not one by itself.
        compareWithRow(key, row, undefined, (expected) => {
          assert.ok(totals && expected.tokens);
          const { input, output, cache_read: cacheRead } = expected.tokens;
          assert.deepEqual(totals.tokens, { input, output, cacheRead, cacheWrite: 0 });
          assert.equal(totals.calls, expected['llm_calls']);
          assert.equal(totals.toolCalls, expected.tool_calls);
          assert.equal(totals.toolErrors, expected.tool_errors);
          assert.deepEqual(totals.models, expected.models);
          assert.equal(totals.start, Date.parse(expected.start ?? ''));
          assert.equal(totals.end, Date.parse(expected.end ?? ''));
        });
      });
    }

    it('by chat session: the agent’s calls and those made for it', () => {
      const sessions = totalsBySession(spans);
      const families = {
        '48eb5d32-e8f9-4528-b791-92cec0da9dce': [
          '2d56faa7-9827-4962-a2c5-0d8d65c29136',
          '5f2ee36a-6460-4483-b023-f7d2966e3db6',
        ],
        'f25ea82a-4ef6-4151-9144-46ee55690bcb': [
          '799fb84d-23f1-42ed-8e12-b3c3473ab81e',
          'd84425c2-7b6d-41cf-85d4-b2a82ecfaee3',
        ],
      };
      assert.deepEqual([...sessions.keys()].sort(), Object.keys(families));
      for (const [id, conversations] of Object.entries(families)) {
        const parts = conversations.map((each) => all[traceKey(each)]?.tokens);
        const total = (kind: 'input' | 'output' | 'cache_read'): number =>
          parts.reduce((sum, part) => sum + (part?.[kind] ?? NaN), 0);
        const expected = {
          input: total('input'),
          output: total('output'),
          cacheRead: total('cache_read'),
          cacheWrite: 0,
        };
        assert.deepEqual(sessions.get(id)?.tokens, expected);
        assert.equal(sessions.get(id)?.runs, 1);
      }
    });
  });
});

function traceKey(id: string): string {
  return `copilot-chat/git-ai-project+git-ai/copilot-otel/traces.db#${id}`;
}

function traceRows(): [string, AgentRow][] {
  return rowsOf('copilot-chat-otel');
}

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
