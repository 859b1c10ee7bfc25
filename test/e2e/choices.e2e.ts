import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Workbench } from '../../scripts/editor/workbench';
import type { Experiment } from '../../src/api';
import { createExperiment } from '../../src/domain/experiment';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { FileStore } from '../../src/store/fileStore';
import { Editor, pictureOfFailure } from './harness';

const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');

const experiment = (id: string, name: string): Experiment =>
  createExperiment({
    id,
    now: Date.now(),
    input: {
      name,
      hypothesis: '',
      changeDescription: '',
      metric: 'TokensPerSession',
      durationDays: 14,
      binding: { kind: 'ManualTag' },
      successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -15 },
    },
  });

/** Two running experiments and two live sessions: what is meant is asked, never guessed. */
describe('a window where more than one could be meant', () => {
  let editor: Editor;
  let window: Workbench | undefined;

  before(async () => {
    editor = await Editor.start({
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      prepare: async ({ sandbox, storage }) => {
        const store = new FileStore({ folder: storage, loadWasm: () => readFile(wasm), now: () => Date.now() });
        for (const [id, name] of [
          ['one', 'Shorter rules'],
          ['two', 'A skill for tests'],
        ] as const) {
          await store.save(experiment(id, name));
          await store.transition(id, 'start');
        }
        store.dispose();
        const folder = path.join(sandbox.claudeConfigDir, 'projects', claudeSlug(sandbox.workspace));
        await mkdir(folder, { recursive: true });
        for (const [sessionId, content] of [
          ['44444444-0000-4000-8000-000000000001', 'Fix the flaky cart test'],
          ['44444444-0000-4000-8000-000000000002', 'Add a currency to the checkout'],
        ] as const) {
          const record = {
            type: 'user',
            uuid: `u-${sessionId}`,
            sessionId,
            cwd: sandbox.workspace,
            timestamp: new Date().toISOString(),
            message: { role: 'user', content },
          };
          await writeFile(path.join(folder, `${sessionId}.jsonl`), `${JSON.stringify(record)}\n`);
        }
      },
    });
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  it('asks for the experiment, then for the session, and tags what was chosen', async () => {
    window = await editor.openWindow();
    await window.openSideBar();
    await window.statusItem.filter({ hasText: 'Choose Experiment' }).waitFor();
    await window.screenshot('statusbar-choose-experiment');
    await window.statusItem.first().click();
    await window.pick('A skill for tests');
    await window.statusItem.filter({ hasText: '2 Live Sessions' }).waitFor();
    await window.screenshot('statusbar-choose-session');
    await window.runCommand('Agent Experiments: Tag Session as Treatment');
    await window.pickRow('Add a currency to the checkout').waitFor();
    await window.screenshot('several-live-sessions');
    await window.pick('Add a currency to the checkout');
    const view = window.view('Sessions');
    await view.getByRole('treeitem', { name: /^Add a currency to the checkout, live, Treatment,/ }).waitFor();
    await window.statusItem.first().click();
    await window.pick('Fix the flaky cart test');
    await window.statusItem.filter({ hasText: 'Untagged' }).waitFor();
  });
});
