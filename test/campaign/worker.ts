/** A process that runs cases one after the other, as the pool asks for them. */
import { runCase, runHuge } from './runCase';
import type { CaseResult } from './runCase';
import { SEEDS } from './seeds/seeds';

export interface Job {
  /** Name of a seed. */
  seed: string;
  campaignSeed: number;
  number: number;
  samples: boolean;
  /** A huge case, by name; the number says nothing then. */
  huge?: string;
}

export interface Answer extends CaseResult {
  /** The most memory that this process ever had, in MB. */
  peak: number;
}

process.on('message', (job: Job) => {
  void answer(job);
});

async function answer(job: Job): Promise<void> {
  const seed = SEEDS.find(({ name }) => name === job.seed);
  if (!seed) {
    throw new Error(`No seed ${job.seed}`);
  }
  const result =
    job.huge === undefined
      ? await runCase({ seed, campaignSeed: job.campaignSeed, number: job.number, samples: job.samples })
      : await runHuge(seed, job.huge);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  process.send?.({ ...result, peak } satisfies Answer);
}
