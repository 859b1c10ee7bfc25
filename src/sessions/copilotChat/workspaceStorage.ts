import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isRecord } from '../reading/jsonLines';
import type { Places } from '../reading/places';
import { textOf } from '../reading/values';
import { listFolder, parseJson } from '../reading/wholeFiles';

const MAX_BYTES = 1024 * 1024;

/** A folder of an editor's `workspaceStorage` that belongs to the workspace. */
export interface Storage {
  folder: string;
  /** The folder that was open; undefined where that is not told. */
  workspaceFolder: string | undefined;
}

/** Finds the storage folders of the workspace by what each says in its `workspace.json`. */
export async function findStorages(options: {
  userFolders: readonly string[];
  /** The running window's own folder: it belongs, whatever it says. */
  own: string | undefined;
  wanted: readonly string[];
  places: Places;
  access: FileAccess;
  problem: (message: string) => void;
}): Promise<Storage[]> {
  const { userFolders, own, wanted, places, access, problem } = options;
  const found = new Map<string, Storage>();
  if (own !== undefined) {
    const folders = await openFolders(own, access, problem);
    found.set(path.resolve(own), { folder: own, workspaceFolder: folders[0] ?? wanted[0] });
  }
  for (const user of userFolders) {
    const root = path.join(user, 'workspaceStorage');
    for (const { name, maybeFolder } of await listFolder(root, access, problem)) {
      const folder = path.join(root, name);
      if (!maybeFolder || found.has(path.resolve(folder))) {
        continue;
      }
      const workspaceFolder = await firstInside(await openFolders(folder, access, problem), wanted, places);
      if (workspaceFolder !== undefined) {
        found.set(path.resolve(folder), { folder, workspaceFolder });
      }
    }
  }
  return [...found.values()];
}

async function firstInside(
  folders: readonly string[],
  wanted: readonly string[],
  places: Places,
): Promise<string | undefined> {
  for (const folder of folders) {
    if (await places.isInside(folder, wanted)) {
      return folder;
    }
  }
  return undefined;
}

/** The folders of the window that a storage folder belongs to: one, or those of a `.code-workspace` file. */
async function openFolders(storage: string, access: FileAccess, problem: (message: string) => void): Promise<string[]> {
  const file = path.join(storage, 'workspace.json');
  try {
    const value = parseJson(await access.readText(file, MAX_BYTES));
    const folder = isRecord(value) ? textOf(value['folder']) : undefined;
    const workspace = isRecord(value) ? (textOf(value['workspace']) ?? textOf(value['configuration'])) : undefined;
    if (folder !== undefined) {
      return [filePath(folder)].filter((each) => each !== undefined);
    }
    const workspaceFile = workspace === undefined ? undefined : filePath(workspace);
    return workspaceFile === undefined
      ? []
      : workspaceFolders(await access.readText(workspaceFile, MAX_BYTES), workspaceFile);
  } catch (error) {
    if (!isMissing(error)) {
      problem(`${file}: ${reasonOf(error)}`);
    }
    return [];
  }
}

/** The path of a `file:` URI without a host; other schemes are on other machines. */
export function filePath(uri: string): string | undefined {
  if (!/^file:\/\/\//i.test(uri)) {
    return undefined;
  }
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** The file is JSON with comments, so only its paths are looked for. */
function workspaceFolders(text: string, file: string): string[] {
  return [...text.matchAll(/"path"\s*:\s*("(?:[^"\\\n]|\\.)*")/g)].flatMap((match) => {
    try {
      const folder: unknown = JSON.parse(match[1] ?? '');
      return typeof folder === 'string' ? [path.resolve(path.dirname(file), folder)] : [];
    } catch {
      return [];
    }
  });
}
