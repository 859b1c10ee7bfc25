import * as path from 'node:path';
import type { FileAccess } from '../reading/fileAccess';
import { isMissing, reasonOf } from '../reading/fileAccess';
import { isRecord } from '../reading/jsonLines';

const MAX_BYTES = 64 * 1024;

/**
 * Sessions whose process runs, with its pid: Claude Code (since March 2026) keeps `<config>/sessions/<pid>.json`
 * `{pid, sessionId, cwd, startedAt, status, updatedAt}` while it runs.
 */
export async function runningClaudeSessions(
  configFolders: readonly string[],
  access: FileAccess,
  isAlive: (pid: number) => boolean,
  problem: (message: string) => void,
): Promise<Map<string, number>> {
  const running = new Map<string, number>();
  for (const config of configFolders) {
    const folder = path.join(config, 'sessions');
    try {
      for (const { name } of (await access.list(folder)).filter((entry) => entry.maybeFile)) {
        const found = /^\d{1,10}\.json$/.test(name)
          ? await readState(path.join(folder, name), access, problem)
          : undefined;
        if (found && isAlive(found.pid)) {
          running.set(found.sessionId.toLowerCase(), found.pid);
        }
      }
    } catch (error) {
      if (!isMissing(error)) {
        problem(`${folder}: ${reasonOf(error)}`);
      }
    }
  }
  return running;
}

async function readState(
  file: string,
  access: FileAccess,
  problem: (message: string) => void,
): Promise<{ pid: number; sessionId: string } | undefined> {
  try {
    const state: unknown = JSON.parse(await access.readText(file, MAX_BYTES));
    if (isRecord(state) && typeof state['sessionId'] === 'string') {
      const pid = typeof state['pid'] === 'number' ? state['pid'] : Number(path.basename(file, '.json'));
      return Number.isSafeInteger(pid) && pid > 0 ? { pid, sessionId: state['sessionId'] } : undefined;
    }
  } catch (error) {
    if (!isMissing(error)) {
      problem(`${file}: ${reasonOf(error)}`);
    }
  }
  return undefined;
}
