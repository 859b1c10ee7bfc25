import { Worker } from 'node:worker_threads';
import type { HelperAnswer, ReadingHelper } from '../claude/claudeReading';
import { YOUNG_GENERATION_MB, type HelperStart } from './protocol';

/** A helper that starts the same program in one more thread, for as long as there is work. */
export function threadedHelper(file: string): ReadingHelper {
  return (jobs, queue) =>
    new Promise((resolve, reject) => {
      const workerData: HelperStart = { transcriptHelper: true, jobs, queue: queue.memory };
      const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
      const worker = new Worker(file, { workerData, execArgv: [], resourceLimits });
      worker.on('message', (answer: HelperAnswer) => {
        resolve(answer);
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        reject(new Error(`exit code ${code}`));
      });
    });
}
