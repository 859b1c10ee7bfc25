import * as path from 'node:path';
import { EDITOR_AGENT, parseEditorSession, toIndexedEditorSession } from './editorSessionFile';
import { diskAccess, isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside, pathRulesHere, withRealPath } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import type { IndexedSession, SessionSource } from '../model';
import { isProcessAlive } from '../reading/processes';

const MAX_BYTES = 64 * 1024;

export interface EditorSessionsOptions {
  /** Folder of the files that `EditorSessionRecorder` writes. */
  folder: string;
  access?: FileAccess;
  rules?: PathRules;
  isAlive?: (pid: number) => boolean;
}

/** Sessions of editor windows, this one and others, from the files that they left. */
export class EditorSessions implements SessionSource {
  readonly agent = EDITOR_AGENT;
  private readonly folder: string;
  private readonly access: FileAccess;
  private readonly rules: PathRules;
  private readonly isAlive: (pid: number) => boolean;

  constructor(options: EditorSessionsOptions) {
    this.folder = options.folder;
    this.access = options.access ?? diskAccess;
    this.rules = options.rules ?? pathRulesHere;
    this.isAlive = options.isAlive ?? isProcessAlive;
  }

  watchFolders(): string[] {
    return [this.folder];
  }

  async scan(
    workspaceFolders: readonly string[],
    _now: number,
    problem: (message: string) => void,
  ): Promise<IndexedSession[]> {
    const folders = (await Promise.all(workspaceFolders.map((folder) => withRealPath(folder, this.access)))).flat();
    const sessions: IndexedSession[] = [];
    for (const name of await this.listFiles(problem)) {
      const session = await this.read(path.join(this.folder, name), problem);
      const place = session?.workspaceFolder;
      const here = place === undefined ? folders.length === 0 : folders.some((f) => isInside(place, f, this.rules));
      if (session && here) {
        sessions.push(session);
      }
    }
    return sessions;
  }

  private async listFiles(problem: (message: string) => void): Promise<string[]> {
    try {
      const entries = await this.access.list(this.folder);
      return entries.flatMap(({ name, maybeFile }) => (maybeFile && name.endsWith('.json') ? [name] : [])).sort();
    } catch (error) {
      if (!isMissing(error)) {
        problem(`${this.folder}: ${reasonOf(error)}`);
      }
      return [];
    }
  }

  private async read(file: string, problem: (message: string) => void): Promise<IndexedSession | undefined> {
    try {
      const state = parseEditorSession(await this.access.readText(file, MAX_BYTES));
      if (state) {
        return toIndexedEditorSession(state, { live: state.endedAt === undefined && this.isAlive(state.pid) });
      }
      problem(`${file}: not an editor session`);
    } catch (error) {
      if (!isMissing(error)) {
        problem(`${file}: ${reasonOf(error)}`);
      }
    }
    return undefined;
  }
}
