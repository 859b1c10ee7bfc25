/**
 * A process that writes to a store without pause and tells its parent of every request before it makes it and of every answer
 * after. It ends when it is killed, or kills itself at the file system call that it was told.
 */
import { readFileSync } from 'node:fs';
import { VARIANTS, type Variant } from '../../../src/api';
import type { TagRequest } from '../../../src/domain/tags';
import { StoreError } from '../../../src/store/errors';
import { FileStore } from '../../../src/store/fileStore';
import { HookedFiles } from '../../unit/store/support/hookedFiles';
import { Random } from '../../../scripts/demo/random';
import type { KillWorkerOptions, Report } from './kills';

const options = JSON.parse(process.argv[2] ?? '{}') as KillWorkerOptions;
const random = new Random(options.seed);
const variant = (): Variant => random.pick(VARIANTS);
const author = { who: 'campaign', via: 'program', window: options.name } as const;
const hooked = new HookedFiles();
const store = new FileStore({
  folder: options.folder,
  loadWasm: () => readFileSync(options.wasm),
  now: Date.now,
  files: hooked.files,
  ...options.store,
});
const mine: string[] = [];

function tell(report: Report): void {
  process.send?.(report);
}

function nextRequest(number: number): TagRequest {
  const kind = random.next();
  const own = mine.length === 0 ? undefined : random.pick(mine);
  const reason = 'campaign';
  if (kind < 0.25) {
    // All processes want the same few sessions at the same time.
    const sessionId = `contested-${options.round}-${Math.floor(number / 4)}`;
    return { action: 'tag', experimentId: 'e1', sessionId, variant: variant() };
  }
  if (kind < 0.32 && own !== undefined) {
    return { action: 'retag', experimentId: 'e1', sessionId: own, variant: variant(), reason };
  }
  if (kind < 0.36 && own !== undefined) return { action: 'untag', experimentId: 'e1', sessionId: own, reason };
  const sessionId = `${options.name}-${number}`;
  mine.push(sessionId);
  return { action: 'tag', experimentId: 'e1', sessionId, variant: variant() };
}

function armed(): void {
  const { dieAtCall, dieMoment } = options;
  if (dieAtCall === undefined) return;
  hooked.setHook(({ index }, moment) => {
    if (index !== dieAtCall || moment !== dieMoment) return;
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

async function run(): Promise<void> {
  await store.read();
  armed();
  for (let number = 0; number < options.writes; number += 1) {
    const request = nextRequest(number);
    tell({ kind: 'asked', number, request });
    const started = performance.now();
    try {
      const { outcome, existing, after } = await store.apply(request, author);
      const waitedMs = performance.now() - started;
      tell({
        ...{ kind: 'answered', number, outcome, waitedMs },
        ...(existing === undefined ? {} : { existing }),
        ...(after === undefined ? {} : { after }),
      });
    } catch (error) {
      tell({ kind: 'failed', number, fault: error instanceof StoreError ? error.fault : String(error) });
    }
  }
  store.dispose();
  tell({ kind: 'done' });
}

run().then(
  () => {
    process.disconnect();
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
