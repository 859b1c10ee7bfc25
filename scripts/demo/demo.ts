/**
 * Opens a real VS Code with the extension, a sample workspace and two weeks of sessions in it. Everything is in temporary folders.
 *
 *   npm run demo [-- --editor=1.100|1.139] [-- --check]
 *
 * With --check the demo looks at itself: it passes when the side bar shows the sessions and the reports their verdicts, and leaves a picture in artifacts/.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { launchBrowser } from '../editor/browser';
import { chooseServer, downloadDesktop, hasScreen, namedDesktop } from '../editor/choose';
import { installBuiltExtension } from '../editor/installFolder';
import { projectFolder } from '../editor/paths';
import { runOrThrow } from '../editor/run';
import { globalStorageFolder, startServer } from '../editor/server';
import { windowAddress } from '../editor/testWindow';
import { NEWEST, type EditorVersion } from '../editor/versions';
import { Workbench } from '../editor/workbench';
import { NONE, reportCounts } from '../support/counts';
import { interrupted } from '../support/interrupted';
import { runMain } from '../support/main';
import { editorOption, flag } from '../support/options';
import { createSandbox, type Sandbox } from '../support/sandbox';
import { writeDemoSessions } from './claudeSessions';
import { writeOtherAgents } from './otherAgents';
import { DEMO_EXPERIMENTS, writeDemoExperiments } from './experiments';
import { demoCommits } from './workspace';

const EXTENSION_ID = 'agent-experiments.agent-experiments';
const PICTURES = path.join(projectFolder, 'artifacts');

runMain(async () => {
  const check = flag('check');
  const version = editorOption([NEWEST])[0] ?? NEWEST;
  console.log('Building the extension');
  await runOrThrow(process.execPath, ['scripts/build.mjs'], { cwd: projectFolder });
  const desktop = check ? undefined : (namedDesktop() ?? (hasScreen() ? await downloadDesktop(version) : undefined));
  if (desktop === undefined) {
    await chooseServer(version);
  }
  const now = Date.now();
  const sandbox = await createSandbox(demoCommits(now));
  try {
    const { claudeConfigDir, workspace, home } = sandbox;
    const sessions = await writeDemoSessions({ claudeConfigDir, workspaceFolder: workspace, now });
    sessions.push(...(await writeOtherAgents({ home, workspaceFolder: workspace, now })));
    const storage =
      desktop === undefined
        ? globalStorageFolder(sandbox.userData, EXTENSION_ID)
        : path.join(sandbox.userData, 'User', 'globalStorage', EXTENSION_ID);
    await writeDemoExperiments({ claudeConfigDir, workspaceFolder: workspace, storage, now });
    if (desktop !== undefined) {
      return await openDesktop(desktop, sandbox);
    }
    return await serve(version, sandbox, check ? sessions.length : undefined);
  } finally {
    await sandbox.dispose();
  }
});

async function openDesktop(executable: string, sandbox: Sandbox): Promise<number> {
  console.log(
    `Opening VS Code on ${sandbox.workspace}. Click the beaker in the activity bar. Close the window to end.`,
  );
  const args = [
    sandbox.workspace,
    `--user-data-dir=${sandbox.userData}`,
    `--extensions-dir=${sandbox.extensions}`,
    `--extensionDevelopmentPath=${projectFolder}`,
    '--disable-workspace-trust',
    '--skip-welcome',
    '--wait',
  ];
  const child = spawn(executable, args, { env: sandbox.env, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code ?? 0);
    });
  });
}

async function serve(version: EditorVersion, sandbox: Sandbox, expectedSessions: number | undefined): Promise<number> {
  await installBuiltExtension(sandbox.extensions);
  const server = await startServer({
    version,
    dataFolder: sandbox.userData,
    extensionsFolder: sandbox.extensions,
    settings: { 'security.workspace.trust.enabled': false, 'workbench.colorTheme': 'Default Dark Modern' },
    env: sandbox.env,
  });
  try {
    if (expectedSessions !== undefined) {
      return await lookAtDemo(server.port, sandbox.workspace, expectedSessions);
    }
    sayWhere(server.port, sandbox.workspace);
    await Promise.race([interrupted(), server.ended.then((why) => Promise.reject(new Error(why)))]);
    return 0;
  } finally {
    await server.stop();
  }
}

function sayWhere(port: number, folder: string): void {
  console.log(`
  VS Code is running with Agent Experiments. Open this address in a browser:

    ${windowAddress({ port, folder })}

  Then click the beaker in the activity bar, on the left: its side bar holds the demo's sessions,
  and three experiments: one that helped, one that changed nothing and one that did harm. Open their reports.
  Everything is in a temporary folder, which goes away with Ctrl+C.
`);
}

const CHECK_DEADLINE_MS = 60_000;
/** More rows than this may be out of sight, and rows out of sight are not there. */
const ROWS_IN_SIGHT = 5;

async function lookAtDemo(port: number, folder: string, sessions: number): Promise<number> {
  const browser = await launchBrowser();
  try {
    const window = await Workbench.open(browser, { port, folder, pictures: PICTURES });
    try {
      await window.openSideBar();
      const rows = window.treeItem(/./, window.view('Sessions'));
      await rows.nth(Math.min(sessions, ROWS_IN_SIGHT) - 1).waitFor({ timeout: CHECK_DEADLINE_MS });
      console.log(
        `The side bar shows, of ${sessions} sessions:\n  ${(await rows.allInnerTexts()).map(oneLine).join('\n  ')}`,
      );
      console.log(`Picture: ${await window.screenshot('demo')}`);
      for (const { name, heading } of DEMO_EXPERIMENTS) {
        await window.inlineAction(window.treeItem(name, window.view('Experiments')), 'Open Report');
        const page = await window.webview(`Report: ${name}`);
        await page.getByRole('heading', { name: heading }).waitFor({ timeout: CHECK_DEADLINE_MS });
      }
      console.log(`The reports of ${DEMO_EXPERIMENTS.length} experiments say what they should.`);
      return reportCounts('demo', { ...NONE, passed: 1 });
    } catch (error) {
      console.error(error);
      console.error(`Picture: ${await window.screenshot('demo-failed')}`);
      return reportCounts('demo', { ...NONE, failures: [String(error)] });
    }
  } finally {
    await browser.close();
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
