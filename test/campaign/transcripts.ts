/**
 * Damages transcripts of all agents in all ways and scans them, see docs/campaigns.md.
 *
 *   tsx test/campaign/transcripts.ts [--seed=N] [--cases=N] [--agent=NAME] [--only=NUMBER] [--processes=N] [--no-huge] [--no-samples]
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectFolder } from '../../scripts/editor/paths';
import { runMain } from '../../scripts/support/main';
import { flag, option } from '../../scripts/support/options';
import { runCampaign } from './campaign';
import type { CampaignOptions } from './campaign';
import type { Outcome } from './pool';
import { filesOfCase } from './runCase';
import { SEEDS } from './seeds/seeds';

const CASES = 20_000;

runMain(async () => {
  const only = option('only');
  const options: CampaignOptions = {
    seed: Number(option('seed') ?? Math.floor(Math.random() * 2 ** 31)),
    cases: Number(option('cases') ?? CASES),
    agent: option('agent'),
    processes: Number(option('processes') ?? 2),
    samples: !flag('no-samples'),
    huge: !flag('no-huge') && only === undefined,
    only: only === undefined ? undefined : Number(only),
  };
  console.log(`seed ${options.seed}`);
  const start = Date.now();
  const kept = path.join(projectFolder, 'artifacts', 'campaign', String(options.seed));
  const keeping: Promise<void>[] = [];
  const summary = await runCampaign(options, (outcome) => {
    console.log(`\nFAILED ${nameOf(outcome)}\n${(outcome.failure ?? '').slice(0, 2000)}`);
    const folder = path.join(
      kept,
      nameOf(outcome)
        .replace(/[^\w.-]+/g, '-')
        .slice(0, 100),
    );
    keeping.push(keep(folder, outcome, options).catch(console.error));
  });
  await Promise.all(keeping);
  console.log('\nform                      cases  slowest ms  peak MB');
  for (const [name, { cases, slowestMs, peak }] of summary.bySeed) {
    console.log(
      `${name.padEnd(24)} ${String(cases).padStart(6)} ${slowestMs.toFixed(0).padStart(11)} ${String(peak).padStart(8)}`,
    );
  }
  console.log('\nmutations');
  console.log(
    [...summary.byMutation]
      .sort(([, a], [, b]) => b - a)
      .map(([name, n]) => `${name} ${n}`)
      .join(', '),
  );
  for (const { job, ms, peak, failure } of summary.hugeCases) {
    const result = failure === undefined ? 'ok' : 'FAILED';
    console.log(`${result} ${job.seed}: ${job.huge ?? ''}: ${(ms / 1000).toFixed(1)} s, ${peak} MB`);
  }
  if (summary.rightAlone.length > 0) {
    console.log(`\ntoo slow or too large once, and right when run alone: ${summary.rightAlone.map(nameOf).join('; ')}`);
  }
  console.log(
    `\n${summary.cases} cases, ${summary.failures.length} failed, seed ${options.seed}, ${Math.round((Date.now() - start) / 1000)} s`,
  );
  return summary.failures.length === 0 && summary.cases > 0 ? 0 : 1;
});

function nameOf({ job, what }: Outcome): string {
  return `${job.seed} ${job.huge ?? job.number}${what.length > 0 && job.huge === undefined ? ` (${what.join(', ')})` : ''}`;
}

/** What failed, how to repeat it, and its files. */
async function keep(
  folder: string,
  { job, failure }: Outcome,
  { seed: campaignSeed, samples }: CampaignOptions,
): Promise<void> {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const repeat = `--seed=${campaignSeed} --agent=${job.seed} ${job.huge === undefined ? `--only=${job.number}` : '--cases=1'}`;
  const seed = SEEDS.find(({ name }) => name === job.seed);
  const made =
    seed && job.huge === undefined && (await filesOfCase({ seed, campaignSeed, number: job.number, samples }));
  const what = made ? made.what : [job.huge];
  fs.writeFileSync(path.join(folder, 'case.json'), JSON.stringify({ repeat, samples, what, failure }, undefined, 2));
  for (const [name, content] of made ? made.files : []) {
    fs.mkdirSync(path.dirname(path.join(folder, 'home', name)), { recursive: true });
    fs.writeFileSync(path.join(folder, 'home', name), content);
  }
}
