/**
 * How Claude Code names the folder of a project below `projects/`: the real path in Unicode NFC, every UTF-16 unit outside
 * A-Z a-z 0-9 replaced by `-`. Names over 200 units are cut there and end with a hash that differs between versions.
 */
const MAX_SLUG = 200;

const dashed = (path: string): string => path.normalize('NFC').replace(/[^A-Za-z0-9]/g, '-');

/** The folder name of a project path; of a long path only the part that every version agrees on. */
export function claudeSlug(path: string): string {
  return dashed(path).slice(0, MAX_SLUG);
}

export type SlugMatch = 'same' | 'maybeBelow' | 'no';

/**
 * Whether a folder name below `projects/` can belong to the workspace folder or to a folder below it. The name alone never
 * proves it (`/a/b-c` and `/a/b/c` share one): the `cwd` in the records decides. `ignoreCase` is for Windows.
 */
export function matchSlug(name: string, workspaceFolder: string, ignoreCase: boolean): SlugMatch {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const folder = fold(name.normalize('NFC'));
  const whole = fold(dashed(workspaceFolder));
  if (whole.length > MAX_SLUG) {
    return folder.startsWith(whole.slice(0, MAX_SLUG)) ? 'same' : 'no';
  }
  if (folder === whole) {
    return 'same';
  }
  const below = `${fold(dashed(workspaceFolder.replace(/[\\/]+$/, '')))}-`.slice(0, MAX_SLUG);
  return folder.startsWith(below) ? 'maybeBelow' : 'no';
}
