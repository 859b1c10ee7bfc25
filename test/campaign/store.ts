/**
 * Breaks the store in every way that we could think of, see docs/reliability.md.
 *
 *   tsx test/campaign/store.ts [--seed=N] [--only=kills|damage] [--kills=N] [--writes=N] [--segments=N] [--files=N]
 */
import { runMain } from '../../scripts/support/main';
import { option } from '../../scripts/support/options';
import { runDamage } from './store/damage';
import { runKills } from './store/kills';

const number = (name: string, otherwise: number): number => Number(option(name) ?? otherwise);

runMain(async () => {
  const seed = number('seed', Math.floor(Math.random() * 2 ** 31));
  const only = option('only');
  console.log(`seed ${seed}`);
  let problems = 0;
  const told = (part: string, totals: { problems: string[] }): void => {
    problems += totals.problems.length;
    console.log(`${part} ${JSON.stringify(totals, null, 2)}`);
  };
  if (only !== 'kills') told('damage', await runDamage(seed, number('files', 2_000)));
  if (only !== 'damage') {
    const kills = await runKills({
      seed,
      kills: number('kills', 2_000),
      acknowledgedWrites: number('writes', 20_000),
      processes: 8,
      segments: number('segments', 24),
      log: console.log,
    });
    told('kills', kills);
  }
  return problems > 0 ? 1 : 0;
});
