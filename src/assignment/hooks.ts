import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { TEST_ANSWER } from './answer';
import { HookFiles, type FileChange } from './hookFiles';
import { TEST_SOURCE } from './hookInput';
import type { HookState } from './hookSettings';
import {
  HOOK_AGENTS,
  HOOK_SCOPES,
  hookTarget,
  isShared,
  type HookAgent,
  type HookScope,
  type HookTarget,
} from './hookTargets';
import { hookCommand, launcherPath, writeLauncher, type LauncherParts } from './launcher';

/** Whether an agent asks for its variant at the start of a session. */
export interface HookStatus {
  agent: HookAgent;
  state: HookState | 'unreadable';
  /** Where the state was found; the user's file where the hook is missing. */
  target: HookTarget;
  /** The last problem that the session-start program logged for the agent. */
  lastProblem?: string;
}

export type HookTest =
  | { ok: true; experiments: string[] }
  /** `readOnly`: the program cannot draw, since it cannot write. `detail` is for a person who looks into it. */
  | { ok: false; problem: 'noLauncher' | 'noAnswer' | 'readOnly'; detail: string };

export interface HooksOptions extends LauncherParts {
  home: string;
  environment: Readonly<Record<string, string | undefined>>;
  now: () => number;
}

/** Where hooks may be: `home` stands for the person's own, with no regard to environment variables. */
export interface HookWhere {
  agents: readonly HookAgent[];
  scopes: readonly HookScope[];
  workspaceFolder: string | undefined;
  home?: string | undefined;
}

const TEST_MS = 15_000;
const LARGEST_ANSWER = 64 * 1024;

/** The hooks of all agents on this machine: what there is, what would change, and whether it works. */
export class Hooks {
  private readonly files: HookFiles;
  private readonly launcher: string;

  constructor(private readonly options: HooksOptions) {
    this.files = new HookFiles(options);
    this.launcher = launcherPath(options);
  }

  /** An update of the extension or the editor moves what the launcher names. Throws what the file system says. */
  refreshLauncher(): void {
    if (existsSync(this.launcher)) writeLauncher(this.options);
  }

  planInstall(where: HookWhere): FileChange[] {
    return this.targets(where).map((target) =>
      isShared(target)
        ? { ok: false, target, problem: 'shared', detail: `${target.file} is shared` }
        : this.files.planInstall(target, this.command(target.agent)),
    );
  }

  /** Only files that name our program, or cannot be read. */
  planRemove(where: HookWhere): FileChange[] {
    return this.targets(where)
      .filter((target) => this.stateOf(target) !== 'missing')
      .map((target) => this.files.planRemove(target));
  }

  /** Throws what the file system says, and Error where a file is not what the plan saw. */
  install(change: FileChange): void {
    writeLauncher(this.options);
    this.files.write(change);
  }

  remove(change: FileChange): void {
    this.files.write(change);
  }

  status(agent: HookAgent, workspaceFolder: string | undefined): HookStatus {
    const targets = this.targets({ agents: [agent], scopes: HOOK_SCOPES, workspaceFolder });
    // VS Code's agent runs the hooks of Claude Code's settings, too.
    if (agent === 'copilot-chat') {
      targets.push(...this.targets({ agents: ['claude-code'], scopes: HOOK_SCOPES, workspaceFolder }));
    }
    const states = targets.map((target) => ({ target, state: this.stateOf(target) }));
    const told =
      states.find(({ state }) => state === 'inPlace') ??
      states.find(({ state, target }) => state !== 'missing' && target.agent === agent) ??
      states[0];
    if (told === undefined) throw new Error(`no settings file of ${agent}`);
    const state = told.state === 'inPlace' && !existsSync(this.launcher) ? 'other' : told.state;
    const lastProblem = this.lastProblem(agent);
    return { agent, state, target: told.target, ...(lastProblem === undefined ? {} : { lastProblem }) };
  }

  /**
   * Runs the program as the agent would, through a shell, and asks whether all is in place. Draws nothing. Never rejects. The
   * folder that is asked about is never the working folder: a shell may look there for programs, and it may be anybody's.
   */
  async test(agent: HookAgent, folder: string): Promise<HookTest> {
    if (!existsSync(this.launcher)) return { ok: false, problem: 'noLauncher', detail: this.launcher };
    const input = {
      session_id: TEST_SOURCE,
      hook_event_name: 'SessionStart',
      source: TEST_SOURCE,
      cwd: folder,
    };
    const { output, detail } = await runShell(this.command(agent), path.dirname(this.launcher), JSON.stringify(input));
    const answer = readAnswer(output);
    if (answer === undefined) {
      return { ok: false, problem: 'noAnswer', detail: detail ?? this.lastProblem(agent) ?? output };
    }
    return answer.status === 'ready'
      ? { ok: true, experiments: answer.experiments }
      : { ok: false, problem: 'readOnly', detail: answer.status };
  }

  private targets({ agents, scopes, workspaceFolder, home }: HookWhere): HookTarget[] {
    const places = {
      home: home ?? this.options.home,
      environment: home === undefined ? this.options.environment : {},
      workspaceFolder,
    };
    return agents.flatMap((agent) => scopes.flatMap((scope) => hookTarget(agent, scope, places) ?? []));
  }

  private stateOf(target: HookTarget): HookState | 'unreadable' {
    return this.files.state(target, this.command(target.agent));
  }

  private command(agent: HookAgent): string {
    return hookCommand(this.launcher, agent, this.options.platform);
  }

  /** Lines are `TIME AGENT PROBLEM`. */
  private lastProblem(agent: HookAgent): string | undefined {
    try {
      const log = readFileSync(path.join(this.options.storage, 'session-start.log'), 'utf8');
      return log
        .split('\n')
        .reverse()
        .find((line) => line.split(' ')[1] === agent);
    } catch {
      return undefined;
    }
  }
}

export function isHookAgent(agent: unknown): agent is HookAgent {
  return HOOK_AGENTS.some((known) => known === agent);
}

/** The system's own shell by its full path: none that a search path or a working folder offers. */
export function systemShell(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (platform !== 'win32') return '/bin/sh';
  const root = environment['SystemRoot'] ?? '';
  return path.win32.join(/^[a-z]:\\/i.test(root) ? root : 'C:\\Windows', 'System32', 'cmd.exe');
}

function runShell(command: string, cwd: string, input: string): Promise<{ output: string; detail?: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      cwd,
      shell: systemShell(process.platform, process.env),
      timeout: TEST_MS,
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < LARGEST_ANSWER) output += text;
    });
    child.on('error', (error) => {
      resolve({ output, detail: error.message });
    });
    child.on('close', () => {
      resolve({ output });
    });
    // A program that ends without reading is told by its answer.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function readAnswer(output: string): { status: string; experiments: string[] } | undefined {
  try {
    const { status, experiments } = (JSON.parse(output) as Record<string, Record<string, unknown> | undefined>)[
      TEST_ANSWER
    ] ?? { status: undefined, experiments: undefined };
    if (typeof status !== 'string' || !Array.isArray(experiments)) return undefined;
    return { status, experiments: experiments.filter((name) => typeof name === 'string') };
  } catch {
    return undefined;
  }
}
