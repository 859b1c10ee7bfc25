import { add, NONE, type Counts } from '../../../scripts/support/counts';
import type { SuiteResult } from './runSuite';

/**
 * Counts of all suites of a run. It is a failure of its own when the run failed with no failed test to show for it, when a suite
 * left no result, or when one loaded other files than there are on disk. `failure` is what the editor's run ended with, if badly.
 */
export function judge(
  results: readonly SuiteResult[],
  expectedFiles: readonly string[],
  suites: number,
  failure: string | undefined,
): Counts {
  const counts = results.map((result) => result.counts).reduce(add, NONE);
  const problems: string[] = [];
  if (failure !== undefined && counts.failures.length === 0) {
    problems.push(failure);
  }
  if (results.length !== suites) {
    problems.push(`${results.length} of ${suites} suites left a result`);
  }
  const expected = [...expectedFiles].sort().join(', ');
  for (const result of results) {
    const loaded = result.files
      .map((file) => file.replace(/\.js$/, '.ts'))
      .sort()
      .join(', ');
    if (loaded !== expected) {
      problems.push(`loaded ${loaded || 'nothing'}, but on disk are ${expected || 'none'}`);
    }
  }
  return add(counts, { ...NONE, failures: problems });
}
