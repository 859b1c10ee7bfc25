import type { Experiment } from '../api';
import { isInWorkspace } from '../assignment/workspaces';
import { Ancestries, type Question } from '../git/ancestry';
import type { StartFacts } from '../domain/binding';
import type { IndexedSession } from '../sessions/model';
import { diskPath, type GitRepositories } from './gitRepositories';

/** What the bindings of experiments need to know of sessions, gathered ahead so that a sample can be made at once. */
export class BindingFacts {
  private readonly ancestries: Ancestries;

  constructor(
    private readonly git: GitRepositories,
    now: () => number,
  ) {
    this.ancestries = new Ancestries(now);
  }

  /** Asks git what is not known yet. Whether something is now known that was not. Never rejects. */
  async gather(
    concerned: readonly { experiment: Experiment; sessions: readonly IndexedSession[] }[],
  ): Promise<boolean> {
    const questions = await Promise.all(
      concerned.map(({ experiment, sessions }) => this.questionsOf(experiment, sessions)),
    );
    return this.ancestries.ask(questions.flat());
  }

  private async questionsOf(
    { binding, workspace }: Experiment,
    sessions: readonly IndexedSession[],
  ): Promise<Question[]> {
    if (binding.kind !== 'GitCommit') return [];
    const folders = new Set(sessions.map(({ workspaceFolder }) => workspaceFolder ?? diskPath(workspace)));
    const graphs = new Map<string | undefined, Question['graph']>();
    for (const folder of folders) {
      graphs.set(folder, folder === undefined ? undefined : await this.git.graphOf(folder));
    }
    return sessions.flatMap(({ startCommit: start, workspaceFolder }) => {
      if (start === undefined) return [];
      const graph = graphs.get(workspaceFolder ?? diskPath(workspace));
      return [binding.treatmentCommit, binding.controlCommit].map((commit) => ({ start, commit, graph }));
    });
  }

  factsOf({ startCommit, branch }: Pick<IndexedSession, 'startCommit' | 'branch'>): StartFacts {
    return {
      commit: startCommit,
      branch,
      ancestry: (commit) => (startCommit === undefined ? 'notYetKnown' : this.ancestries.get(startCommit, commit)),
    };
  }
}

/** The sessions that an experiment may be about: those of its workspace, where it has one. */
export function sessionsOf(
  { workspace }: Experiment,
  sessions: readonly IndexedSession[],
  openFolders: readonly string[],
): readonly IndexedSession[] {
  if (workspace === undefined) return sessions;
  const inside = new Map<string | undefined, boolean>();
  return sessions.filter(({ workspaceFolder }) => {
    const known =
      inside.get(workspaceFolder) ??
      (workspaceFolder === undefined ? openFolders.includes(workspace) : isInWorkspace(workspaceFolder, workspace));
    inside.set(workspaceFolder, known);
    return known;
  });
}
