import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/editor/browser';
import { installBuiltExtension } from '../../scripts/editor/installFolder';
import { projectFolder } from '../../scripts/editor/paths';
import { globalStorageFolder, installVsix, startServer, type RunningServer } from '../../scripts/editor/server';
import { isEditorVersion, NEWEST, type EditorVersion } from '../../scripts/editor/versions';
import { Workbench } from '../../scripts/editor/workbench';
import type { CommitSpec } from '../../scripts/support/gitRepository';
import { createSandbox, type Sandbox } from '../../scripts/support/sandbox';

export interface EditorOptions {
  /** Default: AGENT_EXPERIMENTS_E2E_EDITOR, else the newest. */
  version?: EditorVersion;
  /** `off`: every folder is trusted. `untrusted`: trust is asked for and not given, so the window is restricted. Default: off. */
  trust?: 'off' | 'untrusted';
  /** User settings from the start, e.g. `{'workbench.colorTheme': 'Default Light Modern'}`. */
  settings?: Record<string, unknown>;
  /** A package to install. Default: the project's build. */
  vsix?: string;
  /** History of the workspace. Default: two small commits. */
  commits?: readonly CommitSpec[];
  /** Called before the editor starts, to lay out transcripts, a database and the like. */
  prepare?: (editor: { sandbox: Sandbox; storage: string }) => Promise<void>;
}

const EXTENSION_ID = 'agent-experiments.agent-experiments';

export const PICTURES = path.join(projectFolder, 'artifacts', 'screenshots');

/** A running VS Code with the extension, and a browser to drive it. Start one in `before`, stop it in `after`. */
export class Editor {
  readonly sandbox: Sandbox;
  readonly version: EditorVersion;
  /** The extension's global storage folder. */
  readonly storage: string;
  readonly #settings: Record<string, unknown>;
  readonly #server: RunningServer;
  readonly #browser: Browser;

  private constructor(parts: {
    sandbox: Sandbox;
    version: EditorVersion;
    storage: string;
    settings: Record<string, unknown>;
    server: RunningServer;
    browser: Browser;
  }) {
    this.sandbox = parts.sandbox;
    this.version = parts.version;
    this.storage = parts.storage;
    this.#settings = parts.settings;
    this.#server = parts.server;
    this.#browser = parts.browser;
  }

  static async start(options: EditorOptions = {}): Promise<Editor> {
    const version = options.version ?? versionFromEnvironment();
    const sandbox = await createSandbox(options.commits);
    const server = {
      version,
      dataFolder: sandbox.userData,
      extensionsFolder: sandbox.extensions,
      settings: { ...trustSettings(options.trust ?? 'off'), ...options.settings },
      env: sandbox.env,
    };
    const storage = globalStorageFolder(sandbox.userData, EXTENSION_ID);
    try {
      if (options.vsix === undefined) {
        await installBuiltExtension(sandbox.extensions);
      } else {
        await installVsix(server, options.vsix);
      }
      await options.prepare?.({ sandbox, storage });
      const running = await startServer(server);
      const browser = await launchBrowser().catch(async (error: unknown) => {
        await running.stop();
        throw error;
      });
      return new Editor({ sandbox, version, storage, settings: server.settings, server: running, browser });
    } catch (error) {
      await sandbox.dispose();
      throw error;
    }
  }

  /** Opens a window; several may be open at once. */
  async openWindow(folder: string | undefined = this.sandbox.workspace): Promise<Workbench> {
    return Workbench.open(this.#browser, { port: this.#server.port, folder, pictures: PICTURES });
  }

  /** Changes user settings while the editor runs; it picks them up from the file by itself. */
  async changeSettings(changes: Record<string, unknown>): Promise<void> {
    Object.assign(this.#settings, changes);
    const folder = path.join(this.sandbox.userData, 'data', 'User');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'settings.json'), JSON.stringify(this.#settings));
  }

  /** Chooses the colour theme as a person does, by a setting's name such as `Default Dark Modern`, and waits until it shows. */
  async setTheme(window: Workbench, theme: string): Promise<void> {
    const { label, kind } = describeTheme(theme);
    await window.runCommand('Preferences: Color Theme');
    await window.page.getByPlaceholder(/color theme/i).waitFor();
    await window.answerWithPick(label);
    await window.page.locator(`.monaco-workbench.${kind}`).waitFor();
  }

  /** Ends the browser and the server and removes every folder of the run. */
  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    await this.sandbox.dispose();
  }
}

/**
 * For `afterEach`: when the test failed, saves what the window shows as `failed-<title>.png`.
 * Usage: `afterEach(async function () { await pictureOfFailure(this, window); });`
 */
export async function pictureOfFailure(context: Mocha.Context, window: Workbench | undefined): Promise<void> {
  const test = context.currentTest;
  if (test?.state === 'failed' && window !== undefined) {
    const name = `failed-${test.fullTitle().replace(/[^a-z0-9]+/gi, '-')}`;
    console.error(`      picture: ${await window.screenshot(name)}`);
  }
}

/** What a theme is called in the list of themes, and the class that the workbench has with it. */
function describeTheme(theme: string): { label: string; kind: string } {
  switch (theme) {
    case 'Default High Contrast':
      return { label: 'Dark High Contrast', kind: 'hc-black' };
    case 'Default High Contrast Light':
      return { label: 'Light High Contrast', kind: 'hc-light' };
    default:
      return { label: theme.replace(/^Default /, ''), kind: /light/i.test(theme) ? 'vs' : 'vs-dark' };
  }
}

function trustSettings(trust: 'off' | 'untrusted'): Record<string, unknown> {
  return trust === 'off'
    ? { 'security.workspace.trust.enabled': false }
    : { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };
}

function versionFromEnvironment(): EditorVersion {
  const version = process.env['AGENT_EXPERIMENTS_E2E_EDITOR'] ?? NEWEST;
  if (!isEditorVersion(version)) {
    throw new Error(`AGENT_EXPERIMENTS_E2E_EDITOR is ${version}, which is not a version that is known here.`);
  }
  return version;
}
