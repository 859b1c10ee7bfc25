import * as path from 'node:path';

/** The environment variables and the home folder that decide where Claude Code keeps its files. */
export interface ClaudeEnvironment {
  home: string;
  /** The folder that Claude Code uses instead of `~/.claude`; several separated by commas are read, as ccusage does. */
  CLAUDE_CONFIG_DIR?: string | undefined;
  XDG_CONFIG_HOME?: string | undefined;
  /** Name of the project folder instead of the one made from the path. */
  CLAUDE_CODE_PROJECT_DIR_NAME?: string | undefined;
}

/**
 * Claude Code's configuration folders, whether they exist or not. `override`, a setting, replaces everything else. Some 1.0
 * versions wrote to the XDG folder, so it is looked at beside `~/.claude`.
 */
export function claudeConfigFolders(environment: ClaudeEnvironment, override?: string): string[] {
  const named = folderList(override, environment.home);
  if (named.length > 0) {
    return named;
  }
  const chosen = folderList(environment.CLAUDE_CONFIG_DIR, environment.home);
  if (chosen.length > 0) {
    return chosen;
  }
  const xdg = environment.XDG_CONFIG_HOME;
  return [
    path.join(environment.home, '.claude'),
    path.join(xdg === undefined || xdg === '' ? path.join(environment.home, '.config') : xdg, 'claude'),
  ];
}

function folderList(text: string | undefined, home: string): string[] {
  const folders = (text ?? '')
    .split(',')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '')
    .map((folder) => (/^~(?=$|[\\/])/.test(folder) ? path.join(home, folder.slice(1)) : folder));
  return [...new Set(folders)];
}
