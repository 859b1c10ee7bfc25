import { spawn, type ChildProcess } from 'node:child_process';
import type { Program } from './programs';

const running = new Set<ChildProcess>();
process.once('exit', killAgents);

/** A run of an agent: a process, and what it has written so far. */
export interface AgentProcess {
  output(): string;
  /** Resolves when it has ended well; rejects with its output when it failed or was killed. */
  ended: Promise<void>;
  kill(): void;
}

/** No run of one of these agents takes so long: each asks a server on this machine a few times. */
const DEADLINE_MS = 90_000;

/** Starts an agent with nothing to read from, in a process group of its own, so that its tools end with it. */
export function startAgent(
  program: Program,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): AgentProcess {
  const child = spawn(program.command, [...program.args, ...args], {
    ...options,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => {
      killGroup(child);
    }, DEADLINE_MS);
    const settle = (why: string | undefined): void => {
      clearTimeout(deadline);
      running.delete(child);
      if (why === undefined) {
        resolve();
      } else {
        reject(new Error(`${program.command} ${args.join(' ')} ${why}:\n${output.slice(-4000)}`));
      }
    };
    child.once('error', (error) => {
      settle(error.message);
    });
    child.once('close', (code, signal) => {
      settle(code === 0 ? undefined : `ended with ${signal ?? `code ${code ?? 'none'}`}`);
    });
  });
  // Whoever waits is told; nobody has to wait.
  ended.catch(() => undefined);
  return {
    output: () => output,
    ended,
    kill: () => {
      killGroup(child);
    },
  };
}

/** Ends every agent that still runs. */
export function killAgents(): void {
  for (const child of running) {
    killGroup(child);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
