/**
 * Breaks the store in every way that we could think of, see docs/reliability.md.
 *
 *   tsx test/campaign/store.ts [--seed=N] [--only=kills] [--kills=N] [--writes=N] [--segments=N]
 */
import { runMain } from '../../scripts/support/main';
import { option } from '../../scripts/support/options';
import { runKills } from './store/kills';

runMain(async () => {
  const seed = Number(option('seed') ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`seed ${seed}`);
  const totals = await runKills({
    seed,
    kills: Number(option('kills') ?? 2_000),
    acknowledgedWrites: Number(option('writes') ?? 20_000),
    processes: 8,
    segments: Number(option('segments') ?? 24),
    log: console.log,
  });
  console.log(JSON.stringify(totals, null, 2));
  return totals.problems.length > 0 ? 1 : 0;
});
