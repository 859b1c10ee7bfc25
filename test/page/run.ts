/**
 * Opens the report page in a browser without an editor: every test/page/*.page.ts. The extension must have been built.
 *
 *   tsx test/page/run.ts [--file=PART_OF_PATH]
 */
import { reportCounts } from '../../scripts/support/counts';
import { runMain } from '../../scripts/support/main';
import { runMochaFiles } from '../../scripts/support/mochaFiles';
import { option } from '../../scripts/support/options';

runMain(async () => {
  const counts = await runMochaFiles({
    folder: 'test/page',
    ending: '.page.ts',
    filter: option('file'),
    timeoutMs: 60_000,
  });
  return reportCounts('page', counts);
});
