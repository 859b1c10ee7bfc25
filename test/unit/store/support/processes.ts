import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { StoreFault } from '../../../../src/store/errors';
import type { FileStoreOptions } from '../../../../src/store/fileStore';
import type { TagDecision, TagRequest } from '../../../../src/domain/tags';
import { WASM } from './fixture';
import type { Site } from './hookedFiles';
import type { Answer, Command, Seen, Stop } from './worker';

let built: { folder: string; script: string } | undefined;

/** Bundles the worker once: a bundle starts in a fraction of the time that a loader needs. */
export function buildWorker(): void {
  if (built) return;
  const folder = mkdtempSync(join(tmpdir(), 'experiments-worker-'));
  const script = join(folder, 'worker.cjs');
  const entry = join(process.cwd(), 'test/unit/store/support/worker.ts');
  buildSync({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', format: 'cjs', target: 'node20' });
  built = { folder, script };
}

export function removeWorker(): void {
  if (built) rmSync(built.folder, { recursive: true, force: true });
  built = undefined;
}

export interface WorkerOptions extends Pick<FileStoreOptions, 'staleMs' | 'lockTimeoutMs' | 'journal' | 'quietMs'> {
  /** Its clock jumps, back and forth by up to years, as this seed says. */
  clockSeed?: number;
}

export type Reply<T> = { value: T } | { fault: StoreFault } | { gone: NodeJS.Signals | number };

/** Another process with a store of its own on the folder. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply<unknown>) => void>();
  #sent = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ id, answer }: { id: number; answer: Answer }) => {
      if ('crash' in answer) throw new Error(`worker failed: ${answer.crash}`);
      this.#waiting.get(id)?.(answer as Reply<unknown>);
      this.#waiting.delete(id);
    });
    child.on('exit', (code, signal) => {
      for (const settle of this.#waiting.values()) settle({ gone: signal ?? code ?? 0 });
      this.#waiting.clear();
    });
  }

  static async start(folder: string, options: WorkerOptions = {}): Promise<Worker> {
    if (!built) throw new Error('buildWorker() first');
    const worker = new Worker(fork(built.script, [folder, WASM, JSON.stringify(options)], { execArgv: [] }));
    await new Promise<unknown>((resolve) => worker.#waiting.set(0, resolve));
    return worker;
  }

  static startMany(count: number, folder: string, options?: WorkerOptions): Promise<Worker[]> {
    return Promise.all(Array.from({ length: count }, () => Worker.start(folder, options)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  #send(command: Command): Promise<Reply<unknown>> {
    const id = (this.#sent += 1);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, command });
    });
  }

  /** With `stop`, the process stops or dies at that file system call. */
  async apply(request: TagRequest, stop?: Stop): Promise<Reply<TagDecision>> {
    const command: Command = { do: 'apply', request, ...(stop === undefined ? {} : { stop }) };
    return (await this.#send(command)) as Reply<TagDecision>;
  }

  async applyMany(requests: TagRequest[]): Promise<TagDecision[]> {
    const reply = (await this.#send({ do: 'applyMany', requests })) as Reply<TagDecision[]>;
    if (!('value' in reply)) throw new Error(`worker failed: ${JSON.stringify(reply)}`);
    return reply.value;
  }

  async trace(request: TagRequest): Promise<Site[]> {
    const reply = (await this.#send({ do: 'trace', request })) as Reply<Site[]>;
    if (!('value' in reply)) throw new Error(`worker failed: ${JSON.stringify(reply)}`);
    return reply.value;
  }

  /** What the process sees, without a write. */
  async read(): Promise<Seen> {
    const reply = (await this.#send({ do: 'read' })) as Reply<Seen>;
    if (!('value' in reply)) throw new Error(`worker failed: ${JSON.stringify(reply)}`);
    return reply.value;
  }

  /** Resolves when the process has ended. */
  get ended(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
  }

  continue(): void {
    this.#child.kill('SIGCONT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
