import * as path from 'node:path';
import type { GitFileAccess } from './headHistory';

/** Files that hold one line. */
export const MAX_POINTER_BYTES = 64 * 1024;

export async function statOf(
  access: GitFileAccess,
  file: string,
): Promise<Awaited<ReturnType<GitFileAccess['stat']>> | undefined> {
  try {
    return await access.stat(file);
  } catch {
    return undefined;
  }
}

/**
 * The git folder of a worktree: `.git` in it, or what a `.git` file (linked worktree, submodule) names. Undefined where there is
 * none; throws where it cannot be read or lies on the network.
 */
export async function gitFolderIn(access: GitFileAccess, folder: string): Promise<string | undefined> {
  const git = path.join(folder, '.git');
  const stat = await statOf(access, git);
  if (!stat?.isFile) {
    return stat && git;
  }
  const pointer = /^gitdir: (.+)$/m.exec(await access.readText(git, MAX_POINTER_BYTES))?.[1];
  if (pointer === undefined) {
    throw new Error(`${git} names no folder`);
  }
  const target = path.resolve(folder, pointer.replace(/\r$/, ''));
  if (isOnNetwork(target) && !isOnNetwork(folder)) {
    throw new Error(`${git} names a folder on the network`);
  }
  return target;
}

/** Whether the history of the repository at `root` is cut. A repository that cannot be looked at counts as cut. */
export async function isShallow(access: GitFileAccess, root: string): Promise<boolean> {
  try {
    const gitFolder = await gitFolderIn(access, root);
    if (gitFolder === undefined) {
      return true;
    }
    // A linked worktree shares what its main one has.
    const link = path.join(gitFolder, 'commondir');
    const common = (await statOf(access, link))
      ? path.resolve(gitFolder, (await access.readText(link, MAX_POINTER_BYTES)).trim())
      : gitFolder;
    return (await statOf(access, path.join(common, 'shallow'))) !== undefined;
  } catch {
    return true;
  }
}

/** Opening such a path would tell another machine who asks. */
function isOnNetwork(folder: string): boolean {
  return /^[\\/]{2}/.test(folder);
}
