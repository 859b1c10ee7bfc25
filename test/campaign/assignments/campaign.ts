/**
 * Starts sessions from many processes at once, and kills the session-start program at random moments; see docs/assignment.md.
 *
 *   tsx test/campaign/assignments/campaign.ts [--seed=N] [--starts=5000] [--processes=16] [--kills=500]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { runMain } from '../../../scripts/support/main';
import { option } from '../../../scripts/support/options';
import { buildPrograms } from './program';
import { killedStarts, manyStarts } from './starts';

runMain(async () => {
  const seed = Number(option('seed') ?? Math.floor(Math.random() * 2 ** 31));
  const starts = Number(option('starts') ?? 5000);
  const processes = Number(option('processes') ?? 16);
  const kills = Number(option('kills') ?? 500);
  console.log(`seed ${seed}`);
  const built = buildPrograms();
  const root = mkdtempSync(path.join(tmpdir(), 'experiments-starts-'));
  try {
    await manyStarts({ storage: path.join(root, 'starts'), folder: root, processes, starts, seed, built });
    console.log(`${starts} starts by ${processes} processes: one assignment each, every full block balanced`);
    const ends = await killedStarts({ storage: path.join(root, 'kills'), folder: root, kills, seed, built });
    console.log(`${kills} programs to be killed: ${JSON.stringify(ends)}`);
    return 0;
  } finally {
    built.remove();
    rmSync(root, { recursive: true, force: true });
  }
});
