import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { IndexedSession } from '../model';
import { reasonOf } from '../reading/fileAccess';
import type { SessionFinder } from '../sessionIndex';
import type { SourceSettings } from '../sources';
import { ReceivedSessions, unpack } from './changes';
import {
  YOUNG_GENERATION_MB,
  type CloseRequest,
  type ScanAnswer,
  type ScanRequest,
  type WorkerStart,
} from './protocol';

/** After a crash the same request is tried so many times in all; what crashes it each time is then left for the next request. */
const ATTEMPTS = 2;
/** A worker that needs more is not allowed to take the host down with it. MB. */
const LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };

export interface WorkerIndexOptions {
  /** dist/sessionWorker.js. */
  file: string;
  settings: SourceSettings;
  /** An index in this thread, for where no worker starts. */
  inProcess: () => SessionFinder;
}

const CLOSE_MS = 2000;

interface Waiting {
  resolve: (answer: ScanAnswer) => void;
  reject: (error: Error) => void;
}

/**
 * All agents' sessions, read in a thread of its own. A worker that crashes is replaced and the request repeated; if that fails too,
 * the last sessions stand and the problem is told. Where no worker starts at all, the sessions are read in this thread.
 */
export class WorkerIndex implements SessionFinder {
  private received = new ReceivedSessions();
  private told: readonly string[] = [];
  private failed: readonly string[] = [];
  private watched: readonly string[] = [];
  private worker: Worker | undefined;
  /** True once this worker, or one before it, has answered. */
  private proven = false;
  private fallback: SessionFinder | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private requests = 0;
  private running: Promise<void> | undefined;
  private next: { request: Omit<ScanRequest, 'request'>; done: Promise<void> } | undefined;
  private disposed = false;

  constructor(private readonly options: WorkerIndexOptions) {}

  get sessions(): readonly IndexedSession[] {
    return this.fallback?.sessions ?? this.received.sessions;
  }

  get problems(): readonly string[] {
    return [...this.told, ...(this.fallback?.problems ?? [])];
  }

  get failures(): readonly string[] {
    return this.fallback?.failures ?? this.failed;
  }

  get(id: string): IndexedSession | undefined {
    return this.fallback ? this.fallback.get(id) : this.received.get(id);
  }

  /** As of the last refresh: which agents there are is known there. */
  watchFolders(workspaceFolders: readonly string[]): string[] {
    return this.fallback?.watchFolders(workspaceFolders) ?? [...this.watched];
  }

  /** As SessionIndex.refresh: one run at a time, calls during a run share the following one. */
  async refresh(workspaceFolders: readonly string[], now: number): Promise<readonly IndexedSession[]> {
    const request = { workspaceFolders, now };
    if (!this.running) {
      this.running = this.run(request);
      await this.running;
    } else if (this.next) {
      this.next.request = request;
      await this.next.done;
    } else {
      this.next = { request, done: this.running.then(() => this.runNext()) };
      await this.next.done;
    }
    return this.sessions;
  }

  dispose(): void {
    this.disposed = true;
    this.fallback?.dispose?.();
    // It keeps what it knows and ends by itself; a busy one loses little and must not hold anything up.
    const { worker } = this;
    worker?.postMessage({ close: true } satisfies CloseRequest);
    setTimeout(() => void worker?.terminate(), CLOSE_MS).unref();
    this.lost(new Error('The index was closed.'));
  }

  private runNext(): Promise<void> {
    const request = this.next?.request;
    this.next = undefined;
    this.running = request ? this.run(request) : undefined;
    return this.running ?? Promise.resolve();
  }

  private async run(request: Omit<ScanRequest, 'request'>): Promise<void> {
    const problems: string[] = [];
    let failures: readonly string[] = problems;
    for (let attempt = 1; attempt <= ATTEMPTS && !this.fallback && !this.disposed; attempt++) {
      try {
        const answer = await this.ask(request);
        const changed = await unpack(answer.packets);
        await setImmediate();
        this.received.apply({ ids: answer.ids, changed });
        await setImmediate();
        this.watched = answer.watchFolders;
        failures = answer.failures;
        problems.push(...answer.problems);
        break;
      } catch (error) {
        problems.push(`The thread that reads sessions ended: ${reasonOf(error)}`);
        if (this.mustFallBack) {
          this.fallback = this.options.inProcess();
        }
      }
    }
    await this.fallback?.refresh(request.workspaceFolders, request.now);
    this.told = problems;
    this.failed = failures;
    if (!this.next) {
      this.running = undefined;
    }
  }

  /** A worker that was not given the time to answer says nothing about the next. */
  private get mustFallBack(): boolean {
    return !this.proven && !this.disposed;
  }

  private ask(request: Omit<ScanRequest, 'request'>): Promise<ScanAnswer> {
    return new Promise((resolve, reject) => {
      const number = ++this.requests;
      this.waiting.set(number, { resolve, reject });
      this.worker ??= this.start();
      this.worker.ref();
      this.worker.postMessage({ ...request, request: number } satisfies ScanRequest);
    });
  }

  private start(): Worker {
    const workerData: WorkerStart = { sessionWorker: true, settings: this.options.settings };
    const worker = new Worker(this.options.file, {
      workerData,
      execArgv: [],
      resourceLimits: LIMITS,
      name: 'agent-experiments-sessions',
    });
    this.received = new ReceivedSessions(this.received.sessions);
    let cause: Error | undefined;
    worker.on('message', (answer: ScanAnswer) => {
      this.proven = true;
      this.waiting.get(answer.request)?.resolve(answer);
      this.waiting.delete(answer.request);
      // The editor must be able to end while a worker waits for work.
      if (this.waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', (code) => {
      if (this.worker === worker) this.worker = undefined;
      this.lost(cause ?? new Error(`exit code ${code}`));
    });
    return worker;
  }

  private lost(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
