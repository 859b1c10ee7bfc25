import assert from 'node:assert/strict';
import type { Workbench } from '../../scripts/editor/workbench';
import { Editor, pictureOfFailure } from './harness';

describe('the side bar with nothing in it', () => {
  let editor: Editor;
  let window: Workbench | undefined;

  before(async () => {
    editor = await Editor.start();
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(async () => {
    await editor.stop();
  });

  it('shows both views, and no notification', async () => {
    window = await editor.openWindow();
    await window.openSideBar();
    await window.view('Experiments').waitFor();
    await window.view('Sessions').waitFor();
    await window.page
      .getByRole('button', { name: /new experiment/i })
      .first()
      .waitFor();
    assert.deepEqual(await window.notifications(), []);
    await window.screenshot('sidebar-empty');
  });
});
