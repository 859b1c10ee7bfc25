import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What one runner did. `skipped` are tests that were found and not run. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

const FILE_VARIABLE = 'AGENT_EXPERIMENTS_COUNTS';

/**
 * Says what a runner did: on its output, and to the runner of all stages, which names a file in AGENT_EXPERIMENTS_COUNTS and adds
 * up its lines. Returns the exit code: a run with a failure, or without any test, is none to be proud of.
 */
export function reportCounts(name: string, counts: Counts): number {
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed${skipped}`);
  const file = process.env[FILE_VARIABLE];
  if (file !== undefined && file !== '') {
    appendFileSync(file, `${JSON.stringify({ name, ...counts })}\n`);
  }
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
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
