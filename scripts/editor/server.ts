import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runOrThrow } from './run';
import { installServer } from './serverInstall';
import type { EditorVersion } from './versions';

export interface ServerOptions {
  version: EditorVersion;
  /** Settings, global storage and logs. The user's part is in `data/User`. */
  dataFolder: string;
  extensionsFolder: string;
  /** User settings, e.g. `{'workbench.colorTheme': 'Default Dark Modern'}`. */
  settings?: Record<string, unknown>;
  /** Reaches the extension host. Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
  /** 0 or absent: any free one. */
  port?: number;
  /** Takes a test payload in the address. Newer editors then show no notification toasts, so people's windows go without. */
  testDriver?: boolean;
}

export interface RunningServer {
  port: number;
  /** Everything that the server wrote so far. */
  log(): string;
  /** Resolves, with the reason, when the server has ended for whatever cause. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 60_000;

/** Quiet settings that any unattended editor needs; the caller's settings win. */
const BASE_SETTINGS: Record<string, unknown> = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.startupEditor': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'workbench.tips.enabled': false,
  // The editor's own chat needs an account; it would only take room.
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/** Starts a VS Code server on 127.0.0.1 and waits until it listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const installed = await installServer(options.version);
  await writeSettings(options);
  const args = [
    installed.main,
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    '--without-connection-token',
    ...(options.testDriver === true ? ['--enable-smoke-test-driver'] : []),
    ...folderArguments(options),
  ];
  const child = spawn(installed.node, args, { env: serverEnvironment(options), stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  // Before the folders that it writes to are removed.
  process.prependOnceListener('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  let log = '';
  const ended = new Promise<string>((resolve) => {
    child.on('exit', (code) => {
      resolve(`VS Code ${options.version} ended with code ${code ?? 'none'}:\n${log.slice(-4000)}`);
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new Error(`VS Code ${options.version} did not listen within ${START_DEADLINE_MS} ms:\n${log.slice(-4000)}`),
      );
    }, START_DEADLINE_MS);
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      const listening = /Extension host agent listening on (\d+)/.exec(log);
      if (listening?.[1] !== undefined) {
        clearTimeout(deadline);
        resolve(Number(listening[1]));
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    void ended.then((why) => {
      clearTimeout(deadline);
      reject(new Error(why));
    });
  });
  return { port, log: () => log, ended, stop: () => stopProcess(child) };
}

/** Installs a VSIX into the extensions folder, without a network. */
export async function installVsix(options: ServerOptions, vsix: string): Promise<void> {
  const installed = await installServer(options.version);
  await mkdir(options.extensionsFolder, { recursive: true });
  const args = [installed.main, ...folderArguments(options), '--install-extension', vsix];
  const output = await runOrThrow(installed.node, args, { env: serverEnvironment(options), timeoutMs: 120_000 });
  if (!/successfully installed/i.test(output)) {
    throw new Error(`The editor did not say that it installed ${vsix}:\n${output}`);
  }
}

/** Where the extension with this id finds its global storage in a server with this data folder. */
export function globalStorageFolder(dataFolder: string, extensionId: string): string {
  return path.join(dataFolder, 'data', 'User', 'globalStorage', extensionId);
}

async function writeSettings(options: ServerOptions): Promise<void> {
  const text = JSON.stringify({ ...BASE_SETTINGS, ...options.settings }, undefined, 2);
  for (const scope of ['User', 'Machine']) {
    const folder = path.join(options.dataFolder, 'data', scope);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'settings.json'), text);
  }
}

function folderArguments(options: ServerOptions): string[] {
  return [
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--server-data-dir',
    options.dataFolder,
    '--extensions-dir',
    options.extensionsFolder,
  ];
}

/** Without the variables of an editor that this may run inside of: they would turn the server into a plain Node or an old window. */
function serverEnvironment(options: ServerOptions): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [key, value] of Object.entries(options.env ?? process.env)) {
    if (!/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(key)) {
      environment[key] = value;
    }
  }
  // No gallery: the editor looks nothing up on the network.
  environment['EXTENSIONS_GALLERY'] = '{}';
  return environment;
}

const STOP_DEADLINE_MS = 5_000;

/** Asks it to end, and after a while insists. */
async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(insist);
}
