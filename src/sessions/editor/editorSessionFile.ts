import { EDITOR_AGENT } from '../../domain/sample';
import { isRecord } from '../reading/jsonLines';
import type { IndexedSession } from '../model';

export { EDITOR_AGENT };

const MS_PER_MINUTE = 60_000;

/** What is kept of an editor window's session, in `<id>.json`. Times in ms since the epoch. */
export interface EditorSessionState {
  version: 1;
  id: string;
  pid: number;
  workspaceFolder?: string;
  startedAt: number;
  lastActiveAt: number;
  endedAt?: number;
  activeMs: number;
  filesTouched: number;
  branch?: string;
  startCommit?: string;
}

/** The state in a file's text; undefined where it is something else. */
export function parseEditorSession(text: string): EditorSessionState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['version'] !== 1) {
    return undefined;
  }
  const { id, pid, startedAt, lastActiveAt, activeMs, filesTouched } = value;
  if (typeof id !== 'string' || !id.startsWith(`${EDITOR_AGENT}-`)) {
    return undefined;
  }
  if (!isCount(pid) || !isCount(startedAt) || !isCount(lastActiveAt) || !isCount(activeMs) || !isCount(filesTouched)) {
    return undefined;
  }
  const { endedAt, workspaceFolder, branch, startCommit } = value;
  return {
    version: 1,
    id,
    pid,
    startedAt,
    lastActiveAt,
    activeMs,
    filesTouched,
    ...(isCount(endedAt) ? { endedAt } : {}),
    ...(typeof workspaceFolder === 'string' ? { workspaceFolder } : {}),
    ...(typeof branch === 'string' ? { branch } : {}),
    ...(typeof startCommit === 'string' ? { startCommit } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** A session whose window is gone without a word ended with its last activity. */
export function toIndexedEditorSession(state: EditorSessionState, { live }: { live: boolean }): IndexedSession {
  const { id, startedAt, lastActiveAt, workspaceFolder, branch, startCommit } = state;
  return {
    id,
    agent: EDITOR_AGENT,
    ...(workspaceFolder === undefined ? {} : { workspaceFolder }),
    startedAt,
    lastActiveAt,
    ...(live
      ? { liveBecause: `the window's process ${state.pid} is running` }
      : { endedAt: state.endedAt ?? lastActiveAt }),
    ...(branch === undefined ? {} : { branch }),
    ...(startCommit === undefined ? {} : { startCommit }),
    prompts: 0,
    toolCalls: 0,
    toolErrors: 0,
    filesTouched: state.filesTouched,
    activeMinutes: state.activeMs / MS_PER_MINUTE,
    wallMinutes: Math.max(0, lastActiveAt - startedAt) / MS_PER_MINUTE,
    models: {},
  };
}
