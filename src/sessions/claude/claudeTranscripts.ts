import * as path from 'node:path';
import { matchSlug } from './claudeSlug';
import type { FileAccess } from '../reading/fileAccess';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { PathRules } from '../reading/folders';

/** Sub-agents of sub-agents and workflow runs are folders in folders; deeper ones are not looked at. */
const MAX_DEPTH = 8;

/** A transcript file as the folder layout shows it. */
export interface TranscriptFile {
  path: string;
  /** `same`: the folder's name is that of a workspace folder; else it may be one of a folder below. */
  folder: 'same' | 'maybeBelow';
  kind: 'main' | 'subagent';
  /** The session that the layout names: the file's name where it is a UUID, or the folder around `subagents`. */
  sessionId: string | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface TranscriptSearch {
  configFolders: readonly string[];
  /** With real paths. */
  workspaceFolders: readonly string[];
  /** Name of the project folder that the user chose instead of the one made from the path. */
  projectFolderName?: string | undefined;
  rules: PathRules;
  access: FileAccess;
  problem: (message: string) => void;
}

/**
 * All transcripts that may belong to the workspace folders, main ones before those of sub-agents:
 * `projects/<slug>/<uuid>.jsonl`, `projects/<slug>/agent-*.jsonl` (Claude Code 2.0) and
 * `projects/<slug>/<uuid>/subagents/**.jsonl` (2.1).
 */
export async function findTranscripts(search: TranscriptSearch): Promise<TranscriptFile[]> {
  const found = new Map<string, TranscriptFile>();
  const seenProjects = new Set<string>();
  for (const config of search.configFolders) {
    const projects = path.join(config, 'projects');
    await isFirstVisit(projects, seenProjects, search.access);
    for (const entry of await listFolder(projects, search)) {
      const folder = entry.maybeFolder ? matchFolder(entry.name, search) : 'no';
      const place = path.join(projects, entry.name);
      if (folder !== 'no' && (await isFirstVisit(place, seenProjects, search.access))) {
        for (const file of await findInProject(place, folder, search, seenProjects)) {
          found.set(file.path, file);
        }
      }
    }
  }
  return [...found.values()].sort(
    (a, b) => Number(a.kind === 'subagent') - Number(b.kind === 'subagent') || (a.path < b.path ? -1 : 1),
  );
}

function matchFolder(name: string, search: TranscriptSearch): 'same' | 'maybeBelow' | 'no' {
  const matches = search.workspaceFolders.map((folder) => matchSlug(name, folder, search.rules.windows));
  if (matches.includes('same') || name === search.projectFolderName) {
    return 'same';
  }
  return matches.includes('maybeBelow') ? 'maybeBelow' : 'no';
}

async function findInProject(
  project: string,
  folder: 'same' | 'maybeBelow',
  search: TranscriptSearch,
  /** Projects, which no session's folder may lead back to: its sub-agents would be other sessions. */
  projects: ReadonlySet<string>,
): Promise<TranscriptFile[]> {
  const files: TranscriptFile[] = [];
  for (const entry of await listFolder(project, search)) {
    const place = `${project}${path.sep}${entry.name}`; // Of thousands of files; `join` takes several times as long.
    if (entry.maybeFile && entry.name.endsWith('.jsonl')) {
      const name = entry.name.slice(0, -'.jsonl'.length);
      const kind = name.startsWith('agent-') ? 'subagent' : 'main';
      files.push({ path: place, folder, kind, sessionId: UUID.test(name) ? name.toLowerCase() : undefined });
    } else if (entry.maybeFolder && UUID.test(entry.name)) {
      const sessionId = entry.name.toLowerCase();
      for (const file of await findBelow(path.join(place, 'subagents'), search, new Set(projects))) {
        files.push({ path: file, folder, kind: 'subagent', sessionId });
      }
    }
  }
  return files;
}

async function findBelow(folder: string, search: TranscriptSearch, seen: Set<string>, depth = 0): Promise<string[]> {
  if (depth > MAX_DEPTH || !(await isFirstVisit(folder, seen, search.access))) {
    return [];
  }
  const files: string[] = [];
  for (const entry of await listFolder(folder, search)) {
    const place = path.join(folder, entry.name);
    if (entry.maybeFile && entry.name.endsWith('.jsonl')) {
      files.push(place);
    } else if (entry.maybeFolder) {
      files.push(...(await findBelow(place, search, seen, depth + 1)));
    }
  }
  return files;
}

/** False for a folder that was visited under another name, as in a loop of symbolic links. */
async function isFirstVisit(folder: string, seen: Set<string>, access: FileAccess): Promise<boolean> {
  let real: string;
  try {
    real = await access.realpath(folder);
  } catch {
    real = folder; // Listing it will say what is wrong.
  }
  const first = !seen.has(real);
  seen.add(real);
  return first;
}

async function listFolder(folder: string, search: TranscriptSearch): Promise<Awaited<ReturnType<FileAccess['list']>>> {
  try {
    const entries = await search.access.list(folder);
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (!isMissing(error)) {
      search.problem(`${folder}: ${reasonOf(error)}`);
    }
    return [];
  }
}
