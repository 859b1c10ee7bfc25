import { runMocha } from './support/runMocha';

/** What window B of a race calls: see twoWindows.ts. */
export function run(): Promise<void> {
  process.env['AGENT_EXPERIMENTS_TEST_WINDOW'] = 'B';
  return runMocha(__dirname, '.race.js', 'window-B');
}
