import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { chooseEditor, type CodeExecutable } from '../../scripts/editor/choose';
import { projectFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';
import { globalStorageFolder, installVsix } from '../../scripts/editor/server';
import { NEWEST } from '../../scripts/editor/versions';
import { createSandbox, type Sandbox } from '../../scripts/support/sandbox';
import { DATABASE_NAME } from '../../src/store/fileStore';
import { EXTENSION_ID } from '../host/support/environment';
import { median } from './figures';
import type { WindowFigures } from './window/suite';

export interface WindowRun {
  /** Window starts that count. One more goes before them. */
  starts: number;
  /** Sessions that must appear. */
  sessions: number;
  /** Makes the transcripts below `sandbox.claudeConfigDir`, or returns where they are and the folder to open. */
  prepare: (sandbox: Sandbox) => Promise<{ configDir: string; workspace: string }>;
  /** Forget the extension's storage before each start. */
  fresh: boolean;
  /** A database that somebody left in the storage, in place before each start. */
  database?: Uint8Array;
}

export interface WindowMedians extends WindowFigures {
  starts: number;
  each: WindowFigures[];
}

/** Starts windows one after the other and measures each; medians. */
export async function benchWindows(run: WindowRun): Promise<WindowMedians> {
  const sandbox = await createSandbox();
  try {
    const editor = await chooseEditor(NEWEST);
    const places = await run.prepare(sandbox);
    const ours = writeLazyExtension(sandbox);
    await installNothing(editor.kind, sandbox);
    const suite = path.join(sandbox.root, 'suite.js');
    await build({
      entryPoints: [path.join(projectFolder, 'test/bench/window/suite.ts')],
      outfile: suite,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['vscode'],
      logLevel: 'warning',
    });
    const each: WindowFigures[] = [];
    for (let start = 0; start <= run.starts; start++) {
      const result = path.join(sandbox.root, `result-${start}.json`);
      if (run.fresh) forgetStorage(sandbox);
      if (run.database) saveDatabase(sandbox, run.database);
      await runTests({
        vscodeExecutablePath: editor.executable,
        extensionDevelopmentPath: editor.kind === 'desktop' ? [ours, path.join(sandbox.root, 'nothing')] : ours,
        extensionTestsPath: suite,
        launchArgs: [
          places.workspace,
          `--user-data-dir=${sandbox.userData}`,
          `--extensions-dir=${sandbox.extensions}`,
          '--disable-telemetry',
          '--disable-workspace-trust',
        ],
        extensionTestsEnv: {
          ...sandbox.env,
          CLAUDE_CONFIG_DIR: places.configDir,
          AGENT_EXPERIMENTS_BENCH_RESULT: result,
          AGENT_EXPERIMENTS_BENCH_SESSIONS: String(run.sessions),
          AGENT_EXPERIMENTS_BENCH_FIRST: start % 2 === 0 ? 'ours' : 'nothing',
          ...editor.env,
        },
      });
      each.push(JSON.parse(readFileSync(result, 'utf8')) as WindowFigures);
    }
    return medians(each.slice(1));
  } finally {
    await sandbox.dispose();
  }
}

function medians(each: WindowFigures[]): WindowMedians {
  const of = (field: keyof WindowFigures): number => median(each.map((figures) => figures[field]));
  return {
    starts: each.length,
    activateMs: of('activateMs'),
    nothingMs: of('nothingMs'),
    filledMs: of('filledMs'),
    sessions: of('sessions'),
    longestBlockMs: of('longestBlockMs'),
    longestOwnBlockMs: of('longestOwnBlockMs'),
    idleBlockMs: of('idleBlockMs'),
    idleOwnBlockMs: of('idleOwnBlockMs'),
    idleBytes: of('idleBytes'),
    peakBytes: of('peakBytes'),
    each,
  };
}

/** Our extension as it is built, but for what starts it: the suite does. */
function writeLazyExtension(sandbox: Sandbox): string {
  const folder = path.join(sandbox.root, 'ours');
  mkdirSync(folder);
  for (const name of ['dist', 'l10n', 'media', 'package.nls.json']) {
    const from = path.join(projectFolder, name);
    if (!existsSync(from)) throw new Error(`${name} is missing: run npm run build first`);
    cpSync(from, path.join(folder, name), { recursive: true });
  }
  const manifest = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8')) as object;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, activationEvents: [] }));
  return folder;
}

/** Installed from a package: a window in a browser takes only one extension under development. */
async function installNothing(kind: CodeExecutable['kind'], sandbox: Sandbox): Promise<void> {
  const folder = path.join(sandbox.root, 'nothing');
  mkdirSync(folder);
  const manifest = {
    name: 'nothing',
    publisher: 'agent-experiments-bench',
    version: '0.0.1',
    engines: { vscode: '^1.100.0' },
    main: './index.js',
    activationEvents: ['onCommand:nothing'],
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'README.md'), 'Does nothing.\n');
  writeFileSync(path.join(folder, 'index.js'), 'exports.activate = () => undefined;\n');
  if (kind === 'desktop') return;
  const vsix = path.join(sandbox.root, 'nothing.vsix');
  const vsce = path.join(projectFolder, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = ['package', '--no-dependencies', '--skip-license', '--allow-missing-repository', '--out', vsix];
  await runOrThrow(process.execPath, [vsce, ...args], { cwd: folder });
  const { userData, extensions, env } = sandbox;
  await installVsix({ version: NEWEST, dataFolder: userData, extensionsFolder: extensions, env }, vsix);
}

/** Of the server and of the desktop editor. */
function storageFolders({ userData }: Sandbox): string[] {
  return [globalStorageFolder(userData, EXTENSION_ID), path.join(userData, 'User', 'globalStorage', EXTENSION_ID)];
}

function forgetStorage(sandbox: Sandbox): void {
  for (const folder of storageFolders(sandbox)) rmSync(folder, { recursive: true, force: true });
}

function saveDatabase(sandbox: Sandbox, database: Uint8Array): void {
  for (const folder of storageFolders(sandbox)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, DATABASE_NAME), database);
  }
}
