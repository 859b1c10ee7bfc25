import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const START = Date.UTC(2026, 2, 4, 9, 0, 0);
export const MINUTE = 60_000;

/** A real repository in a temporary folder, made by git, whose clock stands at the minute that each step names. */
export class Repository {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'head-history-')));
  readonly folder = path.join(this.root, 'shop');

  constructor() {
    fs.mkdirSync(this.folder);
    this.git(0, 'init', '-q', '-b', 'main');
  }

  /** Runs git in the repository (or another folder below the root) at a minute after the start. */
  git(minute: number, ...args: string[]): string {
    return this.gitIn(this.folder, minute, ...args);
  }

  gitIn(folder: string, minute: number, ...args: string[]): string {
    const date = `${(START + minute * MINUTE) / 1000} +0100`;
    const env = {
      PATH: process.env['PATH'],
      HOME: this.root,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada <x> 1 +0000',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada 99 +0000',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_EDITOR: 'true',
      GIT_ALLOW_PROTOCOL: 'file',
    };
    return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** A commit that changes one file; its id. */
  commit(minute: number, file = 'a.txt', folder = this.folder): string {
    fs.writeFileSync(path.join(folder, file), `${minute} in ${file}\n`);
    this.gitIn(folder, minute, 'add', '-A');
    this.gitIn(folder, minute, 'commit', '-q', '-m', `minute ${minute}\t> 5 +0000`);
    return this.gitIn(folder, minute, 'rev-parse', 'HEAD');
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
