import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { DEMO_EXPERIMENTS, writeDemoExperiments } from '../../scripts/demo/experiments';
import { demoCommits } from '../../scripts/demo/workspace';
import type { Workbench } from '../../scripts/editor/workbench';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { FileStore } from '../../src/store/fileStore';
import { axeViolations } from '../page/axe';
import { Editor, pictureOfFailure } from './harness';

const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
const HOSTILE_ID = '33333333-0000-4000-8000-000000000001';
const HOSTILE = `<img src=x onerror=alert(1)> \u202eright to left\u202c שלום ${'x'.repeat(10_000)}`;
const THEMES = [
  ['Default Dark Modern', 'dark'],
  ['Default Light Modern', 'light'],
  ['Default High Contrast', 'hc-dark'],
  ['Default High Contrast Light', 'hc-light'],
] as const;

describe('the report page in the editor', () => {
  let editor: Editor;
  let window: Workbench;
  const now = Date.now();

  before(async () => {
    editor = await Editor.start({
      commits: demoCommits(now),
      // A report is no risk: it opens where the workspace is not trusted, too.
      trust: 'untrusted',
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      prepare: async ({ sandbox, storage }) => {
        const { claudeConfigDir, workspace } = sandbox;
        await writeDemoExperiments({ claudeConfigDir, workspaceFolder: workspace, storage, now });
      },
    });
    window = await editor.openWindow();
    await window.openSideBar();
  });
  afterEach(async function () {
    await pictureOfFailure(this, window);
  });
  after(() => editor.stop());

  const openReport = async (name: string, heading: RegExp): Promise<Frame> => {
    const item = window.view('Experiments').getByRole('treeitem').filter({ hasText: name });
    await window.inlineAction(item, 'Open Report');
    const page = await window.webview(`Report: ${name}`);
    await page.getByRole('heading', { name: heading }).waitFor();
    return page;
  };
  const closeEditors = (): Promise<void> => window.runCommand('View: Close All Editors');

  for (const { name, heading, picture } of DEMO_EXPERIMENTS) {
    it(`says at first sight what to do: ${picture}`, async () => {
      await openReport(name, heading);
      await window.screenshot(`report-${picture}-dark`);
    });
  }

  it('says so in a light theme, too', async () => {
    await editor.setTheme(window, 'Default Light Modern');
    const [harm] = DEMO_EXPERIMENTS;
    assert.ok(harm);
    await openReport(harm.name, harm.heading);
    await window.screenshot('report-harm-light');
  });

  it('opens one page per experiment', async () => {
    const [first] = DEMO_EXPERIMENTS;
    assert.ok(first);
    await openReport(first.name, first.heading);
    assert.equal(await window.page.getByRole('tab', { name: /Report: / }).count(), DEMO_EXPERIMENTS.length);
  });

  for (const [theme, short] of THEMES) {
    it(`follows the theme ${theme}, with nothing for axe to find at both widths`, async () => {
      await editor.setTheme(window, theme);
      const page = await window.webview(`Report: ${DEMO_EXPERIMENTS[0]?.name ?? ''}`);
      for (const width of [1400, 400]) {
        // What the page has of the window is the rest beside the side bar.
        await window.fitEditor(width);
        assert.deepEqual(await axeViolations(page), []);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
        await window.screenshot(`report-${short}-${width}`);
      }
    });
  }

  it('comes back when the window starts again', async () => {
    const [, second] = DEMO_EXPERIMENTS;
    assert.ok(second);
    await openReport(second.name, second.heading);
    await window.fitEditor(1000);
    await window.reload();
    // Which of several tabs is in front again is the editor's affair.
    await window.page.getByRole('tab', { name: `Report: ${second.name}` }).click();
    const page = await window.webview(`Report: ${second.name}`);
    await page.getByRole('heading', { name: second.heading }).waitFor();
    assert.equal(await page.locator('.dot').count(), 2 * second.perVariant);
  });

  it('shows a session as it comes in, a hostile title as text', async () => {
    await closeEditors();
    const [first] = DEMO_EXPERIMENTS;
    assert.ok(first);
    const page = await openReport(first.name, first.heading);
    const before = await page.locator('.dot').count();
    const folder = path.join(editor.sandbox.claudeConfigDir, 'projects', claudeSlug(editor.sandbox.workspace));
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `${HOSTILE_ID}.jsonl`), hostileTranscript(editor.sandbox.workspace));
    const store = new FileStore({ folder: editor.storage, loadWasm: () => readFile(wasm), now: () => Date.now() });
    await store.apply(
      { action: 'tag', experimentId: 'demo-1', sessionId: HOSTILE_ID, variant: 'Control' },
      { who: 'test', via: 'program', window: 'test' },
    );
    store.dispose();
    await window.runCommand('Agent Experiments: Refresh');
    await page.locator('.dot').nth(before).waitFor({ state: 'attached' });
    assert.equal(await page.locator('img').count(), 0);
    assert.ok((await page.locator('table.sample').innerText()).includes('<img src=x onerror=alert(1)>'));
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
    await window.screenshot('report-hostile');
  });

  it('opens the transcript of a session that is clicked', async () => {
    const page = await window.webview(`Report: ${DEMO_EXPERIMENTS[0]?.name ?? ''}`);
    await page.locator('.sample .link').nth(2).click();
    await window.page.getByRole('tab', { name: /\.jsonl/ }).waitFor();
  });
});

function hostileTranscript(cwd: string): string {
  const timestamp = new Date().toISOString();
  const common = { sessionId: HOSTILE_ID, cwd, timestamp };
  const lines = [
    { ...common, type: 'user', uuid: 'u1', message: { role: 'user', content: HOSTILE } },
    {
      ...common,
      type: 'assistant',
      uuid: 'a1',
      requestId: 'r1',
      message: {
        id: 'm1',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content: [{ type: 'text', text: 'Done.' }],
        usage: { input_tokens: 20_000, output_tokens: 500, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
      },
    },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
