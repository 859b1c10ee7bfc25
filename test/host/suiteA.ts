import { runMocha } from './support/runMocha';

/** What window A of a race calls: see twoWindows.ts. */
export function run(): Promise<void> {
  process.env['AGENT_EXPERIMENTS_TEST_WINDOW'] = 'A';
  return runMocha(__dirname, '.race.js', 'window-A');
}
