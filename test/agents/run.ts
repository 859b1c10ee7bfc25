/**
 * Runs real agents in the workspace of a real editor that has this extension, with a model of our own on this machine: what the
 * extension counts must be what the model sent and was asked.
 *
 *   tsx test/agents/run.ts [--editor=1.100|1.139] [--file=PART_OF_PATH]
 */
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { chooseEditor } from '../../scripts/editor/choose';
import { projectFolder } from '../../scripts/editor/paths';
import { EDITOR_VERSIONS, type EditorVersion } from '../../scripts/editor/versions';
import { add, NONE, reportCounts, type Counts } from '../../scripts/support/counts';
import { runMain } from '../../scripts/support/main';
import { editorOption, option } from '../../scripts/support/options';
import { createSandbox } from '../../scripts/support/sandbox';
import { hostEnvironment, readResults } from '../host/support/hostRun';
import { judge } from '../host/support/judge';
import { installAgents } from './install';
import { agentFolders } from './support/agents';
import { AGENT_NAMES, programsEnvironment, type AgentPrograms } from './support/programs';

const compiled = path.join(projectFolder, 'out', 'test', 'agents');

runMain(async () => {
  const programs = await installAgents();
  if (Object.keys(programs).length === 0) {
    reportCounts('real agents', { ...NONE, skipped: AGENT_NAMES.length });
    return 0;
  }
  const filter = option('file') ?? '';
  const files = readdirSync(__dirname)
    .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
    .sort();
  if (files.length === 0) {
    throw new Error(`No test file in ${__dirname} has "${filter}" in its name.`);
  }
  await buildSuite(files);
  let counts = NONE;
  for (const version of editorOption(EDITOR_VERSIONS)) {
    // A window and a home for each file: a session counts as live for a while after its agent has ended.
    for (const file of files) {
      console.log(`\n== ${file} in VS Code ${version}`);
      counts = add(counts, await runInEditor(version, file, programs));
    }
  }
  return reportCounts('real agents', counts);
});

async function buildSuite(files: readonly string[]): Promise<void> {
  await build({
    absWorkingDir: projectFolder,
    entryPoints: ['suite.ts', ...files].map((file) => path.join('test', 'agents', file)),
    outdir: compiled,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    external: ['vscode', 'mocha'],
  });
}

async function runInEditor(version: EditorVersion, file: string, programs: AgentPrograms): Promise<Counts> {
  const sandbox = await createSandbox();
  try {
    const editor = await chooseEditor(version);
    const results = path.join(sandbox.root, 'results');
    await mkdir(results);
    const filter = file.replace(/\.ts$/, '.js');
    const failure = await runTests({
      vscodeExecutablePath: editor.executable,
      extensionDevelopmentPath: projectFolder,
      extensionTestsPath: path.join(compiled, 'suite.js'),
      launchArgs: [
        sandbox.workspace,
        `--user-data-dir=${sandbox.userData}`,
        `--extensions-dir=${sandbox.extensions}`,
        '--disable-telemetry',
      ],
      extensionTestsEnv: {
        ...hostEnvironment(sandbox, { version, filter }, editor.kind, results),
        ...agentFolders(sandbox.home),
        ...programsEnvironment(programs),
        ...editor.env,
      },
    }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return judge(readResults(results), [file], 1, failure);
  } finally {
    await sandbox.dispose();
  }
}
