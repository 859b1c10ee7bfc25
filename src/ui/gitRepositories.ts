import { extensions, Uri, workspace, type LogOutputChannel } from 'vscode';
import { isCommitId, type CommitGraph } from '../git/ancestry';
import type { GitApi, GitExtension, GitRepository } from '../git/gitApi';
import { isShallow } from '../git/gitFolder';
import { diskAccess } from '../sessions/reading/fileAccess';
import { isInside, pathRulesHere } from '../sessions/reading/folders';

/** How long the Git extension may look for the repositories of the open folders. */
const OPENING_MS = 10_000;

export interface CommitInfo {
  /** Full id. */
  id: string;
  /** First line of the message. */
  subject: string;
  parents: readonly string[];
}

/**
 * The repositories of this window, through the built-in Git extension. It does not run in a workspace that is not trusted, and
 * so neither does git: what git would run there is decided by the workspace's configuration.
 */
export class GitRepositories {
  private exports: Promise<GitExtension> | undefined;

  constructor(private readonly log: LogOutputChannel) {}

  /** The extension's API; undefined where there is none, or git is switched off. */
  async git(): Promise<GitApi | undefined> {
    const extension = extensions.getExtension<GitExtension>('vscode.git');
    if (extension === undefined || !workspace.isTrusted) return undefined;
    try {
      this.exports ??= Promise.resolve(extension.isActive ? extension.exports : extension.activate());
      // Each time: it is another one after git was switched off and on again.
      return (await this.exports).getAPI(1);
    } catch (error) {
      this.exports = undefined;
      this.log.info(`Git is not available: ${String(error)}`);
      return undefined;
    }
  }

  /** The repository that a folder (a path) is in: of several, nested ones the innermost. Waits until they were looked for. */
  async repositoryOf(folder: string): Promise<GitRepository | undefined> {
    const git = await this.git();
    if (git === undefined) return undefined;
    await opened(git);
    return innermost(git.repositories, folder);
  }

  /** What `Ancestries` asks of the repository that a folder is in. */
  async graphOf(folder: string): Promise<CommitGraph | undefined> {
    const repository = await this.repositoryOf(folder);
    return (
      repository && {
        mergeBase: async (a, b) => (await repository.getMergeBase(a, b)) ?? undefined,
        resolve: async (id) => (await commitIn(repository, id))?.id,
        isShallow: () => isShallow(diskAccess, repository.rootUri.fsPath),
      }
    );
  }
}

/** The repository that a folder is in: of several, nested ones the innermost. */
export function innermost(repositories: readonly GitRepository[], folder: string): GitRepository | undefined {
  return repositories
    .filter(({ rootUri }) => isInside(folder, rootUri.fsPath, pathRulesHere))
    .sort((a, b) => b.rootUri.fsPath.length - a.rootUri.fsPath.length)[0];
}

/** The commit that `ref` names: an id, `HEAD` or `HEAD~1`. Nothing else reaches git, where it could be an option. */
export async function commitIn(repository: GitRepository, ref: string): Promise<CommitInfo | undefined> {
  if (!isCommitId(ref) && !/^HEAD(?:[~^]\d{0,4})*$/.test(ref)) return undefined;
  try {
    const { hash, message, parents } = await repository.getCommit(ref);
    return { id: hash, subject: message.split('\n', 1)[0]?.trim() ?? '', parents };
  } catch {
    return undefined;
  }
}

/** The branches of a repository with their tips, by name. */
export async function branchesOf(repository: GitRepository): Promise<Map<string, string | undefined>> {
  const branches = await repository.getBranches({ remote: false });
  return new Map(branches.flatMap(({ name, commit }) => (name === undefined ? [] : [[name, commit] as const])));
}

/** The path of a folder URI on this machine's disk. */
export function diskPath(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  const parsed = Uri.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : undefined;
}

function opened(git: GitApi): Promise<void> {
  if (git.state === 'initialized') return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listening.dispose();
      resolve();
    };
    const timer = setTimeout(done, OPENING_MS);
    const listening = git.onDidChangeState(() => {
      if (git.state === 'initialized') done();
    });
  });
}
