import { runSuite } from './support/runSuite';

/** What window A of a race calls: see twoWindows.ts. */
export function run(): Promise<void> {
  process.env['AGENT_EXPERIMENTS_TEST_WINDOW'] = 'A';
  return runSuite(__dirname, '.race.js', 'window-A');
}
