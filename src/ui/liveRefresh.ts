import { setImmediate } from 'node:timers/promises';
import { RelativePattern, Uri, window, workspace, type Disposable, type LogOutputChannel } from 'vscode';
import type { AppModel } from './appModel';
import { LookSchedule } from './lookSchedule';

/** What agents write: transcripts, state files, databases with their logs. */
const PATTERN = '**/*.{json,jsonl,zst,db,db-wal}';

/**
 * Keeps sessions current while somebody can see them: a file watcher where the agents write, and a poll for what watchers miss
 * outside the workspace. With no view visible and no running experiment, nothing is read.
 */
export class LiveRefresh implements Disposable {
  private watchers: Disposable[] = [];
  private watched = '';
  private readonly schedule: LookSchedule;
  private readonly focus: Disposable;
  private visible = false;
  private disposed = false;

  constructor(
    private readonly model: AppModel,
    private readonly folders: () => string[],
    private readonly log: LogOutputChannel,
  ) {
    this.focus = window.onDidChangeWindowState(({ focused }) => {
      if (focused) this.soon();
    });
    this.schedule = new LookSchedule({
      look: () => this.look(),
      wanted: () => this.wanted,
      focused: () => window.state.focused,
      now: () => performance.now(),
      later: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => {
          clearTimeout(timer);
        };
      },
    });
  }

  private get wanted(): boolean {
    return this.visible || this.model.state.active.kind !== 'none';
  }

  setVisible(visible: boolean): void {
    const appeared = visible && !this.visible;
    this.visible = visible;
    if (appeared) this.soon();
  }

  /** Reads the sessions shortly, several asks becoming one. */
  soon(): void {
    if (this.disposed || !this.wanted) return;
    this.watch();
    this.schedule.soon();
  }

  /** The index shares runs by itself, so that nothing written before a look is missed. */
  private async look(): Promise<void> {
    try {
      await this.model.refreshSessions();
      await setImmediate();
      this.watch();
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
    }
  }

  /** Watches where the agents write; again when that has changed. */
  private watch(): void {
    const folders = this.folders();
    const key = folders.join('\n');
    if (this.disposed || key === this.watched) return;
    this.watched = key;
    for (const watcher of this.watchers) watcher.dispose();
    this.watchers = folders.flatMap((folder) => {
      const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(folder), PATTERN));
      const soon = (): void => {
        this.soon();
      };
      return [watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)];
    });
  }

  dispose(): void {
    this.disposed = true;
    this.schedule.dispose();
    this.focus.dispose();
    for (const watcher of this.watchers) watcher.dispose();
  }
}
