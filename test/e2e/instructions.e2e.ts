import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workbench } from '../../scripts/editor/workbench';
import { Editor, pictureOfFailure } from './harness';

/** How a person says by which instruction files sessions are told apart. */
describe('an experiment by instruction files', () => {
  let editor: Editor;
  let window: Workbench;

  before(async () => {
    editor = await Editor.start({ settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
    window = await editor.openWindow();
    await window.openSideBar();
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  const rules = (text: string): void => {
    writeFileSync(path.join(editor.sandbox.workspace, 'CLAUDE.md'), text);
  };
  const drafts = (name: string): ReturnType<Workbench['view']> =>
    window.view('Experiments').getByRole('treeitem').filter({ hasText: name });

  /** Up to the question how sessions are told apart. */
  async function describeIt(name: string): Promise<void> {
    await window.runCommand('Agent Experiments: New Experiment');
    await window.inputTexts.filter({ hasText: 'What do you call' }).waitFor();
    await window.answer(name);
    await window.inputTexts.filter({ hasText: 'What is different' }).waitFor();
    await window.answer('The rules ask for less');
    await window.inputTexts.filter({ hasText: 'What do you expect' }).waitFor();
    await window.answer('');
    await window.pick('Tokens per session');
    await window.inputTexts.filter({ hasText: 'worth keeping' }).waitFor();
    await window.answer('15');
    await window.inputTexts.filter({ hasText: 'how many days' }).waitFor();
    await window.answer('14');
    await window.pickRow('By Instruction Files').waitFor();
  }

  it('leaves to its start what is yet to be written', async () => {
    await describeIt('Rules to come');
    await window.screenshot('instructions-1-offered');
    await window.pick('By Instruction Files');
    await window.pickRow('As I Will Write Them').waitFor();
    await window.screenshot('instructions-2-later');
    await window.pick('As I Will Write Them');
    await window.pick('As They Are Now');
    await window.notification('Now write the change into the instruction files').waitFor();
    await drafts('Rules to come').waitFor();

    await window.runCommand('Agent Experiments: Start Experiment');
    await window.pick('Rules to come');
    await window.notification('Write the change first').waitFor();
    rules('Be brief.\n');
    await window.runCommand('Agent Experiments: Start Experiment');
    await window.pick('Rules to come');
    await window.pickRow('Against Control: CLAUDE.md has changed since').waitFor();
    await window.screenshot('instructions-3-start');
    await window.pick('Against Control: CLAUDE.md has changed since');
    await window.statusItem.filter({ hasText: 'Untagged' }).waitFor();
  });

  it('offers what is not committed yet as Treatment, and the last commit as Control', async () => {
    await describeIt('Rules at hand');
    await window
      .pickRow('Control: the last commit, Treatment: as they are now (CLAUDE.md has changed since)')
      .waitFor();
    await window.screenshot('instructions-4-uncommitted');
    await window.pick('By Instruction Files');
    await window.pickRow('As in the Last Commit').waitFor();
    await window.screenshot('instructions-5-treatment');
    await window.pick('As They Are Now');
    await window.pickRow('As in the Last Commit').waitFor();
    await window.screenshot('instructions-6-control');
    await window.pick('As in the Last Commit');
    await window.pickRow('Start Now').waitFor();
    await window.inputTexts.or(window.page.getByText('Treatment: As They Are Now')).first().waitFor();
    await window.screenshot('instructions-7-summary');
    await window.pick('Start Now');
    await drafts('Rules at hand').waitFor();
  });
});
