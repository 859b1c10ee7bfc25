import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { needBrowser } from './browser';
import { cacheFolder, projectFolder } from './paths';
import { isExecutable } from './run';
import { installServer } from './serverInstall';
import { EDITOR_SOURCES, type EditorVersion } from './versions';

/** A program with the command line of `code`, for `runTests` of @vscode/test-electron. */
export interface CodeExecutable {
  kind: 'desktop' | 'server';
  executable: string;
  /** What the program must find in its environment. */
  env: Record<string, string>;
}

/**
 * Finds or gets a VS Code of this version, in this order: the program named in AGENT_EXPERIMENTS_CODE; on a machine with a screen,
 * a desktop download; else the VS Code server with a headless browser.
 */
export async function chooseEditor(version: EditorVersion): Promise<CodeExecutable> {
  const named = namedDesktop();
  if (named !== undefined) {
    console.log(`VS Code: ${named}, because AGENT_EXPERIMENTS_CODE names it (whatever its version).`);
    return { kind: 'desktop', executable: named, env: {} };
  }
  if (hasScreen()) {
    const desktop = await downloadDesktop(version);
    if (desktop !== undefined) {
      return { kind: 'desktop', executable: desktop, env: {} };
    }
  } else {
    console.log(`VS Code ${version}: the server with a headless browser, because there is no display.`);
  }
  return chooseServer(version);
}

/** The server, whatever else there is: for what needs several windows, or a browser that drives the workbench. */
export async function chooseServer(version: EditorVersion): Promise<CodeExecutable> {
  if (process.platform === 'win32') {
    throw new Error('The VS Code server runs on Linux and macOS only. On Windows a desktop VS Code is needed.');
  }
  await needBrowser();
  await installServer(version);
  const executable = path.join(projectFolder, 'scripts', 'editor', 'code.mjs');
  // Sources that came in an archive may have lost the bit.
  await chmod(executable, 0o755);
  return { kind: 'server', executable, env: { AGENT_EXPERIMENTS_EDITOR_VERSION: version } };
}

/** Downloads the desktop editor into the cache; undefined, with the reason printed, where that is not possible. */
export async function downloadDesktop(version: EditorVersion): Promise<string | undefined> {
  const { desktop } = EDITOR_SOURCES[version];
  try {
    const executable = await downloadAndUnzipVSCode({
      version: desktop,
      cachePath: path.join(cacheFolder(), 'desktop'),
    });
    console.log(`VS Code ${version}: the desktop editor ${desktop}.`);
    return executable;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`VS Code ${version}: no desktop download (${why}); trying the server with a headless browser.`);
    return undefined;
  }
}

export function namedDesktop(): string | undefined {
  const named = process.env['AGENT_EXPERIMENTS_CODE'];
  if (named === undefined || named === '') {
    return undefined;
  }
  if (!isExecutable(named)) {
    throw new Error(`AGENT_EXPERIMENTS_CODE is ${named}, which is not a program.`);
  }
  return named;
}

/** AGENT_EXPERIMENTS_HEADLESS=1 means: behave as if there were no screen. */
export function hasScreen(): boolean {
  if (process.env['AGENT_EXPERIMENTS_HEADLESS'] === '1') {
    return false;
  }
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}
