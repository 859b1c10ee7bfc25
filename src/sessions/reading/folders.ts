import * as path from 'node:path';
import type { FileAccess } from './fileAccess';

/** Paths are compared as on this platform; Windows ignores case and takes both separators. */
export interface PathRules {
  windows: boolean;
}

export const pathRulesHere: PathRules = { windows: process.platform === 'win32' };

function comparable(folder: string, rules: PathRules): string {
  const flavour = rules.windows ? path.win32 : path.posix;
  const normal = flavour.normalize(folder.normalize('NFC'));
  const bare = normal.replace(rules.windows ? /[\\/]+$/ : /\/+$/, '');
  return rules.windows ? bare.toLowerCase() : bare;
}

/** True where `folder` is `parent` or lies below it, by name alone. */
export function isInside(folder: string, parent: string, rules: PathRules): boolean {
  const inner = comparable(folder, rules);
  const outer = comparable(parent, rules);
  return inner === outer || inner.startsWith(outer + (rules.windows ? '\\' : '/'));
}

/** The folder and, where it is another, its real path. A folder that is gone keeps its name. */
export async function withRealPath(folder: string, access: FileAccess): Promise<string[]> {
  try {
    const real = await access.realpath(folder);
    return real === folder ? [folder] : [folder, real];
  } catch {
    return [folder];
  }
}
