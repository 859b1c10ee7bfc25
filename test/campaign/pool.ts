import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import type { Answer, Job } from './worker';

export interface PoolOptions {
  processes: number;
  /** A case may take as long. */
  limitMs: (job: Job) => number;
  /** The heap that V8 may use, and the memory that the process may have, in MB. */
  heap: number;
  memory: number;
  /** A process is replaced after so many cases. */
  casesPerProcess: number;
}

export interface Outcome {
  job: Job;
  what: string[];
  failure?: string | undefined;
  /** It failed by time or memory alone, which may be the doing of other programs, or of cases before it in its process. */
  doubtful?: boolean;
  ms: number;
  peak: number;
}

/** Starting a process counts for nothing. */
const START_MS = 60_000;

/** Runs the jobs in processes of their own; one that hangs, ends or needs too much is a failure of its case, and is replaced. */
export async function runPool(
  jobs: readonly Job[],
  options: PoolOptions,
  done: (outcome: Outcome) => void,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    let worker: Worker | undefined;
    for (let job = jobs[next++]; job; job = jobs[next++]) {
      worker ??= new Worker(options);
      const outcome = await worker.run(job);
      done(outcome);
      if (worker.gone || worker.cases >= options.casesPerProcess || outcome.failure !== undefined) {
        worker.end();
        worker = undefined;
      }
    }
    worker?.end();
  };
  await Promise.all(Array.from({ length: options.processes }, lane));
}

class Worker {
  gone = false;
  cases = 0;
  private readonly child: ChildProcess;
  private readonly started: Promise<unknown>;
  private errors = '';

  constructor(private readonly options: PoolOptions) {
    this.child = fork(path.join(import.meta.dirname, 'worker.ts'), [], {
      execArgv: ['--import=tsx', `--max-old-space-size=${options.heap}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.on('data', (text: Buffer) => {
      this.errors = (this.errors + text.toString('utf8')).slice(-4000);
    });
    this.started = new Promise((resolve) => this.child.once('spawn', resolve));
  }

  async run(job: Job): Promise<Outcome> {
    await this.started;
    const limit = this.options.limitMs(job) + (this.cases === 0 ? START_MS : 0);
    this.cases++;
    return new Promise((resolve) => {
      const finish = (outcome: Partial<Outcome>): void => {
        clearTimeout(timer);
        this.child.removeAllListeners('message').removeAllListeners('exit');
        resolve({ job, what: [], ms: 0, peak: 0, ...outcome });
      };
      const timer = setTimeout(() => {
        this.end();
        finish({ failure: `It did not end within ${this.options.limitMs(job)} ms`, ms: limit, doubtful: true });
      }, limit);
      this.child.once('message', (answer: Answer) => {
        const tooMuch = answer.peak > this.options.memory;
        const tooLong = answer.ms > this.options.limitMs(job);
        const memory = tooMuch ? `The process had ${answer.peak} MB, more than ${this.options.memory}` : undefined;
        const time = tooLong ? `It took ${Math.round(answer.ms)} ms` : undefined;
        const doubtful = answer.failure === undefined && (tooMuch || tooLong);
        finish({ ...answer, failure: answer.failure ?? memory ?? time, doubtful });
      });
      this.child.once('exit', (code, signal) => {
        this.gone = true;
        setImmediate(() => {
          finish({ failure: `The process ended with ${signal ?? `code ${code ?? '?'}`}:\n${this.errors}` });
        });
      });
      this.child.send(job);
    });
  }

  end(): void {
    this.gone = true;
    this.child.kill('SIGKILL');
  }
}
