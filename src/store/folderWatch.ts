import { watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';

/** The system's own notice of changes in a folder, as long as the folder is there. */
export class FolderWatch {
  #watcher: FSWatcher | undefined;

  constructor(
    private readonly folder: string,
    private readonly log: (message: string) => void,
    private readonly changed: (name: string | null) => void,
  ) {}

  /** Does nothing where it runs. */
  start(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(this.folder, { persistent: false }, (event, name) => {
        this.changed(name);
        // The folder itself was moved or removed: watch the one that comes after it.
        if (event === 'rename' && name === basename(this.folder)) this.stop();
      });
      this.#watcher.on('error', (error) => {
        this.log(`Watching ${this.folder} stopped: ${error.message}`);
        this.stop();
      });
    } catch {
      // The folder is not there yet; the next tick tries again.
      this.#watcher = undefined;
    }
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** For a folder that came, or was replaced. */
  restart(): void {
    this.stop();
    this.start();
  }
}
