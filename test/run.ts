/**
 * Runs test files that need no editor.
 *
 *   tsx test/run.ts unit|corpus|package [--file=PART_OF_PATH]
 */
import { existsSync } from 'node:fs';
import { NONE, reportCounts } from '../scripts/support/counts';
import { fixturesFolder } from '../scripts/support/fixtures';
import { runMain } from '../scripts/support/main';
import { runMochaFiles } from '../scripts/support/mochaFiles';
import { option } from '../scripts/support/options';

const KINDS = ['unit', 'corpus', 'package'];

runMain(async () => {
  const kind = process.argv[2] ?? '';
  if (!KINDS.includes(kind)) {
    throw new Error(`Say which: ${KINDS.join(', ')}.`);
  }
  if (kind === 'corpus' && !existsSync(fixturesFolder)) {
    console.warn(`\n!!! NOT RUN: the corpus tests. There are no recorded transcripts in ${fixturesFolder}.`);
    console.warn('!!! Put their folder into AGENT_EXPERIMENTS_FIXTURES to run them.\n');
    reportCounts(kind, { ...NONE, skipped: 1 });
    return 0;
  }
  const counts = await runMochaFiles({
    folder: `test/${kind}`,
    ending: '.test.ts',
    filter: option('file'),
    timeoutMs: 30_000,
  });
  return reportCounts(kind, counts);
});
