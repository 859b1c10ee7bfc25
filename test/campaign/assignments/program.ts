import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { projectFolder } from '../../../scripts/editor/paths';

export interface BuiltPrograms {
  /** The session-start program, in one file with all that it loads. */
  program: string;
  /** A process that plays many starts, see worker.ts. */
  worker: string;
  wasm: string;
  remove: () => void;
}

/** Bundles the session-start program and the worker into a folder of their own. */
export function buildPrograms(): BuiltPrograms {
  const folder = mkdtempSync(path.join(tmpdir(), 'experiments-start-'));
  const wasm = path.join(folder, 'sql-wasm.wasm');
  const require = createRequire(path.join(projectFolder, 'package.json'));
  copyFileSync(require.resolve('sql.js/dist/sql-wasm.wasm'), wasm);
  buildSync({
    absWorkingDir: projectFolder,
    entryPoints: {
      sessionStart: 'src/assignment/sessionStart.ts',
      worker: 'test/campaign/assignments/worker.ts',
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  return {
    program: path.join(folder, 'sessionStart.js'),
    worker: path.join(folder, 'worker.js'),
    wasm,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Start {
  storage: string;
  sessionId: string;
  folder: string;
  source?: string;
  agent?: string;
}

/** The standard input that Codex gives. */
export const hookInput = ({ sessionId, folder, source = 'startup' }: Start): string =>
  JSON.stringify({ session_id: sessionId, cwd: folder, hook_event_name: 'SessionStart', source });

export interface Ended {
  /** Null where a signal ended it. */
  code: number | null;
  output: string;
  errors: string;
}

/** Runs the session-start program as an agent would. `started` gets the process, to kill it. */
export function runProgram(program: string, start: Start, started?: (child: ChildProcess) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, start.storage, start.agent ?? 'codex']);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    // A killed program reads no input.
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => {
      resolve({ code, output, errors });
    });
    child.stdin.end(hookInput(start));
    started?.(child);
  });
}

/** The text that the output gives to the agent; undefined for none. Throws where it is not what agents take. */
export function givenText(output: string): string | undefined {
  if (output === '') return undefined;
  const { hookSpecificOutput } = JSON.parse(output) as {
    hookSpecificOutput: { hookEventName: string; additionalContext: string };
  };
  if (hookSpecificOutput.hookEventName !== 'SessionStart') throw new Error(output);
  return hookSpecificOutput.additionalContext;
}
