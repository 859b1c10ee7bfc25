import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a suite leaves for its runner, as JSON. */
export interface SuiteResult {
  /** Test files, relative to out/test/host, in the order of loading. */
  files: string[];
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Runs the compiled test files whose names end so, in this process. Writes a SuiteResult to `<name>.json` in the results folder.
 * Rejects when a test failed or none was found; the editor then ends with an exit code other than 0.
 */
export async function runMocha(compiledFolder: string, ending: '.test.js' | '.race.js', name: string): Promise<void> {
  const filter = process.env['AGENT_EXPERIMENTS_TEST_FILTER'] ?? '';
  const files = readdirSync(compiledFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && file.includes(filter))
    .sort();
  if (files.length === 0) {
    throw new Error(`No test file *${ending} in ${compiledFolder} has "${filter}" in its path.`);
  }
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', color: false, forbidOnly: true, timeout: 60_000, reporter: 'spec' });
  const result: SuiteResult = { files: [], passed: 0, failed: 0, skipped: 0 };
  mocha.suite.on('post-require', (_globals, file) => {
    result.files.push(path.relative(compiledFolder, file));
  });
  for (const file of files) {
    mocha.addFile(path.join(compiledFolder, file));
  }
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on('pass', () => (result.passed += 1));
    runner.on('fail', () => (result.failed += 1));
    runner.on('pending', () => (result.skipped += 1));
  });
  writeResult(name, result);
  if (result.failed > 0 || result.passed === 0) {
    throw new Error(`${result.failed} of ${result.passed + result.failed} tests failed.`);
  }
}

function writeResult(name: string, result: SuiteResult): void {
  const folder = process.env['AGENT_EXPERIMENTS_TEST_RESULTS'];
  if (folder === undefined || folder === '') {
    throw new Error('AGENT_EXPERIMENTS_TEST_RESULTS is not set.');
  }
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(result));
}
