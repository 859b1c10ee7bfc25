import * as path from 'node:path';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { isInside } from '../reading/folders';
import type { PathRules } from '../reading/folders';
import { isRecord } from '../reading/jsonLines';
import { expandHome } from '../reading/values';

/** The environment variable and the home folder that decide where Gemini CLI keeps its files. */
export interface GeminiEnvironment {
  home: string;
  /** Stands for the home folder: `.gemini` is below it. */
  GEMINI_CLI_HOME?: string | undefined;
}

const MAX_REGISTRY_BYTES = 4 * 1024 * 1024;
const MAX_MARKER_BYTES = 64 * 1024;

/** The folder `.gemini`, whether it exists or not. `override`, a setting, names it whole. */
export function geminiFolder(environment: GeminiEnvironment, override?: string): string {
  const named = (override ?? '').trim();
  if (named !== '') {
    return expandHome(named, environment.home);
  }
  const home = (environment.GEMINI_CLI_HOME ?? '').trim();
  return path.join(home === '' ? environment.home : expandHome(home, environment.home), '.gemini');
}

/** A folder below `tmp/` and the project that it is of. */
export interface GeminiProject {
  folder: string;
  root: string;
}

/**
 * The folders below `tmp/` that belong to the workspace folders or to folders below them. A folder is named by a short name that
 * `projects.json` or the marker `.project_root` in it explains (0.3x and later), or by the sha256 of the project's path (before),
 * which only tells of the workspace folders themselves.
 */
export async function findProjects(options: {
  gemini: string;
  workspaceFolders: readonly string[];
  rules: PathRules;
  access: FileAccess;
  problem: (message: string) => void;
}): Promise<GeminiProject[]> {
  const { gemini, workspaceFolders, rules, access, problem } = options;
  const registry = await readRegistry(path.join(gemini, 'projects.json'), access, problem);
  const projects: GeminiProject[] = [];
  const names = await folderNames(path.join(gemini, 'tmp'), access, problem);
  const hashes = new Map<string, string>();
  for (const root of names.length > 0 ? workspaceFolders : []) {
    for (const hash of await hashesOf(root)) hashes.set(hash, root);
  }
  for (const name of names) {
    const folder = path.join(gemini, 'tmp', name);
    const marked = await readText(path.join(folder, '.project_root'), MAX_MARKER_BYTES, access, problem);
    const root = marked?.trim() ?? registry.get(name) ?? hashes.get(name);
    if (root !== undefined && root !== '' && workspaceFolders.some((each) => isInside(root, each, rules))) {
      projects.push({ folder, root: workspaceFolders.find((each) => isSame(root, each, rules)) ?? root });
    }
  }
  return projects;
}

/** The name of the old folder of a project: Windows paths are written in lower case by newer versions. */
async function hashesOf(root: string): Promise<string[]> {
  // Of the global object, which loads it only now: most people have no such folder, and a start is quicker without it.
  const hash = async (text: string): Promise<string> =>
    Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
  return [await hash(root), await hash(root.toLowerCase())];
}

/** The workspace's own spelling is kept. */
function isSame(a: string, b: string, rules: PathRules): boolean {
  return isInside(a, b, rules) && isInside(b, a, rules);
}

/** `{projects: {path: name}}`, the other way round. */
async function readRegistry(
  file: string,
  access: FileAccess,
  problem: (message: string) => void,
): Promise<Map<string, string>> {
  const text = await readText(file, MAX_REGISTRY_BYTES, access, problem);
  try {
    const value: unknown = text === undefined ? {} : JSON.parse(text);
    const projects = isRecord(value) && isRecord(value['projects']) ? value['projects'] : {};
    return new Map(
      Object.entries(projects).flatMap(([root, name]) => (typeof name === 'string' ? [[name, root]] : [])),
    );
  } catch (error) {
    problem(`${file}: ${reasonOf(error)}`);
    return new Map();
  }
}

async function readText(
  file: string,
  maxBytes: number,
  access: FileAccess,
  problem: (message: string) => void,
): Promise<string | undefined> {
  try {
    return await access.readText(file, maxBytes);
  } catch (error) {
    if (!isMissing(error)) {
      problem(`${file}: ${reasonOf(error)}`);
    }
    return undefined;
  }
}

async function folderNames(folder: string, access: FileAccess, problem: (message: string) => void): Promise<string[]> {
  try {
    return (await access.list(folder)).filter((entry) => entry.maybeFolder).map((entry) => entry.name);
  } catch (error) {
    if (!isMissing(error)) {
      problem(`${folder}: ${reasonOf(error)}`);
    }
    return [];
  }
}
