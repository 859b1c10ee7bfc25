/**
 * The session-start program: agents run it, through the launcher, when a session begins or goes on. It reads what the agent says
 * from its standard input and answers with the text of the session's variant. Whatever fails, the agent's session must start
 * unharmed: the exit code is 0, nothing is printed, and the reason goes to a log beside the database.
 *
 *   node sessionStart.js STORAGE AGENT
 */
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { FileStore } from '../store/fileStore';
import { answerHook } from './answer';

/** How long the program waits for other writers; many sessions may start at once. */
const LOCK_MS = 4_000;
/** After this nobody waits for an answer any more. */
const DEADLINE_MS = 8_000;
const LARGEST_INPUT = 1024 * 1024;
const LARGEST_LOG = 256 * 1024;

// SQLite runs for a moment here: code that is compiled once and quickly is sooner done than code that is made fast.
setFlagsFromString('--liftoff-only');

const [storage = '', agent = ''] = process.argv.slice(2);

function log(problem: string): void {
  try {
    const file = path.join(storage, 'session-start.log');
    if (sizeOf(file) > LARGEST_LOG) renameSync(file, `${file}.old`);
    appendFileSync(file, `${new Date().toISOString()} ${agent} ${problem.replaceAll(/\s+/g, ' ').slice(0, 1000)}\n`, {
      mode: 0o600,
    });
  } catch {
    // There is nobody left to tell.
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > LARGEST_INPUT) throw new Error('the input is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves once the output is out of our hands. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', reject);
    process.stdout.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function main(): Promise<void> {
  const input = await readInput();
  const store = new FileStore({
    folder: storage,
    loadWasm: () => readFileSync(path.join(__dirname, 'sql-wasm.wasm')),
    now: () => Date.now(),
    lockTimeoutMs: LOCK_MS,
  });
  const { output, drawn, problem } = await answerHook(store, input, agent);
  if (problem !== undefined) log(problem);
  if (output !== undefined) await print(`${output}\n`);
  if (drawn.length > 0) await store.delivered(drawn);
}

setTimeout(() => {
  log(`no answer within ${DEADLINE_MS} ms`);
  process.exit(0);
}, DEADLINE_MS).unref();
process.on('uncaughtException', (error) => {
  log(error.message);
  process.exit(0);
});
main()
  .catch((error: unknown) => {
    log(error instanceof Error ? error.message : String(error));
  })
  .finally(() => process.exit(0));
