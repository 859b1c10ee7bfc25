/**
 * A process that uses the real store, for tests that need several. It is bundled and forked by processes.ts; it answers each
 * message with one of the same number.
 */
import { readFileSync } from 'node:fs';
import { Random } from '../../../../scripts/demo/random';
import { FileStore } from '../../../../src/store/fileStore';
import { StoreError } from '../../../../src/store/errors';
import type { TagRequest } from '../../../../src/domain/tags';
import { HookedFiles, type Site } from './hookedFiles';
import type { WorkerOptions } from './processes';

export interface Stop {
  /** The number of the file system call to stop at, counted from the start of the command. */
  index: number;
  moment: 'before' | 'after';
  how: 'SIGKILL' | 'SIGSTOP';
}

export type Command =
  | { do: 'apply'; request: TagRequest; stop?: Stop }
  | { do: 'applyMany'; requests: TagRequest[] }
  /** The file system calls that one command makes. */
  | { do: 'trace'; request: TagRequest }
  | { do: 'read' };

/** `ready`, or why the store is read-only; and the session ids that have a tag. */
export interface Seen {
  status: string;
  tags: string[];
}

export type Answer = { value: unknown } | { fault: unknown } | { crash: string };

const [folder = '', wasm = '', options = '{}'] = process.argv.slice(2);
const hooked = new HookedFiles();
const { clockSeed, ...given } = JSON.parse(options) as WorkerOptions;
const YEAR = 365 * 86_400_000;
const random = new Random(clockSeed ?? 0);
const jumping = (): number =>
  Date.now() + random.pick([0, -1, 1]) * random.next() * random.pick([1_000, YEAR / 365, 9 * YEAR]);
const store = new FileStore({
  folder,
  loadWasm: () => readFileSync(wasm),
  now: clockSeed === undefined ? Date.now : () => Math.round(jumping()),
  files: hooked.files,
  ...given,
});
const author = { who: 'worker', via: 'program', window: String(process.pid) } as const;

function stopAt(stop: Stop | undefined): void {
  let stopped = false;
  hooked.setHook((site: Site, moment) => {
    if (stopped || site.index !== stop?.index || moment !== stop.moment) return;
    stopped = true;
    process.kill(process.pid, stop.how);
    // The signal is for the whole process; this thread may run on for a moment.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stop.how === 'SIGKILL' ? Infinity : 50);
  });
}

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'apply':
      // So that every command makes the same calls, whoever wrote before.
      if (command.stop) await store.read();
      stopAt(command.stop);
      return store.apply(command.request, author);
    case 'applyMany': {
      hooked.setHook(undefined);
      const decisions = [];
      for (const request of command.requests) decisions.push(await store.apply(request, author));
      return decisions;
    }
    case 'read': {
      const { status, tags } = await store.read();
      const seen: Seen = {
        status: status.kind === 'ready' ? 'ready' : status.problem,
        tags: [...(tags.get('e1')?.keys() ?? [])],
      };
      return seen;
    }
    case 'trace':
      hooked.setHook(undefined);
      await store.apply(command.request, author);
      return hooked.sites;
  }
}

function answerTo(error: unknown): Answer {
  return error instanceof StoreError ? { fault: error.fault } : { crash: String(error) };
}

process.on('message', (message: { id: number; command: Command }) => {
  run(message.command)
    .then((value): Answer => ({ value }), answerTo)
    .then((answer) => process.send?.({ id: message.id, answer }))
    .catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
});
// SQLite is loaded before the first command, so that commands sent together start together.
store.read().then(
  () => process.send?.({ id: 0, answer: { value: 'ready' } }),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
