import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { projectFolder } from '../../scripts/editor/paths';
import type { PageData } from '../../src/webview/pageData';
import { THEMES, themeVariables, type ThemeName } from './themes';

/** The page in a browser without an editor: a host that keeps messages, and the variables of a theme. */
export class PageHarness {
  /** Errors of the page and breaches of its policy. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    options: { width: number; height?: number; state?: unknown; theme?: ThemeName },
  ): Promise<PageHarness> {
    const page = await browser.newPage({ viewport: { width: options.width, height: options.height ?? 800 } });
    const built = (name: string): string => readFileSync(path.join(projectFolder, 'dist', name), 'utf8');
    await page.route('http://page.test/**', (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/reportPage.js')
        return route.fulfill({ contentType: 'text/javascript', body: built('reportPage.js') });
      if (pathname === '/reportPage.css')
        return route.fulfill({ contentType: 'text/css', body: built('reportPage.css') });
      return route.fulfill({
        contentType: 'text/html',
        body: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src http://page.test; script-src http://page.test">
<title>Report</title><link rel="stylesheet" href="reportPage.css"><script defer src="reportPage.js"></script></head><body></body></html>`,
      });
    });
    await page.addInitScript(`
      globalThis.sent = []; globalThis.state = ${options.state === undefined ? 'undefined' : JSON.stringify(options.state)};
      globalThis.acquireVsCodeApi = () => ({
        postMessage: (message) => sent.push(message), getState: () => state, setState: (next) => { state = next; } });`);
    const harness = new PageHarness(page);
    await page.goto('http://page.test/');
    await harness.setTheme(options.theme ?? 'dark');
    return harness;
  }

  async setTheme(name: ThemeName): Promise<void> {
    const variables = JSON.stringify(themeVariables(name));
    await this.page.evaluate(
      `{ const root = document.documentElement; root.removeAttribute('style');
         for (const [name, value] of Object.entries(${variables})) root.style.setProperty('--vscode-' + name, value);
         document.body.className = '${THEMES[name].kind}'; }`,
    );
  }

  async show(data: PageData): Promise<void> {
    await this.post({ type: 'show', data });
    await this.page.locator('#verdict-title').waitFor();
  }

  async post(message: unknown): Promise<void> {
    await this.page.evaluate(`window.dispatchEvent(new MessageEvent('message', { data: ${JSON.stringify(message)} }))`);
  }

  sent(): Promise<unknown[]> {
    return this.page.evaluate('sent');
  }
}
