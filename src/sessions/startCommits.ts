import type { HeadHistory, WorktreeHistory } from '../git/headHistory';
import type { HeadState } from '../git/reflog';
import type { IndexedSession } from './model';
import { Breather } from './reading/breathe';

/** Sessions may name any folder below the workspace; of more than so many the rest waits for the next look. */
const MAX_FOLDERS = 200;

interface Start {
  folder: string;
  startedAt: number;
  worktree: WorktreeHistory | undefined;
  head: HeadState;
  /** As the source gave it, and with what was added. */
  session: IndexedSession;
  filled: IndexedSession;
}

/**
 * Gives sessions the commit and branch that they started from where their transcripts do not: where HEAD of the session's own
 * worktree was then. What was found once stays, as entries of the log expire and worktrees are removed.
 */
export class StartCommits {
  /** By the session's id. */
  private known = new Map<string, Start>();

  constructor(private readonly history: HeadHistory) {}

  /** The sessions in the same order. One that is as before is the same object as before. `kept`: as of an earlier run. */
  async fill(
    sessions: readonly IndexedSession[],
    kept: (id: string) => IndexedSession | undefined = () => undefined,
  ): Promise<IndexedSession[]> {
    const breather = new Breather();
    const worktrees = new Map<string, WorktreeHistory | undefined>();
    const known = new Map<string, Start>();
    const filled: IndexedSession[] = [];
    for (const session of sessions) {
      const start = await this.startOf(session, worktrees, kept);
      if (start) known.set(session.id, start);
      filled.push(start?.filled ?? session);
      if (breather.due) await breather.pause();
    }
    this.known = known;
    return filled;
  }

  private async startOf(
    session: IndexedSession,
    worktrees: Map<string, WorktreeHistory | undefined>,
    kept: (id: string) => IndexedSession | undefined,
  ): Promise<Start | undefined> {
    const { id, workspaceFolder: folder, startedAt } = session;
    if (session.startCommit !== undefined || folder === undefined || session.timesKnown === 'file') {
      return undefined;
    }
    const found = this.known.get(id);
    const before = found?.folder === folder && found.startedAt === startedAt ? found : undefined;
    if (before?.head.commit !== undefined) {
      return before.session === session ? before : startFrom(session, { ...before, folder });
    }
    const earlier = before ? undefined : kept(id);
    if (earlier?.startCommit !== undefined && earlier.workspaceFolder === folder && earlier.startedAt === startedAt) {
      const { startCommit: commit, branch } = earlier;
      return startFrom(session, { folder, worktree: undefined, head: { commit, ...(branch && { branch }) } });
    }
    if (!worktrees.has(folder)) {
      if (worktrees.size >= MAX_FOLDERS) return before;
      worktrees.set(folder, await this.history.worktree(folder));
    }
    const worktree = worktrees.get(folder);
    if (before?.session === session && before.worktree === worktree) return before;
    return startFrom(session, { folder, worktree, head: worktree?.at(startedAt) ?? {} });
  }
}

function startFrom(session: IndexedSession, where: Pick<Start, 'folder' | 'worktree' | 'head'>): Start {
  const { folder, worktree, head } = where;
  const branch = session.branch ?? head.branch;
  const filled: IndexedSession =
    head.commit === undefined
      ? session
      : { ...session, startCommit: head.commit, ...(branch === undefined ? {} : { branch }) };
  return { folder, startedAt: session.startedAt, worktree, head, session, filled };
}
