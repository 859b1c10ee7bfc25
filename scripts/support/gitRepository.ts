import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runOrThrow } from '../editor/run';

/** One commit: files by relative path (null removes one), dated so that the hashes are the same on every machine. */
export interface CommitSpec {
  message: string;
  /** ISO 8601 with a zone. */
  date: string;
  files: Record<string, string | null>;
  /** Branch to create at this commit's parent and to stay on. Default: the one that is checked out. */
  newBranch?: string;
}

const AUTHOR = { name: 'Sample Author', email: 'author@example.invalid' };

/** Creates a repository with these commits on `main` and returns their hashes, in order. No configuration of the user's is read. */
export async function writeRepository(folder: string, commits: readonly CommitSpec[]): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await git(folder, ['init', '--quiet', '--initial-branch=main']);
  await git(folder, ['config', 'core.autocrlf', 'false']);
  await git(folder, ['config', 'commit.gpgsign', 'false']);
  const hashes: string[] = [];
  for (const commit of commits) {
    if (commit.newBranch !== undefined) {
      await git(folder, ['checkout', '--quiet', '-b', commit.newBranch]);
    }
    await writeFiles(folder, commit);
    await git(folder, ['add', '--all']);
    await git(folder, ['commit', '--quiet', '--allow-empty', '-m', commit.message], commit.date);
    hashes.push((await git(folder, ['rev-parse', 'HEAD'])).trim());
  }
  return hashes;
}

async function writeFiles(folder: string, commit: CommitSpec): Promise<void> {
  for (const [name, text] of Object.entries(commit.files)) {
    if (text === null) {
      await git(folder, ['rm', '--quiet', name]);
    } else {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
}

/** Runs git in `folder` as the sample author, at a fixed date where one is given. */
export async function git(folder: string, args: readonly string[], date?: string): Promise<string> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null',
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
    ...(date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
  };
  return runOrThrow('git', args, { cwd: folder, env });
}
