/**
 * Breaks the store in every way that we could think of, see docs/reliability.md.
 *
 *   tsx test/campaign/store.ts [--seed=N] [--only=damage|faults|surroundings|kills] [--kills=N] [--writes=N] [--segments=N] [--files=N]
 *     [--scenario=PART_OF_NAME] [--per-site=N] [--rounds=N]
 */
import { runMain } from '../../scripts/support/main';
import { option } from '../../scripts/support/options';
import { runDamage } from './store/damage';
import { runFaults, siteTable } from './store/faults';
import { runKills } from './store/kills';
import { runSurroundings } from './store/surroundings';

const PARTS = ['damage', 'faults', 'surroundings', 'kills'] as const;
const number = (name: string, otherwise: number): number => Number(option(name) ?? otherwise);

runMain(async () => {
  const seed = number('seed', Math.floor(Math.random() * 2 ** 31));
  const only = option('only');
  const parts = PARTS.filter((part) => only === undefined || only === part);
  if (parts.length === 0) throw new Error(`Say which: ${PARTS.join(', ')}.`);
  const { log } = console;
  log(`seed ${seed}`);
  let problems = 0;
  const told = (part: string, totals: { problems: readonly string[] }): void => {
    problems += totals.problems.length;
    log(`${part} ${JSON.stringify(totals, null, 2)}`);
  };
  if (parts.includes('damage')) told('damage', await runDamage(seed, number('files', 2_000)));
  if (parts.includes('faults')) {
    const perSite = option('per-site');
    const scenario = option('scenario');
    const totals = await runFaults({
      ...{ seed, only: scenario, log },
      ...(perSite === undefined ? {} : { perSite: Number(perSite) }),
    });
    log(siteTable(totals));
    told('faults', Object.assign(totals, { sites: totals.sites.size }));
  }
  if (parts.includes('surroundings')) {
    told(
      'surroundings',
      await runSurroundings({ seed, log, only: option('scenario'), rounds: number('rounds', 10), processes: 8 }),
    );
  }
  if (parts.includes('kills')) {
    const kills = await runKills({
      ...{ seed, log, processes: 8 },
      kills: number('kills', 2_000),
      acknowledgedWrites: number('writes', 20_000),
      segments: number('segments', 24),
    });
    told('kills', kills);
  }
  return problems > 0 ? 1 : 0;
});
