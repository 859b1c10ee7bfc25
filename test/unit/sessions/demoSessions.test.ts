import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { demoPlans, writeDemoSessions, writeSessionCorpus } from '../../../scripts/demo/claudeSessions';
import { generateTranscript } from '../../../scripts/demo/claudeTranscript';
import { writeOtherAgents } from '../../../scripts/demo/otherAgents';
import type { TranscriptTruth } from '../../../scripts/demo/claudeTranscript';
import { ClaudeCodeSessions } from '../../../src/sessions/claude/claudeCode';
import type { IndexedSession } from '../../../src/sessions/model';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import { SessionIndex } from '../../../src/sessions/sessionIndex';
import { createSources } from '../../../src/sessions/sources';

const NOW = Date.UTC(2026, 2, 18, 12);
const DAY = 24 * 60 * 60_000;

describe('the demo’s sessions', function () {
  this.timeout(30_000); // Generous: slow machines, much data.

  let root: string;
  let shop: string;
  let claudeConfigDir: string;
  const scan = async (folder: string): Promise<IndexedSession[]> => {
    const problems: string[] = [];
    const environment = { home: root, CLAUDE_CONFIG_DIR: claudeConfigDir };
    const source = new ClaudeCodeSessions({ environment, isAlive: () => false });
    const sessions = await source.scan([folder], NOW, (message) => problems.push(message));
    assert.deepEqual(problems, []);
    return sessions.sort((a, b) => b.lastActiveAt - a.lastActiveAt);
  };

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'demo-sessions-'));
    shop = path.join(root, 'shop');
    claudeConfigDir = path.join(root, 'claude');
    fs.mkdirSync(shop);
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  function assertTruth(session: IndexedSession | undefined, truth: TranscriptTruth): void {
    assert.ok(session);
    const { tokens, prompts, toolCalls, toolErrors, filesTouched, toolLoops, startedAt, lastActiveAt } = session;
    const responses = Object.values(session.models).reduce((sum, n) => sum + n, 0);
    assert.deepEqual(
      {
        sessionId: session.id,
        tokens,
        prompts,
        toolCalls,
        toolErrors,
        filesTouched,
        toolLoops,
        responses,
        startedAt,
        lastActiveAt,
      },
      truth,
    );
  }

  it('are read as what they truly hold', async () => {
    await writeDemoSessions({ claudeConfigDir, workspaceFolder: shop, now: NOW });
    const sessions = await scan(shop);
    for (const { transcript, live } of demoPlans(fs.realpathSync(shop), NOW)) {
      if (!live) {
        assertTruth(
          sessions.find(({ id }) => id === transcript.sessionId),
          generateTranscript(transcript).truth,
        );
      }
    }
  });

  it('are 24 over two weeks, one of them live, the newer ones cheaper, and the same each time', async () => {
    const ids = await writeDemoSessions({ claudeConfigDir, workspaceFolder: shop, now: NOW });
    const sessions = await scan(shop);
    assert.deepEqual(
      sessions.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(
      await writeDemoSessions({ claudeConfigDir: path.join(root, 'again'), workspaceFolder: shop, now: NOW + 5 }),
      ids,
    );
    assert.equal(ids.length, 24);
    assert.deepEqual(
      sessions.filter(({ liveBecause }) => liveBecause).map(({ id }) => id),
      ids.slice(0, 1),
    );
    assert.ok(sessions.every(({ startedAt }) => startedAt > NOW - 14 * DAY && startedAt < NOW));
    assert.equal(new Set(sessions.map(({ title }) => title)).size, 24);
    assert.ok(
      sessions.some(({ subagentTokens }) => subagentTokens) && sessions.some(({ toolErrors }) => toolErrors > 0),
    );
    const mean = (some: IndexedSession[]): number =>
      some.reduce(
        (sum, { tokens }) => sum + (tokens?.input ?? 0) + (tokens?.output ?? 0) + (tokens?.cacheWrite ?? 0),
        0,
      ) / some.length;
    const ratio = mean(sessions.slice(0, 12)) / mean(sessions.slice(12));
    assert.ok(ratio > 0.65 && ratio < 0.85, `the second week takes ${ratio} of the first`);
  });

  it('can be made in bulk, of about the wanted size', async () => {
    const cwd = '/home/ada/bulk';
    const truths = await writeSessionCorpus({ claudeConfigDir, cwd, count: 20, bytesEach: 300_000, now: NOW });
    const sessions = await scan(cwd);
    assert.equal(sessions.length, 20);
    for (const truth of truths) {
      assertTruth(
        sessions.find(({ id }) => id === truth.sessionId),
        truth,
      );
    }
    const files = fs
      .readdirSync(claudeConfigDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, file) => sum + fs.statSync(path.join(file.parentPath, file.name)).size, 0);
    assert.ok(bytes > 3_000_000 && bytes < 12_000_000, `${bytes} bytes`);
  });

  it('are of six more agents, each as its own source reads it', async () => {
    const agents = await writeOtherAgents({ home: root, workspaceFolder: shop, now: NOW });
    const settings = { environment: {}, home: root, editorSessionsFolder: path.join(root, 'editor'), wasmFile: '' };
    const index = new SessionIndex(createSources(settings, diskAccess));
    const found = await index.refresh([shop], NOW);
    assert.deepEqual(index.problems, []);
    assert.deepEqual(
      found.map(({ agent }) => agent),
      agents,
    );
    assert.equal(agents.length, 6);
    for (const { agent, title, tokens, prompts, filesTouched, outcome, outcomeCommand } of found) {
      assert.ok((title?.length ?? 0) > 10 && (tokens?.output ?? 0) > 0, agent);
      assert.deepEqual([prompts, filesTouched], [1, 1], agent);
      assert.deepEqual([outcome, outcomeCommand], [agent === 'gemini' ? 'failure' : 'success', 'npm test'], agent);
    }
  });
});
