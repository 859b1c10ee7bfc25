import type { Experiment } from '../api';
import { isInWorkspace, isWithinWorkspace } from '../assignment/workspaces';
import { Ancestries, type Question } from '../git/ancestry';
import type { StartFacts } from '../domain/binding';
import { belongsTo } from '../domain/experiment';
import { windowOf } from '../domain/sample';
import type { InstructionStates } from '../instructions/instructionStates';
import type { IndexedSession } from '../sessions/model';
import { diskPath, type GitRepositories } from './gitRepositories';

interface Concerned {
  experiment: Experiment;
  sessions: readonly IndexedSession[];
  /** Whether its folder is open in this window. */
  isHere: boolean;
}

/** What the bindings of experiments need to know of sessions, gathered ahead so that a sample can be made at once. */
export class BindingFacts {
  private readonly ancestries: Ancestries;

  constructor(
    private readonly git: GitRepositories,
    private readonly instructions: InstructionStates,
    now: () => number,
  ) {
    this.ancestries = new Ancestries(now);
  }

  /**
   * Asks git what is not known yet (with `again`, also what it could not tell a moment ago), and looks at the instruction files.
   * Whether something is now known that was not. Never rejects.
   */
  async gather(concerned: readonly Concerned[], again = false): Promise<boolean> {
    const questions = await Promise.all(
      concerned.map(({ experiment, sessions }) => this.questionsOf(experiment, sessions)),
    );
    const [asked, ...looked] = await Promise.all([
      this.ancestries.ask(questions.flat(), again),
      ...concerned.map((one) => this.look(one)),
    ]);
    return asked || looked.includes(true);
  }

  private async look({ experiment, sessions, isHere }: Concerned): Promise<boolean> {
    const folder = isHere ? instructionFolder(experiment) : undefined;
    if (folder === undefined) return false;
    const { from, to = Infinity } = windowOf(experiment);
    const starts = sessions.map(({ startedAt }) => startedAt);
    return this.instructions.observe(
      folder,
      from === undefined ? [] : starts.filter((start) => start >= from && start <= to),
    );
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

  factsOf(
    { startCommit, branch, startedAt }: Pick<IndexedSession, 'startCommit' | 'branch' | 'startedAt'>,
    experiment: Experiment,
  ): StartFacts {
    const folder = instructionFolder(experiment);
    return {
      commit: startCommit,
      branch,
      fingerprint: folder === undefined ? undefined : this.instructions.at(folder, startedAt),
      ancestry: (commit) => (startCommit === undefined ? 'notYetKnown' : this.ancestries.get(startCommit, commit)),
    };
  }
}

/** The folder (a path) whose instruction files tell the variants of an experiment; undefined for other bindings. */
export function instructionFolder({ binding, workspace }: Experiment): string | undefined {
  return binding.kind === 'PromptFingerprint' ? diskPath(workspace) : undefined;
}

/** Whether all sessions of an experiment are found in a window with these folders: its own is one of them, or lies in one. */
export function isOpenIn(experiment: Experiment, openFolders: readonly string[]): boolean {
  const { workspace } = experiment;
  return (
    belongsTo(experiment, openFolders) ||
    (workspace !== undefined && openFolders.some((open) => isWithinWorkspace(workspace, open)))
  );
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
