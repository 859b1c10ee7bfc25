/**
 * Runs every test/host/**\/*.race.ts in two windows at once: two extension hosts over one global storage and one workspace.
 * A race file runs in both; `thisWindow()` tells which it is in, and `Rendezvous` lets the two wait for each other. Then every
 * *.windows.ts, which has the windows of a person, and kills what it likes from outside.
 *
 *   tsx test/host/twoWindows.ts [--editor=1.100|1.139] [--file=PART_OF_PATH]
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { launchBrowser } from '../../scripts/editor/browser';
import { chooseServer } from '../../scripts/editor/choose';
import { projectFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';
import { startServer } from '../../scripts/editor/server';
import { runTestWindow } from '../../scripts/editor/testWindow';
import { EDITOR_VERSIONS, type EditorVersion } from '../../scripts/editor/versions';
import { add, NONE, reportCounts, type Counts } from '../../scripts/support/counts';
import { runMain } from '../../scripts/support/main';
import { runMochaFiles } from '../../scripts/support/mochaFiles';
import { editorOption, option } from '../../scripts/support/options';
import { createSandbox } from '../../scripts/support/sandbox';
import { judge } from './support/judge';
import { hostEnvironment, readResults, testFilesOnDisk } from './support/hostRun';

const WINDOWS = ['A', 'B'] as const;
const DEADLINE_MS = 5 * 60_000;

runMain(async () => {
  await runOrThrow(process.execPath, ['scripts/build.mjs', '--tests'], { cwd: projectFolder });
  let counts = NONE;
  const filter = option('file');
  if (testFilesOnDisk('.race.ts', filter).length > 0) {
    for (const version of editorOption(EDITOR_VERSIONS)) {
      console.log(`\n== Two windows in VS Code ${version}`);
      counts = add(counts, await runBothWindows(version, filter));
    }
  }
  if (testFilesOnDisk('.windows.ts', filter).length > 0) {
    for (const version of editorOption(EDITOR_VERSIONS)) await chooseServer(version);
    console.log('\n== Two windows, driven from outside');
    const files = { folder: 'test/host', ending: '.windows.ts', filter, timeoutMs: DEADLINE_MS };
    counts = add(counts, await runMochaFiles(files));
  }
  return reportCounts('two windows', counts);
});

async function runBothWindows(version: EditorVersion, filter: string | undefined): Promise<Counts> {
  await chooseServer(version);
  const sandbox = await createSandbox();
  try {
    const results = path.join(sandbox.root, 'results');
    await mkdir(results);
    const server = await startServer({
      testDriver: true,
      version,
      dataFolder: sandbox.userData,
      extensionsFolder: sandbox.extensions,
      settings: { 'security.workspace.trust.enabled': false, 'git.autofetch': false },
      env: hostEnvironment(sandbox, { version, filter }, 'server', results),
    });
    try {
      const failure = await openBoth(server.port, sandbox.workspace);
      return judge(readResults(results), testFilesOnDisk('.race.ts', filter), WINDOWS.length, failure);
    } finally {
      await server.stop();
    }
  } finally {
    await sandbox.dispose();
  }
}

/** What went wrong, or undefined. */
async function openBoth(port: number, folder: string): Promise<string | undefined> {
  const browser = await launchBrowser();
  try {
    const codes = await Promise.all(
      WINDOWS.map((label) =>
        runTestWindow(browser, {
          port,
          folder,
          label,
          developmentPaths: [projectFolder],
          testsPath: path.join(projectFolder, 'out', 'test', 'host', `suite${label}.js`),
          timeoutMs: DEADLINE_MS,
        }),
      ),
    );
    return codes.every((code) => code === 0) ? undefined : `the windows ended with codes ${codes.join(' and ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await browser.close();
  }
}
