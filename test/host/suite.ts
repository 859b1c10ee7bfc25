import { runSuite } from './support/runSuite';

/** What the editor calls in its extension host. Compiled to out/test/host/suite.js, with the test files around it. */
export function run(): Promise<void> {
  return runSuite(__dirname, '.test.js', 'suite');
}
