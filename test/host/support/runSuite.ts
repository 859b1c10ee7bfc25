import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeCounts, isGood, type Counts } from '../../../scripts/support/counts';
import { runMocha } from '../../../scripts/support/runMocha';

/** What a suite leaves for its runner, as JSON. */
export interface SuiteResult {
  /** Test files, relative to out/test/host, in the order of loading. */
  files: string[];
  counts: Counts;
}

/**
 * Runs the compiled test files whose names end so, in this process. Writes a SuiteResult to `<name>.json` in the results folder.
 * Rejects when a test failed or none was found; the editor then ends with an exit code other than 0.
 */
export async function runSuite(compiledFolder: string, ending: '.test.js' | '.race.js', name: string): Promise<void> {
  const filter = process.env['AGENT_EXPERIMENTS_TEST_FILTER'] ?? '';
  const files = readdirSync(compiledFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && file.includes(filter))
    .sort();
  if (files.length === 0) {
    throw new Error(`No test file *${ending} in ${compiledFolder} has "${filter}" in its path.`);
  }
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', color: false, forbidOnly: true, timeout: 60_000, reporter: 'spec' });
  const loaded: string[] = [];
  mocha.suite.on('post-require', (_globals, file) => {
    loaded.push(path.relative(compiledFolder, file));
  });
  for (const file of files) {
    mocha.addFile(path.join(compiledFolder, file));
  }
  const counts = await runMocha(mocha);
  writeResult(name, { files: loaded, counts });
  if (!isGood(counts)) throw new Error(describeCounts(counts));
}

function writeResult(name: string, result: SuiteResult): void {
  const folder = process.env['AGENT_EXPERIMENTS_TEST_RESULTS'];
  if (folder === undefined || folder === '') {
    throw new Error('AGENT_EXPERIMENTS_TEST_RESULTS is not set.');
  }
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(result));
}
