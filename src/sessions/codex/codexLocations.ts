import * as path from 'node:path';
import { expandHome } from '../reading/values';

/** The environment variable and the home folder that decide where Codex keeps its files. */
export interface CodexEnvironment {
  home: string;
  CODEX_HOME?: string | undefined;
}

/** Codex's folder, whether it exists or not. `override`, a setting, comes before the environment; empty is unset. */
export function codexHome(environment: CodexEnvironment, override?: string): string {
  const named = [override, environment.CODEX_HOME]
    .map((folder) => (folder ?? '').trim())
    .find((folder) => folder !== '');
  return named === undefined ? path.join(environment.home, '.codex') : expandHome(named, environment.home);
}
