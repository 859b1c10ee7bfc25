import * as path from 'node:path';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { expandHome } from '../reading/values';

/** The environment variables and the home folder that decide where OpenCode keeps its files. */
export interface OpenCodeEnvironment {
  home: string;
  XDG_DATA_HOME?: string | undefined;
  /** Another database file; relative to the data folder. */
  OPENCODE_DB?: string | undefined;
}

/** OpenCode's data folder, whether it exists or not: on Windows, too, below the home folder. `override` is a setting. */
export function openCodeFolder(environment: OpenCodeEnvironment, override?: string): string {
  const named = (override ?? '').trim();
  if (named !== '') {
    return expandHome(named, environment.home);
  }
  const data = (environment.XDG_DATA_HOME ?? '').trim();
  return path.join(data === '' ? path.join(environment.home, '.local', 'share') : data, 'opencode');
}

/** The databases: `opencode.db`, those of other channels (`opencode-*.db`), and the one that the environment names. */
export async function findDatabases(options: {
  folder: string;
  environment: OpenCodeEnvironment;
  access: FileAccess;
  problem: (message: string) => void;
}): Promise<string[]> {
  const { folder, environment, access, problem } = options;
  const files = new Set<string>();
  const named = (environment.OPENCODE_DB ?? '').trim();
  if (named !== '' && named !== ':memory:') {
    files.add(path.resolve(folder, expandHome(named, environment.home)));
  }
  try {
    for (const { name, maybeFile } of await access.list(folder)) {
      if (maybeFile && /^opencode(?:-[^/\\]+)?\.db$/.test(name)) {
        files.add(path.join(folder, name));
      }
    }
  } catch (error) {
    if (!isMissing(error)) {
      problem(`${folder}: ${reasonOf(error)}`);
    }
  }
  return [...files];
}
