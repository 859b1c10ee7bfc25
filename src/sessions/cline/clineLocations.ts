import * as path from 'node:path';
import { userDataFolders } from '../reading/userData';
import type { UserDataEnvironment } from '../reading/userData';
import { expandHome } from '../reading/values';

export const CLINE_AGENTS = ['cline', 'roo-code', 'kilo-code'] as const;
export type ClineAgent = (typeof CLINE_AGENTS)[number];

export interface ClineEnvironment extends UserDataEnvironment {
  CLINE_DATA_DIR?: string | undefined;
  CLINE_DIR?: string | undefined;
}

const EXTENSIONS: Readonly<Record<ClineAgent, readonly string[]>> = {
  cline: ['saoudrizwan.claude-dev', 'saoudrizwan.cline-nightly'],
  'roo-code': ['rooveterinaryinc.roo-cline', 'rooveterinaryinc.roo-code-nightly'],
  'kilo-code': ['kilocode.kilo-code'],
};

/** Folders that may hold `tasks/`, whether they exist or not. `override` (a setting) comes in addition: it may be new. */
export function taskRoots(agent: ClineAgent, environment: ClineEnvironment, override?: string): string[] {
  const own = (override ?? '').trim();
  const storages = userDataFolders(environment).map((user) => path.join(user, 'globalStorage'));
  return [
    ...(own === '' ? [] : [expandHome(own, environment.home)]),
    ...storages.flatMap((storage) => EXTENSIONS[agent].map((extension) => path.join(storage, extension))),
    ...(agent === 'cline' ? [sdkRoot(environment)] : []),
  ];
}

/** The data folder of Cline's command line program and desktop app. */
export function sdkRoot(environment: ClineEnvironment): string {
  const { home, CLINE_DATA_DIR, CLINE_DIR } = environment;
  if (CLINE_DATA_DIR !== undefined && CLINE_DATA_DIR !== '') {
    return expandHome(CLINE_DATA_DIR, home);
  }
  const folder = CLINE_DIR === undefined || CLINE_DIR === '' ? path.join(home, '.cline') : expandHome(CLINE_DIR, home);
  return path.join(folder, 'data');
}
