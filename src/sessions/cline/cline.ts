import type { IndexedSession, SessionSource } from '../model';
import { diskAccess } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { pathRulesHere } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { DEFAULT_LIVE_MINUTES } from '../reading/liveness';
import { Places } from '../reading/places';
import { isProcessAlive } from '../reading/processes';
import { sdkRoot, taskRoots } from './clineLocations';
import type { ClineAgent, ClineEnvironment } from './clineLocations';
import { SdkSessions } from './clineSdkSessions';
import { TaskSessions } from './clineTasks';
import * as path from 'node:path';

export interface ClineOptions {
  agent: ClineAgent;
  environment: ClineEnvironment;
  /** A setting: another folder that holds `tasks/` (Roo's and Kilo's custom storage path). */
  folder?: string | undefined;
  liveMinutes?: number;
  access?: FileAccess;
  rules?: PathRules;
  isAlive?: (pid: number) => boolean;
}

/** What reading needs beside the files. */
export interface ClineScan {
  agent: ClineAgent;
  wanted: readonly string[];
  now: number;
  liveMinutes: number;
  isAlive: (pid: number) => boolean;
  problem: (message: string) => void;
}

/** Sessions of Cline, Roo Code or Kilo Code: tasks of the VS Code extensions, and for Cline those of its other programs. */
export class ClineSessions implements SessionSource {
  readonly agent: ClineAgent;
  private readonly options: ClineOptions;
  private readonly places: Places;
  private readonly tasks: TaskSessions;
  private readonly sdk: SdkSessions;
  private scanning: Promise<unknown> = Promise.resolve();

  constructor(options: ClineOptions) {
    this.options = options;
    this.agent = options.agent;
    const access = options.access ?? diskAccess;
    this.places = new Places(access, options.rules ?? pathRulesHere);
    this.tasks = new TaskSessions(access, this.places);
    this.sdk = new SdkSessions(access, this.places);
  }

  watchFolders(): string[] {
    const tasks = this.roots().map((root) => path.join(root, 'tasks'));
    return this.agent === 'cline' ? [...tasks, path.join(sdkRoot(this.options.environment), 'sessions')] : tasks;
  }

  /** One scan after the other: they share what was read. */
  scan(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const scan = this.scanning.then(() => this.scanNow(workspaceFolders, now, problem));
    this.scanning = scan.catch(() => undefined);
    return scan;
  }

  private async scanNow(
    workspaceFolders: readonly string[],
    now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const around: ClineScan = {
      agent: this.agent,
      wanted: await this.places.wanted(workspaceFolders),
      now,
      liveMinutes: this.options.liveMinutes ?? DEFAULT_LIVE_MINUTES,
      isAlive: this.options.isAlive ?? isProcessAlive,
      problem,
    };
    const tasks = await this.tasks.scan(this.roots(), around);
    return this.agent === 'cline'
      ? [...tasks, ...(await this.sdk.scan(sdkRoot(this.options.environment), around))]
      : tasks;
  }

  private roots(): string[] {
    return taskRoots(this.agent, this.options.environment, this.options.folder);
  }
}
