import { RelativePattern, Uri, window, workspace, type Disposable, type LogOutputChannel } from 'vscode';
import type { AppModel } from './appModel';

const POLL_MS = 5_000;
const SETTLE_MS = 300;

/**
 * Keeps sessions current while somebody can see them: a file watcher where the agents write, and a slow poll for what watchers
 * miss outside the workspace. With no view visible and no running experiment, nothing is read.
 */
export class LiveRefresh implements Disposable {
  private watchers: Disposable[] = [];
  private watched = '';
  private settle: NodeJS.Timeout | undefined;
  private readonly poll: NodeJS.Timeout;
  private visible = false;
  private readonly focus: Disposable;

  constructor(
    private readonly model: AppModel,
    private readonly folders: () => string[],
    private readonly log: LogOutputChannel,
  ) {
    this.poll = setInterval(() => {
      if (window.state.focused) this.soon();
    }, POLL_MS);
    this.focus = window.onDidChangeWindowState(({ focused }) => {
      if (focused) this.soon();
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
    if (!this.wanted || this.settle !== undefined) return;
    this.watch();
    this.settle = setTimeout(() => {
      this.settle = undefined;
      // The index shares runs by itself, so that nothing written before this is missed.
      this.model
        .refreshSessions()
        .catch((error: unknown) => {
          this.log.error(error instanceof Error ? error : String(error));
        })
        .finally(() => {
          this.watch();
        });
    }, SETTLE_MS);
  }

  /** Watches where the agents write; again when that has changed. */
  private watch(): void {
    const folders = this.folders();
    const key = folders.join('\n');
    if (key === this.watched) return;
    this.watched = key;
    for (const watcher of this.watchers) watcher.dispose();
    this.watchers = folders.flatMap((folder) => {
      const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(folder), '**/*.{json,jsonl}'));
      const soon = (): void => {
        this.soon();
      };
      return [watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)];
    });
  }

  dispose(): void {
    clearInterval(this.poll);
    this.focus.dispose();
    clearTimeout(this.settle);
    for (const watcher of this.watchers) watcher.dispose();
  }
}
