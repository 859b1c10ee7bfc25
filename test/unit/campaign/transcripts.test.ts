import assert from 'node:assert/strict';
import { runCampaign } from '../../campaign/campaign';
import { SEEDS } from '../../campaign/seeds/seeds';

/** Another seed finds other faults; this one finds none, each time. The long campaign is docs/campaigns.md. */
const SEED = 20260304;
const CASES = 306;

describe('Damaged transcripts of all agents', () => {
  it(`${CASES} cases: no crash, no hang, and the session beside it is right`, async function () {
    this.timeout(120_000);
    const options = { seed: SEED, cases: CASES, processes: 2, samples: false, huge: false };
    const { cases, failures, bySeed } = await runCampaign(options, () => undefined);
    const repeat = (name: string, number: number): string =>
      `npm run campaign:transcripts -- --seed=${SEED} --no-samples --agent=${name} --only=${number}`;
    assert.deepEqual(
      failures.map(({ job, what, failure }) => [repeat(job.seed, job.number), what, failure]),
      [],
    );
    assert.equal(cases, CASES);
    assert.deepEqual([...bySeed.keys()].sort(), SEEDS.map(({ name }) => name).sort());
  });
});
