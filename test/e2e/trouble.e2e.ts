import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Workbench } from '../../scripts/editor/workbench';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { Editor, pictureOfFailure } from './harness';

/** What a person sees when something is wrong from the start. */
describe('an experiments file that cannot be read', () => {
  let editor: Editor;
  let window: Workbench | undefined;
  const garbage = Buffer.from('this is not a database, but it may be months of work');

  before(async () => {
    editor = await Editor.start({
      prepare: async ({ storage }) => {
        await mkdir(storage, { recursive: true });
        await writeFile(path.join(storage, 'experiments.db'), garbage);
      },
    });
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  it('says so in the side bar and the status bar, names the file, and leaves it alone', async () => {
    window = await editor.openWindow();
    await window.openSideBar();
    const view = window.view('Experiments');
    await view
      .getByText(/The experiments file .*cannot be read/)
      .first()
      .waitFor();
    await view.getByText('experiments.db').first().waitFor();
    await view.getByRole('button', { name: 'Try Again' }).waitFor();
    await window.statusItem.filter({ hasText: 'Read-only' }).waitFor();
    assert.deepEqual(await window.notifications(), [], 'no notification at the start');
    await window.screenshot('readonly-damaged');
    assert.ok((await readFile(path.join(editor.storage, 'experiments.db'))).equals(garbage));
  });
});

describe('a hostile transcript in an untrusted workspace', () => {
  let editor: Editor;
  let window: Workbench | undefined;
  const title = '[click](command:workbench.action.quit) $(flame) <img src=x onerror=alert(1)> | `x`';

  before(async () => {
    editor = await Editor.start({
      trust: 'untrusted',
      prepare: async ({ sandbox }) => {
        const folder = path.join(sandbox.claudeConfigDir, 'projects', claudeSlug(sandbox.workspace));
        await mkdir(folder, { recursive: true });
        const id = '22222222-0000-4000-8000-000000000001';
        const record = {
          type: 'user',
          uuid: 'u1',
          sessionId: id,
          cwd: sandbox.workspace,
          timestamp: new Date().toISOString(),
          message: { role: 'user', content: title },
        };
        await writeFile(path.join(folder, `${id}.jsonl`), `${JSON.stringify(record)}\n{"torn`);
      },
    });
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  it('is shown as text, in the tree, in a warning and in the report', async () => {
    window = await editor.openWindow();
    await window.openSideBar();
    await window.view('Sessions').getByRole('treeitem').filter({ hasText: '[click](command' }).waitFor();
    await window.runCommand('Agent Experiments: New Experiment');
    await window.answerStep(1, 'Hostile');
    await window.answerStep(2, 'a change');
    await window.answerStep(3, '');
    await window.pick('Tokens per session');
    await window.answerStep(5, '15');
    await window.answerStep(6, '14');
    await window.pick('Start Now');
    await window.statusItem.filter({ hasText: 'Untagged' }).waitFor();
    await window.runCommand('Agent Experiments: Tag Session as Control');
    await window.statusItem.filter({ hasText: 'Control' }).waitFor();
    await window.runCommand('Agent Experiments: Tag Session as Treatment');
    const warning = window.notification('was not changed to Treatment');
    await warning.waitFor();
    assert.equal(await warning.locator('.notification-list-item-message a').count(), 0, 'a title became a link');
    await window.screenshot('hostile-title');
    await window.runCommand('Agent Experiments: Open Report');
    const page = await window.webview();
    await page.locator('table.sample').getByText('[click](command:workbench').first().waitFor();
    assert.equal(await page.locator('a, img').count(), 0);
  });
});
