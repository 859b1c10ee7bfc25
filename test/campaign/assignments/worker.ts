/**
 * A process that plays starts of sessions: each line of its standard input is the input of a hook, each line of its output the
 * answer, in order.
 *
 *   node worker.js STORAGE WASM
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { answerHook } from '../../../src/assignment/answer';
import { FileStore } from '../../../src/store/fileStore';

const [folder = '', wasm = ''] = process.argv.slice(2);
const store = new FileStore({ folder, loadWasm: () => readFileSync(wasm), now: Date.now, lockTimeoutMs: 120_000 });

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { output, drawn } = await answerHook(store, line, 'codex');
    if (drawn.length > 0) await store.delivered(drawn);
    process.stdout.write(`${output ?? ''}\n`);
  }
}
void main();
