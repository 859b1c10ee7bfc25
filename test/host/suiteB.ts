import { runSuite } from './support/runSuite';

/** What window B of a race calls: see twoWindows.ts. */
export function run(): Promise<void> {
  process.env['AGENT_EXPERIMENTS_TEST_WINDOW'] = 'B';
  return runSuite(__dirname, '.race.js', 'window-B');
}
