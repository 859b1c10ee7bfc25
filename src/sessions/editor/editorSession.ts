import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { activeGap } from '../reading/activity';
import { EDITOR_AGENT, toIndexedEditorSession } from './editorSessionFile';
import type { EditorSessionState } from './editorSessionFile';
import type { IndexedSession } from '../model';

/** A new id for the session of an editor window. */
export function newEditorSessionId(): string {
  return `${EDITOR_AGENT}-${crypto.randomUUID()}`;
}

export interface EditorSessionOptions {
  /** Folder of the sessions' files; made when the first file is written. */
  folder: string;
  id: string;
  workspaceFolder?: string | undefined;
  /** ms since the epoch. */
  startedAt: number;
  /** The process that the session lives and dies with. Default: this one. */
  pid?: number;
  branch?: string | undefined;
  /** Commit that was checked out when the session began. */
  startCommit?: string | undefined;
}

/**
 * Records the session of one editor window: that it ran, when somebody worked in it and how many files were saved. Nothing is
 * written before the first activity; after that whenever the caller flushes.
 */
export class EditorSessionRecorder {
  private readonly folder: string;
  private readonly state: EditorSessionState;
  private readonly saves = new Set<string>();
  private worked = false;
  private changed = false;
  /** Writes one after the other. */
  private writing: Promise<void> = Promise.resolve();

  constructor(options: EditorSessionOptions) {
    this.folder = options.folder;
    this.state = {
      version: 1,
      id: options.id,
      pid: options.pid ?? process.pid,
      startedAt: options.startedAt,
      lastActiveAt: options.startedAt,
      activeMs: 0,
      filesTouched: 0,
      ...(options.workspaceFolder === undefined ? {} : { workspaceFolder: options.workspaceFolder }),
    };
    this.setGit(options);
  }

  get id(): string {
    return this.state.id;
  }

  /** Somebody did something in the window. */
  activity(now: number): void {
    if (this.state.endedAt !== undefined) {
      return;
    }
    this.worked = true;
    this.changed = true;
    this.state.activeMs += activeGap(this.state.lastActiveAt, now);
    this.state.lastActiveAt = Math.max(this.state.lastActiveAt, now);
  }

  /** A file of the workspace was saved. */
  saved(file: string, now: number): void {
    this.activity(now);
    this.saves.add(file);
    this.state.filesTouched = this.saves.size;
  }

  /** Branch and commit at the start, which may become known later. What is known already stays: it is what the session began with. */
  setGit(git: { branch?: string | undefined; commit?: string | undefined; startCommit?: string | undefined }): void {
    const commit = git.commit ?? git.startCommit;
    if (this.state.branch === undefined && git.branch !== undefined) {
      this.state.branch = git.branch;
      this.changed = true;
    }
    if (this.state.startCommit === undefined && commit !== undefined) {
      this.state.startCommit = commit;
      this.changed = true;
    }
  }

  /** The session as of now, whether or not it was written. */
  session(): IndexedSession {
    return toIndexedEditorSession(this.state, { live: this.state.endedAt === undefined });
  }

  /** Writes what changed since the last time. Rejects where the file cannot be written; the session is kept in memory. */
  flush(): Promise<void> {
    const write = this.writing.then(() => this.write());
    this.writing = write.catch(() => undefined);
    return write;
  }

  /** The window closes. */
  end(now: number): Promise<void> {
    if (this.state.endedAt === undefined) {
      this.state.endedAt = Math.max(now, this.state.lastActiveAt);
      this.changed = true;
    }
    return this.flush();
  }

  private async write(): Promise<void> {
    if (!this.worked || !this.changed) {
      return;
    }
    this.changed = false;
    const file = path.join(this.folder, `${this.state.id}.json`);
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      await fs.mkdir(this.folder, { recursive: true });
      await fs.writeFile(temporary, `${JSON.stringify(this.state)}\n`);
      await fs.rename(temporary, file);
    } catch (error) {
      this.changed = true;
      await fs.rm(temporary, { force: true });
      throw error;
    }
  }
}
