import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { chooseEditor, namedDesktop, type CodeExecutable } from '../../../scripts/editor/choose';
import { projectFolder } from '../../../scripts/editor/paths';
import { runOrThrow } from '../../../scripts/editor/run';
import { canInstallPackages, needPrograms } from '../../../scripts/editor/systemPackages';
import { globalStorageFolder, installVsix } from '../../../scripts/editor/server';
import type { EditorVersion } from '../../../scripts/editor/versions';
import type { Counts } from '../../../scripts/support/counts';
import { fixturesFolder } from '../../../scripts/support/fixtures';
import { createSandbox, type Sandbox } from '../../../scripts/support/sandbox';
import { EXTENSION_ID } from './environment';
import { judge } from './judge';
import type { SuiteResult } from './runSuite';

export interface HostRun {
  version: EditorVersion;
  /** Only test files whose path contains this. */
  filter: string | undefined;
  /** Test this package, installed, instead of the project's folder. */
  vsix: string | undefined;
}

/** Runs the suite in one editor and returns its counts. Whatever keeps the suite from ending counts as one failure more. */
export async function runHostSuite(hostRun: HostRun): Promise<Counts> {
  if (canInstallPackages()) {
    await needPrograms(['sqlite3'], ['sqlite3'], 'to read our database with another SQLite');
  }
  const sandbox = await createSandbox();
  try {
    const editor = await chooseEditor(hostRun.version);
    const results = path.join(sandbox.root, 'results');
    await mkdir(results);
    await writeSettings(sandbox);
    let developmentPath = projectFolder;
    if (hostRun.vsix !== undefined) {
      await install(editor, hostRun, sandbox);
      developmentPath = await writeEmptyExtension(sandbox);
    }
    const env = hostEnvironment(sandbox, hostRun, editor.kind, results);
    const failure = await runTests({
      vscodeExecutablePath: editor.executable,
      extensionDevelopmentPath: developmentPath,
      extensionTestsPath: path.join(projectFolder, 'out', 'test', 'host', 'suite.js'),
      launchArgs: [
        sandbox.workspace,
        `--user-data-dir=${sandbox.userData}`,
        `--extensions-dir=${sandbox.extensions}`,
        '--disable-telemetry',
      ],
      extensionTestsEnv: { ...env, ...editor.env },
    }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return judge(readResults(results), testFilesOnDisk('.test.ts', hostRun.filter), 1, failure);
  } finally {
    await sandbox.dispose();
  }
}

export function readResults(folder: string): SuiteResult[] {
  return readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as SuiteResult);
}

/** Paths relative to test/host. */
export function testFilesOnDisk(ending: '.test.ts' | '.race.ts' | '.windows.ts', filter: string | undefined): string[] {
  return readdirSync(path.join(projectFolder, 'test', 'host'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith(ending) && file.replace(/\.ts$/, '.js').includes(filter ?? ''),
  );
}

/** The variables that support/environment.ts reads. */
export function hostEnvironment(
  sandbox: Sandbox,
  { version, filter }: Pick<HostRun, 'version' | 'filter'>,
  kind: CodeExecutable['kind'],
  results: string,
): Record<string, string> {
  const inherited = Object.entries(sandbox.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(inherited),
    AGENT_EXPERIMENTS_TEST_WORKSPACE: sandbox.workspace,
    AGENT_EXPERIMENTS_TEST_COMMITS: sandbox.commits.join(','),
    AGENT_EXPERIMENTS_TEST_STORAGE:
      kind === 'server'
        ? globalStorageFolder(sandbox.userData, EXTENSION_ID)
        : path.join(sandbox.userData, 'User', 'globalStorage', EXTENSION_ID),
    AGENT_EXPERIMENTS_TEST_SHARED: sandbox.shared,
    AGENT_EXPERIMENTS_TEST_EDITOR: namedDesktop() === undefined ? version : 'any',
    AGENT_EXPERIMENTS_TEST_ROOT: projectFolder,
    AGENT_EXPERIMENTS_TEST_RESULTS: results,
    ...(filter === undefined ? {} : { AGENT_EXPERIMENTS_TEST_FILTER: filter }),
    ...(existsSync(fixturesFolder) ? { AGENT_EXPERIMENTS_TEST_FIXTURES: fixturesFolder } : {}),
  };
}

async function writeSettings(sandbox: Sandbox): Promise<void> {
  const folder = path.join(sandbox.userData, 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'settings.json'),
    JSON.stringify({ 'telemetry.telemetryLevel': 'off', 'extensions.autoUpdate': false, 'git.autofetch': false }),
  );
}

async function install(editor: CodeExecutable, hostRun: HostRun, sandbox: Sandbox): Promise<void> {
  const vsix = path.resolve(projectFolder, hostRun.vsix ?? '');
  if (editor.kind === 'server') {
    const { version } = hostRun;
    const { userData, extensions, env } = sandbox;
    await installVsix({ version, dataFolder: userData, extensionsFolder: extensions, env }, vsix);
    return;
  }
  const { resolveCliArgsFromVSCodeExecutablePath } = await import('@vscode/test-electron');
  const [cli = editor.executable, ...args] = resolveCliArgsFromVSCodeExecutablePath(editor.executable, {
    reuseMachineInstall: true,
  });
  await runOrThrow(
    cli,
    [
      ...args,
      `--user-data-dir=${sandbox.userData}`,
      `--extensions-dir=${sandbox.extensions}`,
      `--install-extension=${vsix}`,
    ],
    { env: sandbox.env },
  );
}

/** An editor runs tests only beside an extension under development; this one does nothing. */
async function writeEmptyExtension(sandbox: Sandbox): Promise<string> {
  const folder = path.join(sandbox.root, 'empty-extension');
  await mkdir(folder);
  const manifest = { name: 'empty', publisher: 'agent-experiments-tests', version: '0.0.1', engines: { vscode: '*' } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}
