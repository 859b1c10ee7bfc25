import * as path from 'node:path';
import { Disposable, RelativePattern, Uri, workspace } from 'vscode';
import { belongsTo } from '../domain/experiment';
import { FIRST_NAMES, isInstructionFile, mayHoldInstructions } from '../instructions/instructionPaths';
import type { InstructionStates } from '../instructions/instructionStates';
import { openFolderUris, type AppModel } from './appModel';
import { instructionFolder } from './bindingFacts';

const SETTLE_MS = 250;
/** Every file, and every folder with all that is in it. */
const PATTERN = `{${FIRST_NAMES.flatMap((name) => [name, `${name}/**`]).join(',')}}`;

/**
 * Watches the instruction files of the open folders while a draft or a running experiment goes by them: what they were when a
 * session started is told nowhere afterwards.
 */
export class InstructionWatch implements Disposable {
  private readonly watched = new Map<string, Disposable>();
  private readonly following: Disposable;

  constructor(
    private readonly model: AppModel,
    private readonly instructions: InstructionStates,
  ) {
    this.following = model.onDidChange(() => {
      this.follow();
    });
  }

  /** Starts and stops watching, by what experiments there are now. */
  private follow(): void {
    const { status, experiments } = this.model.state.store;
    // Nobody knows which experiments there are: what was watched goes on.
    if (status.kind === 'readOnly' && experiments.length === 0) return;
    const open = openFolderUris();
    const concerned = experiments.filter(
      (experiment) =>
        (experiment.state === 'Draft' || experiment.state === 'Running') &&
        experiment.damaged === undefined &&
        belongsTo(experiment, open),
    );
    const folders = new Set(concerned.flatMap((experiment) => instructionFolder(experiment) ?? []));
    for (const [folder, watcher] of this.watched) {
      if (folders.has(folder)) continue;
      watcher.dispose();
      this.watched.delete(folder);
    }
    for (const folder of folders) {
      if (!this.watched.has(folder)) this.watched.set(folder, this.watch(folder));
    }
  }

  private watch(folder: string): Disposable {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(folder), PATTERN));
    let settle: NodeJS.Timeout | undefined;
    const look = async (): Promise<void> => {
      settle = undefined;
      if (await this.instructions.observe(folder)) this.model.touch();
    };
    const changed = ({ fsPath }: Uri): void => {
      const relative = path.relative(folder, fsPath).replaceAll(path.sep, '/');
      // Of a folder that comes or goes, only the folder may be told.
      if (!isInstructionFile(relative) && !mayHoldInstructions(relative)) return;
      this.instructions.disturbed(folder);
      settle ??= setTimeout(() => void look(), SETTLE_MS);
    };
    this.instructions.watch(folder);
    void look();
    return Disposable.from(
      watcher,
      watcher.onDidChange(changed),
      watcher.onDidCreate(changed),
      watcher.onDidDelete(changed),
      new Disposable(() => {
        clearTimeout(settle);
        this.instructions.unwatch(folder);
      }),
    );
  }

  dispose(): void {
    this.following.dispose();
    for (const watcher of this.watched.values()) watcher.dispose();
    this.watched.clear();
  }
}
