import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Workbench } from '../../scripts/editor/workbench';
import { Editor, pictureOfFailure } from './harness';

/** From the creation of a randomised experiment to its blinded status bar: every change of settings is seen before it is written. */
describe('a randomised experiment', () => {
  let editor: Editor;
  let window: Workbench | undefined;

  before(async () => {
    editor = await Editor.start({ settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  it('is offered first, shows its hook before it is installed, and hides what it draws', async () => {
    window = await editor.openWindow();
    await window.openSideBar();
    await window.runCommand('Agent Experiments: New Experiment');
    await window.inputTexts.filter({ hasText: 'What do you call' }).waitFor();
    await window.answer('Short answers');
    await window.inputTexts.filter({ hasText: 'What is different' }).waitFor();
    await window.answer('The agent is told to be brief');
    await window.inputTexts.filter({ hasText: 'What do you expect' }).waitFor();
    await window.answer('Fewer tokens');
    await window.pick('Tokens per session');
    await window.inputTexts.filter({ hasText: 'worth keeping' }).waitFor();
    await window.answer('15');
    await window.inputTexts.filter({ hasText: 'how many days' }).waitFor();
    await window.answer('14');
    await window.pickRow('Randomised (Recommended)').waitFor();
    await window.screenshot('randomised-1-offered');
    await window.pick('Randomised (Recommended)');
    const typed = window.inputTexts.filter({ hasText: 'Which text do sessions of Treatment get' });
    const choice = window.pickRow('Type It');
    await typed.or(choice).first().waitFor();
    if (await choice.isVisible()) await window.pick('Type It');
    await typed.waitFor();
    await window.screenshot('randomised-2-text');
    await window.answer('Answer in two sentences.');
    await window.inputTexts.filter({ hasText: 'sessions of Control get' }).waitFor();
    await window.answer('');
    await window.inputTexts.filter({ hasText: 'How many percent' }).waitFor();
    await window.answer('50');
    await window.pick('All Agents');
    await window.pickRow('No, Blinded').waitFor();
    await window.screenshot('randomised-3-blinded');
    await window.pick('No, Blinded');
    await window.pick('Start Now');
    const tree = window.view('Experiments').getByRole('treeitem');
    await tree.filter({ hasText: 'none: install one' }).waitFor();
    await window.notification('No agent asks for its variant yet').waitFor();
    await window.screenshot('randomised-4-no-hook');

    const settings = path.join(editor.sandbox.claudeConfigDir, 'settings.json');
    await window.inlineAction(tree.filter({ hasText: /^Claude Code/ }), 'Install Hook…');
    await window.pick('For Me, in All Folders');
    await window.notification('Write what the editor shows').waitFor();
    await window.page.locator('.monaco-diff-editor').getByText('SessionStart').first().waitFor();
    await window.screenshot('randomised-5-diff');
    assert.ok(!existsSync(settings), 'nothing is written before it was seen');
    await window.clickNotificationButton('Write what the editor shows', 'Write 1 File');
    await tree.filter({ hasText: /^Claude Code\s*in place/ }).waitFor();
    assert.ok(readFileSync(settings, 'utf8').includes('agent-experiments-session-start'));
    await window.screenshot('randomised-6-in-place');
    const hook = await window.tooltip(tree.filter({ hasText: /^Claude Code/ }), 'Hook: in place');
    assert.ok(hook.includes(path.basename(settings)), hook);
  });

  it('draws by hand for this window, and tells neither status bar nor report which variant it is', async () => {
    assert.ok(window);
    await window.runCommand('Agent Experiments: Draw Variant for This Session');
    // Treatment has a text to copy, Control has none.
    const copy = window.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Copy Text' });
    await copy.or(window.notification('It gets no text')).first().waitFor();
    await window.screenshot('randomised-7-drawn');
    if (await copy.isVisible()) await copy.click();
    await window.statusItem.filter({ hasText: 'Assigned' }).waitFor();
    await window.runCommand('Agent Experiments: Open Report');
    const page = window.page.locator('iframe.webview').last().contentFrame().locator('iframe').contentFrame();
    await page.getByText('The experiment is blinded').first().waitFor();
    await window.screenshot('randomised-8-report-blinded');
  });
});
