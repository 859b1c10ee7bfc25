import * as path from 'node:path';
import type { FileAccess } from '../reading/fileAccess';
import { listFolder } from '../reading/wholeFiles';

/** `sessions/YYYY/MM/DD` and some to spare. */
const MAX_DEPTH = 6;

export interface Rollout {
  path: string;
  compressed: boolean;
}

/**
 * All rollouts: `sessions/YYYY/MM/DD/*.jsonl` and `archived_sessions/*.jsonl`, by path. Codex compresses old ones to `.jsonl.zst`; where
 * both are there the plain one is the newer.
 */
export async function findRollouts(
  home: string,
  access: FileAccess,
  problem: (message: string) => void,
): Promise<Rollout[]> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH || !(await isFirstVisit(folder, seen, access))) {
      return;
    }
    for (const entry of await listFolder(folder, access, problem)) {
      const place = path.join(folder, entry.name);
      if (entry.maybeFile && /\.jsonl(?:\.zst)?$/.test(entry.name)) {
        names.add(place);
      } else if (entry.maybeFolder) {
        await visit(place, depth + 1);
      }
    }
  };
  await visit(path.join(home, 'sessions'), 0);
  await visit(path.join(home, 'archived_sessions'), 0);
  return [...names]
    .filter((name) => !name.endsWith('.zst') || !names.has(name.slice(0, -'.zst'.length)))
    .sort()
    .map((name) => ({ path: name, compressed: name.endsWith('.zst') }));
}

/** False for a folder that was visited under another name, as in a loop of symbolic links. */
async function isFirstVisit(folder: string, seen: Set<string>, access: FileAccess): Promise<boolean> {
  let real = folder;
  try {
    real = await access.realpath(folder);
  } catch {
    // Listing it will say what is wrong.
  }
  const first = !seen.has(real);
  seen.add(real);
  return first;
}
