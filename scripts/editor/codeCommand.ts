/**
 * Understands the part of the `code` command line that test runners use, and does it with the VS Code server and a headless
 * browser, so that one runner serves both a desktop editor and a machine that has none. The version is in
 * AGENT_EXPERIMENTS_EDITOR_VERSION; the exit code is the suite's.
 *
 *   code.mjs --user-data-dir=D --extensions-dir=D --extensionDevelopmentPath=D --extensionTestsPath=F [--disable-workspace-trust] FOLDER
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runMain } from '../support/main';
import { launchBrowser } from './browser';
import { startServer } from './server';
import { runTestWindow } from './testWindow';
import { isEditorVersion, NEWEST, type EditorVersion } from './versions';

interface CodeArguments {
  userData: string;
  extensions: string;
  developmentPaths: string[];
  testsPath: string;
  trustDisabled: boolean;
  folder?: string;
}

const SUITE_DEADLINE_MS = Number(process.env['AGENT_EXPERIMENTS_SUITE_DEADLINE_MS'] ?? 10 * 60_000);

export function main(): void {
  runMain(() => runCode(parse(process.argv.slice(2))));
}

async function runCode(args: CodeArguments): Promise<number> {
  const server = await startServer({
    testDriver: true,
    version: versionFromEnvironment(),
    dataFolder: args.userData,
    extensionsFolder: args.extensions,
    settings: {
      ...readSettings(args.userData),
      ...(args.trustDisabled ? { 'security.workspace.trust.enabled': false } : {}),
    },
  });
  try {
    const browser = await launchBrowser();
    try {
      return await runTestWindow(browser, {
        port: server.port,
        developmentPaths: args.developmentPaths,
        testsPath: args.testsPath,
        timeoutMs: SUITE_DEADLINE_MS,
        ...(args.folder === undefined ? {} : { folder: args.folder }),
      });
    } catch (error) {
      console.error(server.log().slice(-4000));
      throw error;
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

function versionFromEnvironment(): EditorVersion {
  const version = process.env['AGENT_EXPERIMENTS_EDITOR_VERSION'] ?? NEWEST;
  if (!isEditorVersion(version)) {
    throw new Error(`AGENT_EXPERIMENTS_EDITOR_VERSION is ${version}, which is not a version that is known here.`);
  }
  return version;
}

/** A desktop editor reads its settings from `User/settings.json` of the user data folder; so does this. */
function readSettings(userData: string): Record<string, unknown> {
  const file = path.join(userData, 'User', 'settings.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
}

/** Options that are not known here concern the desktop's window and are passed over. */
function parse(argv: readonly string[]): CodeArguments {
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  for (const argument of argv) {
    const option = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
    if (option?.[1] === undefined) {
      rest.push(argument);
    } else {
      values.set(option[1], [...(values.get(option[1]) ?? []), option[2] ?? '']);
    }
  }
  const one = (name: string): string => {
    const value = values.get(name)?.[0];
    if (value === undefined || value === '') {
      throw new Error(`--${name}=… is missing.`);
    }
    return value;
  };
  return {
    userData: one('user-data-dir'),
    extensions: one('extensions-dir'),
    developmentPaths: values.get('extensionDevelopmentPath') ?? [],
    testsPath: one('extensionTestsPath'),
    trustDisabled: values.has('disable-workspace-trust'),
    ...(rest[0] === undefined ? {} : { folder: rest[0] }),
  };
}
