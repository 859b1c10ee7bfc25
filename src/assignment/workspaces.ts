import { realpathSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Undefined where it is not on this machine's disk. */
function pathOf(workspaceUri: string): string | undefined {
  try {
    return fileURLToPath(workspaceUri);
  } catch {
    return undefined;
  }
}

/** Whether a workspace folder is another one, or lies in it; both are URIs. */
export function isWithinWorkspace(workspaceUri: string, outerUri: string): boolean {
  const folder = pathOf(workspaceUri);
  return folder !== undefined && isInWorkspace(folder, outerUri);
}

/** Whether a folder is a workspace folder, or lies in it. False where the workspace is not on this machine's disk. */
export function isInWorkspace(folder: string, workspaceUri: string): boolean {
  const workspace = pathOf(workspaceUri);
  if (workspace === undefined) return false;
  const relative = path.relative(resolved(workspace), resolved(folder));
  return relative === '' || (!path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..');
}

/** Links on the way are followed: an agent may name the folder by another path than the editor. */
function resolved(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return path.resolve(folder);
  }
}
