import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What one runner did. */
export interface Counts {
  passed: number;
  /** What failed, each with why. */
  failures: readonly string[];
  /** Tests that were found and not run. */
  skipped: number;
}

export const NONE: Counts = { passed: 0, failures: [], skipped: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failures: [...a.failures, ...b.failures], skipped: a.skipped + b.skipped };
}

/** As in `3 passed, 1 failed, 2 skipped`. */
export function describeCounts({ passed, failures, skipped }: Counts): string {
  return `${passed} passed, ${failures.length} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** A run with a failure, or without any test, is none to be proud of. */
export function isGood({ passed, failures }: Counts): boolean {
  return failures.length === 0 && passed > 0;
}

const FILE_VARIABLE = 'AGENT_EXPERIMENTS_COUNTS';

/**
 * Says what a runner did: on its output, and to the runner of all stages, which names a file in AGENT_EXPERIMENTS_COUNTS, adds up
 * its lines and repeats what failed. Returns the exit code.
 */
export function reportCounts(name: string, counts: Counts): number {
  console.log(`${name}: ${describeCounts(counts)}`);
  const file = process.env[FILE_VARIABLE];
  if (file !== undefined && file !== '') {
    appendFileSync(file, `${JSON.stringify(counts)}\n`);
  } else {
    for (const failure of counts.failures) console.error(`FAILED: ${failure.split('\n')[0] ?? ''}`);
  }
  return isGood(counts) ? 0 : 1;
}

export function countsEnvironment(file: string): NodeJS.ProcessEnv {
  return { ...process.env, [FILE_VARIABLE]: file };
}

export function readCounts(file: string): Counts {
  if (!existsSync(file)) {
    return NONE;
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Counts)
    .reduce(add, NONE);
}
