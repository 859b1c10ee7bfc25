import type Mocha from 'mocha';
import { NONE, type Counts } from './counts';

/** Runs what was loaded. */
export function runMocha(mocha: Mocha): Promise<Counts> {
  let [passed, skipped] = [NONE.passed, NONE.skipped];
  const failures: string[] = [];
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      resolve({ passed, failures, skipped });
    });
    runner.on('pass', () => (passed += 1));
    runner.on('pending', () => (skipped += 1));
    runner.on('fail', (test: Mocha.Runnable, error: unknown) => {
      failures.push(`${test.fullTitle()}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    });
  });
}
