import { format } from 'node:util';
import type { Browser, BrowserContext } from 'playwright-core';

/** A window of a running server that runs a test suite in its own extension host. */
export interface TestWindow {
  port: number;
  /** The folder to open. Absent: an empty window. */
  folder?: string;
  /** Folders with a package.json. */
  developmentPaths: readonly string[];
  /** A compiled module with `run(): Promise<void>`. */
  testsPath: string;
  /** Put before each line that the extension host writes, to tell windows apart. */
  label?: string;
  timeoutMs: number;
}

/** Opens the window, passes on what its extension host writes, and resolves to its exit code: 0 when the suite passed. */
export async function runTestWindow(browser: Browser, window: TestWindow): Promise<number> {
  const page = await (await newEditorContext(browser)).newPage();
  return new Promise<number>((resolve, reject) => {
    const deadline = setTimeout(() => {
      reject(new Error(`The suite did not end within ${window.timeoutMs} ms.`));
    }, window.timeoutMs);
    const settle =
      <T>(done: (value: T) => void) =>
      (value: T): void => {
        clearTimeout(deadline);
        done(value);
      };
    const fail = settle(reject);
    page.on('crash', () => {
      fail(new Error('The browser page crashed.'));
    });
    page.on('close', () => {
      fail(new Error('The browser page was closed before the suite ended.'));
    });
    const open = async (): Promise<void> => {
      await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
        passOn(type, args, window.label);
      });
      await page.exposeFunction('codeAutomationExit', settle(resolve));
      await page.goto(windowAddress(window));
    };
    open().catch(fail);
  });
}

/** The address of a window, with a test payload where there is something to test. */
export function windowAddress(window: {
  port: number;
  folder?: string;
  developmentPaths?: readonly string[];
  testsPath?: string;
}): string {
  const remote = (file: string): string => `vscode-remote://localhost:${window.port}${encodeURI(file)}`;
  const payload: [string, string][] = (window.developmentPaths ?? []).map((file) => [
    'extensionDevelopmentPath',
    remote(file),
  ]);
  if (window.testsPath !== undefined) {
    payload.push(['extensionTestsPath', remote(window.testsPath)]);
  }
  const query = new URLSearchParams();
  if (window.folder !== undefined) {
    query.set('folder', window.folder);
  }
  if (payload.length > 0) {
    query.set('payload', JSON.stringify(payload));
  }
  // Slashes need no escape in a query, and a person may read this.
  return `http://localhost:${window.port}/?${query.toString().replaceAll('%2F', '/')}`;
}

/** Windows get a context each: two that start at once in one context can block each other over the browser's own storage. */
export async function newEditorContext(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: false });
}

/** What a workbench without an account or a gallery says over and over. */
const NOISE =
  /^\[(AgentHost|ChatModelSelection|AccountPolicyGate|Service Worker)\]|builtin extensions|authentication provider/;

function passOn(type: string, args: unknown[], label: string | undefined): void {
  const text = format(...args);
  if (NOISE.test(text)) {
    return;
  }
  const lines = label === undefined ? text : text.replace(/^/gm, `[${label}] `);
  (type === 'error' || type === 'warn' ? process.stderr : process.stdout).write(`${lines}\n`);
}
