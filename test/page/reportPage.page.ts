import '../support/vscodeStub';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/editor/browser';
import type { PageData } from '../../src/webview/pageData';
import { axeViolations } from './axe';
import { storyPage } from './data';
import { PageHarness } from './harness';
import { THEMES, type ThemeName } from './themes';

const HOSTILE = `<img src=x onerror="document.title='owned'"> ${'x'.repeat(10_000)} \u202eright to left\u202c שלום`;

describe('the report page in a browser', () => {
  let browser: Browser;
  let opened: PageHarness | undefined;
  const open = async (data: PageData, options: Parameters<typeof PageHarness.open>[1]): Promise<PageHarness> => {
    opened = await PageHarness.open(browser, options);
    await opened.show(data);
    return opened;
  };

  before(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    assert.deepEqual(opened?.problems ?? [], []);
    await opened?.page.close();
    opened = undefined;
  });
  after(() => browser.close());

  for (const theme of Object.keys(THEMES) as ThemeName[]) {
    for (const width of [400, 1400]) {
      it(`has nothing for axe to find in ${theme} at ${width} px, and does not run over`, async () => {
        const { page } = await open(storyPage('win'), { width, theme });
        for (const details of await page.locator('summary').all()) await details.click();
        assert.deepEqual(await axeViolations(page.mainFrame()), []);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      });
    }
  }

  it('shows in its tables what it draws', async () => {
    const { page } = await open(storyPage('win'), { width: 900 });
    for (const details of await page.locator('summary').all()) await details.click();
    const drawn = await page.locator('.look').evaluateAll(readAll, ['sessions', 'estimate', 'lower', 'upper']);
    const listed = await page.locator('.overTime tbody tr').evaluateAll(readCells);
    assert.ok(drawn.length > 10);
    assert.deepEqual(listed, drawn);
    const effect = await page.locator('#effect-caption ~ details tbody tr').evaluateAll(readCells);
    const interval = await page.locator('.effect .interval').evaluateAll(readAll, ['estimate', 'lower', 'upper']);
    assert.deepEqual(effect, interval);
    await page.locator('button[data-action=rows]').last().click();
    const dots = await page.locator('.dot').evaluateAll(readAll, ['session', 'value']);
    const rows = (await page.locator('.sample tbody tr').evaluateAll(readRow)).filter(([, value]) => value !== '');
    assert.deepEqual(new Map(rows as [string, string][]), new Map(dots as [string, string][]));
    assert.equal(rows.length, dots.length);
  });

  it('draws bigger values further to the right', async () => {
    const { page } = await open(storyPage('win'), { width: 900 });
    const dots = await page
      .locator('.dot')
      .evaluateAll((nodes: Marked[]) =>
        nodes.map((node) => [node.getAttribute('data-value'), node.getAttribute('cx')].map(Number)),
      );
    dots.sort(([a = 0], [b = 0]) => a - b);
    const places = dots.map(([, x]) => x ?? 0);
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
  });

  it('shows a hostile title as text', async () => {
    const data = storyPage('win', { title: HOSTILE });
    const { page } = await open(data, { width: 400 });
    assert.equal(await page.locator('img').count(), 0);
    assert.notEqual(await page.title(), 'owned');
    assert.ok((await page.locator('table.sample').innerText()).includes('<img src=x onerror='));
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 400);
    await page.setViewportSize({ width: 1400, height: 800 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 1400);
  });

  it('keeps scroll, focus and opened parts when a session arrives, and says a new verdict', async () => {
    const harness = await open(storyPage('open'), { width: 900 });
    const { page } = harness;
    await page.locator('.overTime summary').click();
    await page.locator('.sample tbody tr').nth(20).locator('button').first().focus();
    const place =
      '[Math.round(document.activeElement.getBoundingClientRect().top), document.activeElement.dataset.session]';
    const before = await page.evaluate(place);
    const { verdict } = storyPage('win');
    await harness.post({ type: 'show', data: { ...storyPage('open', { more: 1 }), verdict } });
    await page.locator('.verdict.tone-good').waitFor();
    assert.deepEqual(await page.evaluate(place), before);
    assert.equal(await page.locator('.overTime details').getAttribute('open'), '');
    const heading = await page.locator('#verdict-title').innerText();
    assert.equal(await page.locator('[aria-live=polite]').textContent(), heading);
  });

  it('follows its width', async () => {
    const { page } = await open(storyPage('win'), { width: 1400 });
    const wide = await page.locator('.overTime .plot').evaluate((node: Marked) => node.getAttribute('width') ?? '');
    await page.setViewportSize({ width: 500, height: 800 });
    await page.locator(`.overTime .plot:not([width="${wide}"])`).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 500);
  });

  it('sorts, shows more and keeps both for the next start', async () => {
    const harness = await open(storyPage('none'), { width: 900 });
    const { page } = harness;
    await page.locator('[data-by=value]').click();
    const values = async (): Promise<number[]> =>
      page
        .locator('.sample td.number')
        .evaluateAll((nodes: Marked[]) => nodes.map((node) => Number(node.getAttribute('data-value'))));
    const up = await values();
    assert.deepEqual(
      up,
      [...up].sort((a, b) => a - b),
    );
    assert.equal(await page.locator('th.value').getAttribute('aria-sort'), 'ascending');
    assert.equal(up.length, 50);
    await page.getByRole('button', { name: 'Show All' }).click();
    assert.ok((await values()).length > 50);
    const state = await page.evaluate('state');
    await page.close();
    const again = await open(storyPage('none'), { width: 900, state });
    assert.equal(await again.page.locator('th.value').getAttribute('aria-sort'), 'ascending');
    assert.equal(await again.page.locator('.sample tbody tr').count(), storyPage('none').sample.length);
  });

  it('tells the extension what was clicked, by keyboard too', async () => {
    const harness = await open(storyPage('win'), { width: 900 });
    const { page } = harness;
    await page.getByRole('button', { name: 'Export CSV' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.sample .link').first().click();
    await page.locator('.sample .small').first().click();
    const id = await page.locator('.sample tbody tr').first().getAttribute('data-session');
    assert.deepEqual(await harness.sent(), [
      { type: 'ready' },
      { type: 'export', format: 'csv' },
      { type: 'openTranscript', sessionId: id },
      { type: 'revealSession', sessionId: id },
    ]);
  });

  it('passes over what is no message', async () => {
    const harness = await open(storyPage('win'), { width: 900 });
    const before = await harness.page.locator('main').innerHTML();
    await harness.post({ type: 'show', data: { ...storyPage('none'), looks: [{ at: 'x' }] } });
    await harness.post('show');
    await harness.post({ type: 'eval', code: '1' });
    assert.equal(await harness.page.locator('main').innerHTML(), before);
  });

  it('draws 2 × 2,000 sessions, and little anew when one more comes', async () => {
    const data = storyPage('none', { perSide: 2000 });
    const harness = await open(data, { width: 1400 });
    const { page } = harness;
    const known = data.sample.filter(({ value }) => value !== undefined).length;
    assert.ok(known > 3800);
    assert.equal(await page.locator('.dot').count(), known);
    await page.evaluate(
      'globalThis.added = 0; new MutationObserver((all) => { for (const { addedNodes } of all) added += addedNodes.length; }).observe(document.body, { childList: true, subtree: true })',
    );
    await harness.post({ type: 'show', data: storyPage('none', { perSide: 2000, more: 1 }) });
    await page.locator('.dot').nth(known).waitFor({ state: 'attached' });
    const added = Number(await page.evaluate('added'));
    assert.ok(added > 0 && added < 400, `${added} nodes were made anew`);
  });
});

/** What these tests need of an element; they are compiled without a document. */
interface Marked {
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Marked>;
}

const readAll = (nodes: Marked[], names: string[]): (string | null)[][] =>
  nodes.map((node) => names.map((name) => node.getAttribute(`data-${name}`)));

const readCells = (nodes: Marked[]): (string | null)[][] =>
  nodes.map((node) => [...node.querySelectorAll('[data-value]')].map((cell) => cell.getAttribute('data-value')));

const readRow = (nodes: Marked[]): (string | null)[][] =>
  nodes.map((node) => [
    node.getAttribute('data-session'),
    [...node.querySelectorAll('[data-value]')][0]?.getAttribute('data-value') ?? '',
  ]);
