import type { FileAccess } from '../reading/fileAccess';

/** What Copilot CLI notes beside a session's events. */
export interface CopilotWorkspace {
  cwd?: string;
  branch?: string;
  name?: string;
  summary?: string;
}

const MAX_BYTES = 256 * 1024;
const KEYS = ['cwd', 'branch', 'name', 'summary'] as const;

/** Plain `key: value` lines of `workspace.yaml`; nothing where it is missing or is written in another way. */
export async function workspaceFileOf(file: string, access: FileAccess): Promise<CopilotWorkspace> {
  try {
    return workspaceOf(await access.readText(file, MAX_BYTES));
  } catch {
    return {};
  }
}

export function workspaceOf(yaml: string): CopilotWorkspace {
  const found: CopilotWorkspace = {};
  for (const key of KEYS) {
    const value = scalarOf(new RegExp(`^${key}:[ \\t]+(.+)$`, 'm').exec(yaml)?.[1]?.trim());
    if (value !== undefined) {
      found[key] = value;
    }
  }
  return found;
}

/** A plain or quoted value on one line; a block, a list or null is none. */
function scalarOf(text: string | undefined): string | undefined {
  if (text === undefined || /^(?:[|>[{&*!#]|null$|~$)/.test(text)) {
    return undefined;
  }
  const single = /^'((?:[^']|'')*)'$/.exec(text)?.[1];
  if (single !== undefined) {
    return single.replaceAll("''", "'");
  }
  if (!text.startsWith('"')) {
    return text;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
