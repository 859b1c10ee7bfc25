/**
 * Runs the host suite, every test/host/**\/*.test.ts, in each editor version.
 *
 *   tsx test/host/run.ts [--editor=1.100|1.139] [--file=PART_OF_PATH] [--vsix=FILE]
 *
 * With --vsix the packed extension is installed into an empty extensions folder, and the extension under development is an empty
 * one: what is tested is what a user gets.
 */
import { projectFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';
import { EDITOR_VERSIONS } from '../../scripts/editor/versions';
import { add, NONE, reportCounts } from '../../scripts/support/counts';
import { runMain } from '../../scripts/support/main';
import { editorOption, option } from '../../scripts/support/options';
import { runHostSuite } from './support/hostRun';

runMain(async () => {
  const vsix = option('vsix');
  await runOrThrow(process.execPath, ['scripts/build.mjs', '--tests'], { cwd: projectFolder });
  let counts = NONE;
  for (const version of editorOption(EDITOR_VERSIONS)) {
    console.log(`\n== Host tests in VS Code ${version}${vsix === undefined ? '' : ` on ${vsix}`}`);
    counts = add(counts, await runHostSuite({ version, filter: option('file'), vsix }));
  }
  return reportCounts(vsix === undefined ? 'host' : 'host on the VSIX', counts);
});
