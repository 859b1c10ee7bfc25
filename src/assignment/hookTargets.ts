import * as path from 'node:path';

/** Agents that run a program at the start of a session and take text from it. */
export const HOOK_AGENTS = ['claude-code', 'codex', 'gemini', 'copilot-chat'] as const;
export type HookAgent = (typeof HOOK_AGENTS)[number];

export const HOOK_SCOPES = ['user', 'workspace'] as const;
export type HookScope = (typeof HOOK_SCOPES)[number];

/** A settings file of an agent that can name our program. */
export interface HookTarget {
  agent: HookAgent;
  scope: HookScope;
  file: string;
}

export interface HookPlaces {
  home: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** The open folder; absent with none. */
  workspaceFolder?: string | undefined;
}

const OWN_FILE = 'agent-experiments.json';

/** The file of each agent and scope. An agent's own environment variables are heeded. */
export function hookTarget(agent: HookAgent, scope: HookScope, places: HookPlaces): HookTarget | undefined {
  const { home, environment, workspaceFolder } = places;
  if (scope === 'workspace') {
    return workspaceFolder === undefined
      ? undefined
      : { agent, scope, file: path.join(workspaceFolder, ...inWorkspace[agent]) };
  }
  // An empty or relative value would mean a folder of whoever started the editor.
  const folder = (variable: string, otherwise: string): string => {
    const value = environment[variable] ?? '';
    return path.isAbsolute(value) ? value : otherwise;
  };
  const base: Record<HookAgent, string> = {
    'claude-code': path.join(folder('CLAUDE_CONFIG_DIR', path.join(home, '.claude')), 'settings.json'),
    codex: path.join(folder('CODEX_HOME', path.join(home, '.codex')), 'hooks.json'),
    gemini: path.join(folder('GEMINI_CLI_HOME', home), '.gemini', 'settings.json'),
    'copilot-chat': path.join(home, '.copilot', 'hooks', OWN_FILE),
  };
  return { agent, scope, file: base[agent] };
}

/** Claude Code's file is the one that is meant for this machine alone. */
const inWorkspace: Record<HookAgent, readonly string[]> = {
  'claude-code': ['.claude', 'settings.local.json'],
  codex: ['.codex', 'hooks.json'],
  gemini: ['.gemini', 'settings.json'],
  'copilot-chat': ['.github', 'hooks', OWN_FILE],
};

/**
 * Whether a file is for everybody who works in the folder. Our entry names a program below one person's home, which is nothing
 * to share.
 */
export function isShared({ agent, scope }: HookTarget): boolean {
  return scope === 'workspace' && agent !== 'claude-code';
}

type Json = Record<string, unknown>;

/** Seconds that an agent waits for the program before it goes on without it; the program itself gives up sooner. */
const TIMEOUT_SECONDS = 10;

/** The element of `hooks.SessionStart` that names our program, in the agent's own shape. */
export function hookEntry(agent: HookAgent, command: string): Json {
  const run = { type: 'command', command };
  switch (agent) {
    case 'claude-code':
      return { matcher: 'startup|resume|clear|compact', hooks: [{ ...run, timeout: TIMEOUT_SECONDS }] };
    case 'codex':
      return { matcher: 'startup|resume|clear|compact', hooks: [{ ...run, timeout: TIMEOUT_SECONDS }] };
    case 'gemini':
      return { hooks: [{ name: 'agent-experiments', ...run, timeout: TIMEOUT_SECONDS * 1000 }] };
    case 'copilot-chat':
      return { ...run, timeout: TIMEOUT_SECONDS };
  }
}
