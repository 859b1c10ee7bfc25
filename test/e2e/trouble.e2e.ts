import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Workbench } from '../../scripts/editor/workbench';
import type { Variant } from '../../src/api';
import { createExperiment } from '../../src/domain/experiment';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { FileStore } from '../../src/store/fileStore';
import { Editor, pictureOfFailure } from './harness';

const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');

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

/** Months of tags in a file whose first page is overwritten: from the notification back to work, with nothing lost unsaid. */
describe('restoring a backup and salvaging what is newer', () => {
  let editor: Editor;
  let window: Workbench | undefined;
  let damaged: Buffer;

  before(async () => {
    editor = await Editor.start({
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      prepare: async ({ storage }) => {
        let time = Date.now() - 3 * 86_400_000;
        const store = new FileStore({ folder: storage, loadWasm: () => readFile(wasm), now: () => (time += 60_000) });
        const author = { who: 'ada', via: 'person', window: 'w1' } as const;
        const tag = (sessionId: string, variant: Variant): Promise<unknown> =>
          store.apply({ action: 'tag', experimentId: 'rules', sessionId, variant }, author);
        await store.save(
          createExperiment({
            id: 'rules',
            now: time,
            input: {
              name: 'Shorter rules',
              hypothesis: '',
              changeDescription: '',
              metric: 'TokensPerSession',
              durationDays: 14,
              binding: { kind: 'ManualTag' },
              successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -15 },
            },
          }),
        );
        await store.transition('rules', 'start');
        for (let at = 0; at < 12; at += 1) await tag(`session-${at}`, at % 2 === 0 ? 'Control' : 'Treatment');
        time += 86_400_000;
        for (let at = 12; at < 16; at += 1) await tag(`session-${at}`, 'Treatment');
        const reason = 'the new rules were open';
        await store.apply(
          { action: 'retag', experimentId: 'rules', sessionId: 'session-0', variant: 'Treatment', reason },
          author,
        );
        store.dispose();
        const file = path.join(storage, 'experiments.db');
        damaged = await readFile(file);
        damaged.fill(0x5a, 0, 100);
        await writeFile(file, damaged);
      },
    });
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  it('offers a backup from the notification of a command that cannot write', async () => {
    window = await editor.openWindow();
    await window.openSideBar();
    await window.statusItem.filter({ hasText: 'Read-only' }).waitFor();
    assert.deepEqual(await window.notifications(), [], 'no notification at the start');
    await window.runCommand('Agent Experiments: New Experiment');
    await window.notification('cannot be read').waitFor();
    await window.screenshot('damaged-notification');
    await window.clickNotificationButton('cannot be read', 'Restore Backup…');
    await window.pickRow('Sound: Experiments: 1, tags: 12').waitFor();
    await window.screenshot('restore-backup');
  });

  it('puts the backup in place and keeps the damaged file', async () => {
    assert.ok(window);
    await window.pick('tags: 12');
    await window.notification('The damaged file was kept as').waitFor();
    await window
      .treeItem(/Shorter rules/)
      .first()
      .waitFor();
    await window.screenshot('restored');
    const kept = await readdir(path.join(editor.storage, 'damaged'));
    assert.equal(kept.length, 1);
    assert.ok((await readFile(path.join(editor.storage, 'damaged', kept[0] ?? ''))).equals(damaged));
  });

  it('adds what can be read of it, and tells row by row what was left out', async () => {
    assert.ok(window);
    await window.clickNotificationButton('The damaged file was kept as', 'Add What Can Be Read of It');
    const page = window.page.locator('iframe.webview').last().contentFrame().locator('iframe').contentFrame();
    await page.getByText('The session has another variant here').first().waitFor();
    await page.getByText('the header of the file is damaged').first().waitFor();
    const row = await page.locator('tr', { hasText: 'Tags' }).first().locator('td').allInnerTexts();
    assert.deepEqual(row, ['Tags', '4', '11', '1']);
    await window.screenshot('salvaged');
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
    await window.pickRow('By Hand').waitFor();
    // The folder is a repository, which git is not asked about: its configuration could name a program.
    assert.equal(await window.pickRow('By Commit').count(), 0, 'git ran in a folder that is not trusted');
    await window.pick('By Hand');
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
    const page = await window.webview('Report: Hostile');
    await page.locator('table.sample').getByText('[click](command:workbench').first().waitFor();
    assert.equal(await page.locator('a, img').count(), 0);
  });
});
