import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../editor/paths';
import { writeRepository, type CommitSpec } from './gitRepository';

/** Folders of one run of an editor, all below `root`, none of them the user's. */
export interface Sandbox {
  root: string;
  home: string;
  /** Where the extension looks for Claude Code's transcripts. */
  claudeConfigDir: string;
  /** A git repository. */
  workspace: string;
  /** The commits of the workspace, oldest first. */
  commits: string[];
  userData: string;
  extensions: string;
  /** For tests that exchange files, such as two windows that wait for each other. */
  shared: string;
  /** This process's environment with HOME, CLAUDE_CONFIG_DIR and the cache set. */
  env: NodeJS.ProcessEnv;
  dispose(): Promise<void>;
}

const SMALL_REPOSITORY: readonly CommitSpec[] = [
  {
    message: 'Add the greeting',
    date: '2026-01-05T09:00:00Z',
    files: { 'README.md': '# Sample\n', 'src/greet.js': "export const greet = () => 'hello';\n" },
  },
  {
    message: 'Tell agents how to work here',
    date: '2026-01-06T09:00:00Z',
    files: { 'CLAUDE.md': 'Run the tests before you say that you are done.\n' },
  },
];

/** Creates the folders, and the workspace with these commits (default: two small ones). */
export async function createSandbox(commits: readonly CommitSpec[] = SMALL_REPOSITORY): Promise<Sandbox> {
  // Short, because sockets live below it; real, because editors resolve links and tests compare paths.
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'agentx-')));
  // For a run that is interrupted; `dispose` is the ordinary way.
  const removeNow = (): void => {
    rmSync(root, { recursive: true, force: true });
  };
  process.once('exit', removeNow);
  const below = (name: string): string => path.join(root, name);
  const sandbox = {
    root,
    home: below('home'),
    claudeConfigDir: path.join(below('home'), '.claude'),
    workspace: below('workspace'),
    userData: below('data'),
    extensions: below('extensions'),
    shared: below('shared'),
  };
  for (const folder of Object.values(sandbox)) {
    await mkdir(folder, { recursive: true });
  }
  return {
    ...sandbox,
    commits: await writeRepository(sandbox.workspace, commits),
    env: {
      ...process.env,
      HOME: sandbox.home,
      USERPROFILE: sandbox.home,
      XDG_CONFIG_HOME: path.join(sandbox.home, '.config'),
      XDG_DATA_HOME: path.join(sandbox.home, '.local', 'share'),
      CLAUDE_CONFIG_DIR: sandbox.claudeConfigDir,
      AGENT_EXPERIMENTS_CACHE: cacheFolder(),
    },
    // An editor that is just ending may still write a log file.
    dispose: async () => {
      await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
      process.removeListener('exit', removeNow);
    },
  };
}
