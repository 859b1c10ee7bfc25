/**
 * Runs every test/e2e/*.e2e.ts: a browser drives the workbench as a person would. The extension must have been built.
 *
 *   tsx test/e2e/run.ts [--editor=1.100|1.139] [--file=PART_OF_PATH]
 */
import { chooseServer } from '../../scripts/editor/choose';
import { NEWEST } from '../../scripts/editor/versions';
import { add, NONE, reportCounts } from '../../scripts/support/counts';
import { runMain } from '../../scripts/support/main';
import { runMochaFiles } from '../../scripts/support/mochaFiles';
import { editorOption, option } from '../../scripts/support/options';

runMain(async () => {
  let counts = NONE;
  for (const version of editorOption([NEWEST])) {
    await chooseServer(version);
    process.env['AGENT_EXPERIMENTS_E2E_EDITOR'] = version;
    console.log(`\n== End to end in VS Code ${version}`);
    counts = add(
      counts,
      await runMochaFiles({ folder: 'test/e2e', ending: '.e2e.ts', filter: option('file'), timeoutMs: 120_000 }),
    );
  }
  return reportCounts('end to end', counts);
});
