import { HUGE_CASES } from './huge';
import { runPool } from './pool';
import type { Outcome } from './pool';
import { SEEDS } from './seeds/seeds';
import type { Job } from './worker';

export interface CampaignOptions {
  seed: number;
  /** Over all agents. */
  cases: number;
  /** Only seeds with this name, or of this agent. */
  agent?: string | undefined;
  processes: number;
  /** Recorded sessions take part where they are at hand. */
  samples: boolean;
  /** Files of hundreds of megabytes, too. */
  huge: boolean;
  /** Only this case of each seed. */
  only?: number | undefined;
}

export const CASE_LIMIT_MS = 5000;
/** Heap and whole process, in MB: for ordinary cases, and for those with files of up to 200 MB. */
const ORDINARY = { heap: 512, memory: 1024, casesPerProcess: 400 };
/** The heap that the extension's own thread is given. */
const HUGE = { heap: 1024, memory: 2048, casesPerProcess: 1 };

export interface Summary {
  cases: number;
  failures: Outcome[];
  bySeed: Map<string, { cases: number; slowestMs: number; peak: number }>;
  byMutation: Map<string, number>;
  hugeCases: Outcome[];
  /** Ordinary cases that took too long or too much memory once, and not when they ran again by themselves. */
  rightAlone: Outcome[];
}

/** Runs the campaign and tells of each failure as it happens. */
export async function runCampaign(options: CampaignOptions, failed: (outcome: Outcome) => void): Promise<Summary> {
  const seeds = SEEDS.filter(({ name, agent }) => options.agent === undefined || [name, agent].includes(options.agent));
  if (seeds.length === 0) {
    throw new Error(`--agent is one of ${SEEDS.map(({ name }) => name).join(', ')}.`);
  }
  const summary: Summary = {
    cases: 0,
    failures: [],
    bySeed: new Map(),
    byMutation: new Map(),
    hugeCases: [],
    rightAlone: [],
  };
  const done = (outcome: Outcome): void => {
    add(summary, outcome);
    if (outcome.failure !== undefined) {
      failed(outcome);
    }
  };
  const job = (seed: string, number: number): Job => ({
    seed,
    number,
    campaignSeed: options.seed,
    samples: options.samples,
  });
  const each = Math.ceil(options.cases / seeds.length);
  const jobs =
    options.only === undefined
      ? Array.from({ length: each }, (_, number) => seeds.map(({ name }) => job(name, number))).flat()
      : seeds.map(({ name }) => job(name, options.only ?? 0));
  const { processes } = options;
  const ordinary = { ...ORDINARY, limitMs: (): number => CASE_LIMIT_MS };
  const doubtful: Outcome[] = [];
  await runPool(jobs, { ...ordinary, processes }, (outcome) => {
    if (outcome.doubtful === true) {
      doubtful.push(outcome);
    } else {
      done(outcome);
    }
  });
  const again = doubtful.map(({ job: each }) => each);
  await runPool(again, { ...ordinary, processes: 1, casesPerProcess: 1 }, (outcome) => {
    if (outcome.failure === undefined) {
      summary.rightAlone.push(outcome);
    }
    done(outcome);
  });
  if (options.huge) {
    const huge = seeds.flatMap((seed) =>
      HUGE_CASES.filter((each) => each.fits(seed)).map(({ name }) => ({ ...job(seed.name, 0), huge: name })),
    );
    await runPool(huge, { ...HUGE, processes, limitMs: hugeLimit }, done);
  }
  return summary;
}

/** A busy machine gives a process a small part of its time. */
const BUSY = 5;

/** Writing the file counts for the watchdog, too; the reading is measured by itself, in time of the processor. */
function hugeLimit({ huge }: Job): number {
  return (HUGE_CASES.find(({ name }) => name === huge)?.seconds ?? 0) * 1000 * BUSY + 30_000;
}

function add(summary: Summary, outcome: Outcome): void {
  summary.cases++;
  if (outcome.failure !== undefined) {
    summary.failures.push(outcome);
  }
  if (outcome.job.huge !== undefined) {
    summary.hugeCases.push(outcome);
    return;
  }
  const known = summary.bySeed.get(outcome.job.seed) ?? { cases: 0, slowestMs: 0, peak: 0 };
  summary.bySeed.set(outcome.job.seed, {
    cases: known.cases + 1,
    slowestMs: Math.max(known.slowestMs, outcome.ms),
    peak: Math.max(known.peak, outcome.peak),
  });
  for (const name of outcome.what) {
    summary.byMutation.set(name, (summary.byMutation.get(name) ?? 0) + 1);
  }
}
