import * as path from 'node:path';
import { gitFolderIn, MAX_POINTER_BYTES, statOf } from './gitFolder';
import { headAt, parseReflog } from './reflog';
import type { HeadState, ReflogEntry } from './reflog';

/** The file operations that reading a repository needs, all read-only; `diskAccess` of the sessions has them. */
export interface GitFileAccess {
  stat(path: string): Promise<{ isFile: boolean; ino: number; size: number; mtimeMs: number }>;
  readText(path: string, maxBytes: number): Promise<string>;
  open(path: string): Promise<{ read(buffer: Buffer, position: number): Promise<number>; close(): Promise<void> }>;
}

/** Of a longer log only the end is read. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;
/** Folders above a session's folder that are looked at. */
const MAX_PARENTS = 64;

interface Log {
  ino: number;
  size: number;
  mtimeMs: number;
  entries: readonly (ReflogEntry | undefined)[];
}

/** What is known of one worktree; the same object as long as nothing in it changed. */
export interface WorktreeHistory {
  /** Commit and branch at `time` (ms since the epoch). Empty where that cannot be known. */
  at(time: number): HeadState;
}

interface KnownWorktree {
  entries: Log['entries'];
  branch: string | undefined;
  history: WorktreeHistory;
}

/**
 * Where HEAD of a worktree was at a moment, from its own log. Only reads files, and never runs git: what it would run is decided
 * by the configuration of the workspace.
 */
export class HeadHistory {
  private readonly access: GitFileAccess;
  private readonly logs = new Map<string, Log>();
  /** By the worktree's git folder. */
  private readonly worktrees = new Map<string, KnownWorktree>();

  constructor(access: GitFileAccess) {
    this.access = access;
  }

  /** Commit and branch that `folder` had at `time` (ms since the epoch). Empty where that cannot be known; never throws. */
  async at(folder: string, time: number): Promise<HeadState> {
    return (await this.worktree(folder))?.at(time) ?? {};
  }

  /** The history of the worktree that `folder` lies in; undefined where there is none. Never throws. */
  async worktree(folder: string): Promise<WorktreeHistory | undefined> {
    try {
      const gitFolder = await this.gitFolderOf(folder);
      return gitFolder === undefined ? undefined : await this.read(gitFolder);
    } catch {
      return undefined;
    }
  }

  private async read(gitFolder: string): Promise<WorktreeHistory> {
    const branch = await this.currentBranch(gitFolder);
    const entries = await this.entries(path.join(gitFolder, 'logs', 'HEAD'));
    const known = this.worktrees.get(gitFolder);
    if (known?.entries === entries && known.branch === branch) {
      return known.history;
    }
    const history: WorktreeHistory = { at: (time) => headAt(entries, time, branch) };
    this.worktrees.set(gitFolder, { entries, branch, history });
    return history;
  }

  /** The folder with HEAD and its log: `.git`, or what a `.git` file (worktree, submodule) names. */
  private async gitFolderOf(folder: string): Promise<string | undefined> {
    await this.access.stat(folder); // A worktree that is gone must not be taken for the repository around it.
    let current = path.resolve(folder);
    for (let i = 0; i < MAX_PARENTS; i++) {
      const found = await gitFolderIn(this.access, current);
      if (found !== undefined || (await this.isBare(current))) {
        return found;
      }
      const parent = path.dirname(current);
      if (parent === current) {
        return undefined;
      }
      current = parent;
    }
    return undefined;
  }

  private async isBare(folder: string): Promise<boolean> {
    const parts = await Promise.all(
      ['HEAD', 'objects', 'refs'].map((name) => statOf(this.access, path.join(folder, name))),
    );
    return parts[0]?.isFile === true && parts[1]?.isFile === false && parts[2]?.isFile === false;
  }

  private async currentBranch(gitFolder: string): Promise<string | undefined> {
    const head = await this.access.readText(path.join(gitFolder, 'HEAD'), MAX_POINTER_BYTES);
    return /^ref: refs\/heads\/(\S+)\s*$/.exec(head)?.[1];
  }

  private async entries(file: string): Promise<readonly (ReflogEntry | undefined)[]> {
    const { isFile, ino, size, mtimeMs } = await this.access.stat(file);
    const known = this.logs.get(file);
    if (known?.ino === ino && known.size === size && known.mtimeMs === mtimeMs) {
      return known.entries;
    }
    const entries = isFile ? parseReflog(await this.readEnd(file, size)) : [];
    this.logs.set(file, { ino, size, mtimeMs, entries });
    return entries;
  }

  /** The last whole lines of a file, as much as may be read. */
  private async readEnd(file: string, size: number): Promise<string> {
    const start = Math.max(0, size - MAX_LOG_BYTES);
    const buffer = Buffer.alloc(size - start);
    const handle = await this.access.open(file);
    try {
      let filled = 0;
      while (filled < buffer.length) {
        const got = await handle.read(buffer.subarray(filled), start + filled);
        if (got === 0) {
          break;
        }
        filled += got;
      }
      const text = buffer.toString('utf8', 0, filled);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      return start === 0 ? whole : whole.slice(whole.indexOf('\n') + 1);
    } finally {
      await handle.close();
    }
  }
}
