import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDemoSessions } from '../../scripts/demo/claudeSessions';
import { writeOtherAgents } from '../../scripts/demo/otherAgents';
import type { Workbench } from '../../scripts/editor/workbench';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { Editor, pictureOfFailure } from './harness';

const THEME = { 'workbench.colorTheme': 'Default Dark Modern' };
/** No credential of anybody; it has the form of one. */
const SECRET = `ghp_${'Zx9Qw7'.repeat(6)}`;

interface Prompt {
  sessionId: string;
  content: string;
  /** ms since the epoch. */
  time: number;
}

/** Sessions of Claude Code with a prompt and nothing else. */
async function writePrompts(claudeConfigDir: string, workspace: string, prompts: readonly Prompt[]): Promise<void> {
  const folder = path.join(claudeConfigDir, 'projects', claudeSlug(workspace));
  await mkdir(folder, { recursive: true });
  for (const { sessionId, content, time } of prompts) {
    const message = { role: 'user', content };
    const timestamp = new Date(time).toISOString();
    const record = { type: 'user', uuid: `u-${sessionId}`, sessionId, cwd: workspace, timestamp, message };
    await writeFile(path.join(folder, `${sessionId}.jsonl`), `${JSON.stringify(record)}\n`);
  }
}

describe('the sessions of seven agents in one list', () => {
  let editor: Editor;
  let window: Workbench;

  before(async () => {
    editor = await Editor.start({
      settings: THEME,
      prepare: async ({ sandbox: { claudeConfigDir, home, workspace } }) => {
        const now = Date.now();
        await writeDemoSessions({ claudeConfigDir, workspaceFolder: workspace, now });
        await writeOtherAgents({ home, workspaceFolder: workspace, now });
        const time = now - 60_000;
        const sessionId = '55555555-0000-4000-8000-000000000001';
        await writePrompts(claudeConfigDir, workspace, [{ sessionId, content: `Use ${SECRET} for the mail`, time }]);
      },
    });
    window = await editor.openWindow();
    await window.openSideBar();
    await window.view('Experiments').locator('.pane-header').click();
    await window
      .view('Sessions')
      .getByRole('treeitem', { name: /^Keep the cart when/ })
      .waitFor();
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  const row = (name: RegExp): ReturnType<Workbench['treeItem']> => window.treeItemNamed(name, window.view('Sessions'));

  it('have each its icon, its outcome and its tokens', async () => {
    for (const name of [
      /^Keep the cart when the page reloads, succeeded, Codex,/,
      /^Show prices with VAT, failed, Gemini CLI,/,
      /^Search ignores accents, succeeded, OpenCode,/,
      /^Hide products out of stock, succeeded, Copilot CLI,/,
      /^Number the invoices by year, succeeded, Cline,/,
      /^Print receipts on one page, succeeded, Copilot Chat,/,
    ]) {
      await row(name).waitFor();
    }
    await window.screenshot('sessions-agents');
  });

  it('never show what looks like a credential', async () => {
    await row(/^Use ••• for the mail/).waitFor();
    const texts = await window.view('Sessions').getByRole('treeitem').allInnerTexts();
    assert.ok(!texts.join('\n').includes(SECRET.slice(0, 12)));
  });

  it('tell their numbers, and what says the outcome, in a tooltip', async () => {
    const text = await window.tooltip(row(/^Show prices with VAT/), 'Agent: Gemini CLI');
    for (const part of [
      'Outcome: failed, by the last test or build: npm test',
      'Prompts: 1',
      'Tool calls: 2',
      '12,200 input',
      '4,600 output',
      'Files changed: 1',
    ]) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    await window.screenshot('sessions-tooltip');
    await window.page.mouse.move(800, 400);
  });

  it('open their transcript, to read', async () => {
    await window.contextMenu(row(/^Hide products out of stock/), 'Open Transcript');
    await window.page.getByRole('tab', { name: /events\.jsonl/, selected: true }).waitFor();
    await window.page.locator('.editor-group-container.active .view-line').first().waitFor();
    assert.match(await window.editorText(), /session\.start/);
    await window.screenshot('sessions-transcript');
  });

  it('can be narrowed to some agents, which the view says', async () => {
    await window.runCommand('Agent Experiments: Filter Sessions…');
    await window.pickRow('Claude Code').waitFor();
    await window.pick('Claude Code');
    await window.screenshot('sessions-filter');
    await window.inputBox.press('Enter');
    await window
      .view('Sessions')
      .getByText(/^Filtered: \d+ of 3\d sessions\.$/)
      .waitFor();
    await row(/^Print receipts on one page/).waitFor();
    // Of Claude Code there is no more than the current session, if any.
    assert.ok((await row(/, Claude Code,/).count()) <= 1);
    await window.screenshot('sessions-filtered');
  });
});

const MANY = 3000;

describe('thousands of sessions', () => {
  let editor: Editor;
  let window: Workbench;

  before(async () => {
    editor = await Editor.start({
      settings: THEME,
      prepare: async ({ sandbox: { claudeConfigDir, workspace } }) => {
        const now = Date.now();
        const prompts = Array.from({ length: MANY }, (_, n) => ({
          sessionId: `66666666-0000-4000-8000-${String(n).padStart(12, '0')}`,
          content: `Task ${n}`,
          time: now - (n + 20) * 60_000,
        }));
        await writePrompts(claudeConfigDir, workspace, prompts);
      },
    });
    window = await editor.openWindow();
    await window.openSideBar();
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  it('are all in the list, of which only what is in sight is drawn', async () => {
    await window.view('Experiments').locator('.pane-header').click();
    const rows = window.view('Sessions').getByRole('treeitem');
    await window.treeItemNamed(/^Task 0,/).waitFor();
    await window.screenshot('sessions-thousands');
    await rows.first().click();
    await window.page.keyboard.press('End');
    await window.treeItemNamed(new RegExp(`^Task ${MANY - 1},`)).waitFor();
    const drawn = await rows.count();
    assert.ok(drawn > 5 && drawn < 100, `${drawn} rows are drawn`);
    await window.screenshot('sessions-thousands-end');
  });
});
