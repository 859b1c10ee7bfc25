import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { writeDemoSessions } from '../../scripts/demo/claudeSessions';
import { demoCommits } from '../../scripts/demo/workspace';
import type { Workbench } from '../../scripts/editor/workbench';
import { Editor, pictureOfFailure } from './harness';

/** What a person does on the first day: look, create, tag, meet a conflict, resolve it, read. */
describe('the first day with an experiment', () => {
  let editor: Editor;
  let window: Workbench;
  let second: Workbench | undefined;
  const now = Date.now();

  before(async () => {
    editor = await Editor.start({
      commits: demoCommits(now),
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      prepare: async ({ sandbox }) => {
        const { claudeConfigDir, workspace } = sandbox;
        await writeDemoSessions({ claudeConfigDir, workspaceFolder: workspace, now });
      },
    });
    window = await editor.openWindow();
    await window.openSideBar();
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
    if (second) await pictureOfFailure(this, second);
  });
  after(() => editor.stop());

  const sessions = (): Locator => window.view('Sessions').getByRole('treeitem');
  const experiments = (of: Workbench = window): Locator => of.view('Experiments').getByRole('treeitem');

  it('shows the sessions, the current one marked, and says what to do first', async () => {
    await sessions().nth(4).waitFor();
    await window.view('Experiments').getByRole('button', { name: 'New Experiment' }).waitFor();
    const current = window.view('Sessions').getByRole('treeitem', { name: /, current,/ });
    assert.equal(await current.count(), 1);
    assert.deepEqual(await window.notifications(), []);
    assert.equal(await window.statusItem.count(), 0, 'no status bar item without a running experiment');
    await window.screenshot('sidebar-sessions-dark');
  });

  it('creates and starts an experiment step by step, with a way back', async () => {
    const { page } = window;
    await window.view('Experiments').getByRole('button', { name: 'New Experiment' }).click();
    await window.inputTexts.filter({ hasText: 'What do you call this experiment?' }).waitFor();
    await window.answer('');
    await window.inputTexts.filter({ hasText: 'This is needed.' }).waitFor();
    await window.screenshot('create-1-name');
    await window.answer('Shorter CLAUDE.md');
    await window.inputTexts.filter({ hasText: 'What is different in Treatment?' }).waitFor();
    await window.screenshot('create-2-change');
    await page.getByRole('button', { name: /^Back/ }).click();
    await window.inputTexts.filter({ hasText: 'What do you call this experiment?' }).waitFor();
    assert.equal(await window.inputBox.inputValue(), 'Shorter CLAUDE.md');
    await page.keyboard.press('Enter');
    await window.inputTexts.filter({ hasText: 'What is different in Treatment?' }).waitFor();
    await window.answer('The rules are cut from nine lines to two');
    await window.inputTexts.filter({ hasText: 'What do you expect' }).waitFor();
    await window.screenshot('create-3-hypothesis');
    await window.answer('Less is read before every task, so fewer tokens are used');
    await window.pickRow('Tokens per session').waitFor();
    await window.screenshot('create-4-metric');
    await window.pick('Tokens per session');
    await window.inputTexts.filter({ hasText: 'worth keeping' }).waitFor();
    await window.answer('a lot');
    await window.inputTexts.filter({ hasText: 'A percentage above 0' }).waitFor();
    await window.screenshot('create-5-target');
    await window.answer('15');
    await window.inputTexts.filter({ hasText: 'how many days' }).waitFor();
    await window.screenshot('create-6-days');
    await window.answer('14');
    await window.pickRow('By Commit').waitFor();
    await window.screenshot('create-7-binding');
    await window.pick('By Hand');
    await window.pickRow('Start Now').waitFor();
    await window.screenshot('create-8-start');
    await window.pick('Start Now');
    await experiments().filter({ hasText: 'Shorter CLAUDE.md' }).waitFor();
    await window.statusItem.filter({ hasText: 'Untagged' }).waitFor();
    await window.screenshot('statusbar-untagged');
  });

  it('tags the current session from the status bar', async () => {
    await window.statusItem.first().click();
    await window.pickRow('The session ran with the change').waitFor();
    await window.screenshot('statusbar-pick');
    await window.pick('The session ran with the change');
    await window.statusItem.filter({ hasText: 'Treatment' }).waitFor();
    await experiments()
      .filter({ hasText: /^Treatment\s*1 session/ })
      .waitFor();
    await window.screenshot('statusbar-treatment');
  });

  it('tags other sessions from the list, in a row of clicks', async () => {
    const view = window.view('Sessions');
    for (const [index, title] of [
      [1, 'Tag Session as Treatment'],
      [2, 'Tag Session as Treatment'],
      [3, 'Tag Session as Control'],
      [4, 'Tag Session as Control'],
      [5, 'Tag Session as Control'],
    ] as const) {
      const item = view.getByRole('treeitem').nth(index);
      await window.inlineAction(item, title);
      const variant = title.endsWith('Control') ? 'Control' : 'Treatment';
      await view
        .getByRole('treeitem', { name: new RegExp(`, ${variant},`) })
        .nth(0)
        .waitFor();
      await item.and(view.getByRole('treeitem', { name: new RegExp(`, ${variant},`) })).waitFor();
    }
    await experiments()
      .filter({ hasText: /^Control\s*3 sessions/ })
      .waitFor();
    await window.toggle(experiments().filter({ hasText: /^Control/ }));
    await window.screenshot('sidebar-filled-dark');
  });

  it('tells what an experiment and a tagged session are when somebody points at them', async () => {
    const experiment = await window.tooltip(experiments().filter({ hasText: 'Shorter CLAUDE.md' }), 'State: Running');
    for (const part of [
      'Metric: Tokens per session',
      'Change: The rules are cut from nine lines to two',
      'Hypothesis: Less is read before every task',
    ]) {
      assert.ok(experiment.includes(part), `${part} in ${experiment}`);
    }
    await window.screenshot('experiment-tooltip');
    const tagged = await window.tooltip(experiments().filter({ hasText: '✓' }).first(), 'Agent: Claude Code');
    assert.ok(tagged.includes('Outcome: succeeded'), tagged);
    await window.page.mouse.move(800, 400);
  });

  it('shows another variant as a conflict, which dismissing leaves as it is', async () => {
    await window.runCommand('Agent Experiments: Tag Session as Control');
    const warning = window.notification('and was not changed to Control');
    await warning.waitFor();
    const text = await warning.innerText();
    for (const part of ['Shorter CLAUDE.md', 'is Treatment in', 'Control']) assert.ok(text.includes(part), text);
    await window.screenshot('conflict-warning');
    await warning.hover();
    await warning
      .getByRole('button', { name: /Clear Notification|Close/ })
      .first()
      .click();
    await warning.waitFor({ state: 'detached' });
    await window.statusItem.filter({ hasText: 'Treatment' }).waitFor();
  });

  it('shows the session that a conflict is about', async () => {
    await window.runCommand('Agent Experiments: Tag Session as Control');
    await window.clickNotificationButton('and was not changed to Control', 'Show Session');
    await window.view('Sessions').locator('.monaco-list-row.selected[aria-label*=", current,"]').waitFor();
  });

  it('resolves a conflict by retagging with a reason', async () => {
    await window.runCommand('Agent Experiments: Tag Session as Control');
    await window.clickNotificationButton('and was not changed to Control', 'Retag…');
    await window.inputTexts.filter({ hasText: 'Retag from Treatment to Control' }).waitFor();
    await window.screenshot('conflict-retag-reason');
    await window.answer('The old rules were open in this session');
    await window.statusItem.filter({ hasText: 'Control' }).waitFor();
    await experiments()
      .filter({ hasText: /^Control\s*4 sessions/ })
      .waitFor();
    await window.screenshot('statusbar-control');
    await window.runCommand('Agent Experiments: Show Tag History');
    await window.pick('Shorter CLAUDE.md');
    await window.pickRow('Retagged Treatment to Control').waitFor();
    await window.screenshot('tag-history');
    await window.page.keyboard.press('Escape');
  });

  it('shows a tag of one window in the other, in its tree and its status bar', async () => {
    second = await editor.openWindow();
    await second.openSideBar();
    await second.statusItem.filter({ hasText: 'Control' }).waitFor();
    await window.runCommand('Agent Experiments: Retag Session');
    await window.pick('The session must not count');
    await window.answer('Both rules were open');
    await second.statusItem.filter({ hasText: 'Excluded' }).waitFor();
    await experiments(second)
      .filter({ hasText: /^Excluded\s*1 session/ })
      .waitFor();
    await window.screenshot('statusbar-excluded');
    await second.close();
    second = undefined;
  });

  it('opens the report as a page', async () => {
    await window.runCommand('Agent Experiments: Open Report');
    const page = await window.webview('Report: Shorter CLAUDE.md');
    await page.getByRole('heading', { name: 'Too few sessions to say anything.' }).waitFor();
    await page.getByText('each needs at least 5').waitFor();
    assert.match(await page.locator('.figures').innerText(), /Control[^]*3 sessions[^]*Treatment[^]*2 sessions/);
    assert.equal(await page.locator('.dot').count(), 5);
    await window.screenshot('report-dark');
  });

  it('looks right in a light and in the high contrast themes', async () => {
    await editor.setTheme(window, 'Default Light Modern');
    await window.screenshot('sidebar-filled-light');
    await editor.setTheme(window, 'Default High Contrast');
    await window.screenshot('sidebar-filled-high-contrast');
    await editor.setTheme(window, 'Default Dark Modern');
  });

  it('asks before it concludes, and hides the status bar item then', async () => {
    await window.runCommand('Agent Experiments: Conclude Experiment');
    await window.pick('Shorter CLAUDE.md');
    await window.inputTexts.filter({ hasText: 'Conclude “Shorter CLAUDE.md”?' }).waitFor();
    await window.screenshot('conclude');
    await window.page.getByText('No tag can change afterwards').first().click();
    await experiments()
      .filter({ hasText: /Shorter CLAUDE\.md\s*Concluded/ })
      .waitFor();
    await window.statusItem.first().waitFor({ state: 'hidden' });
  });
});
