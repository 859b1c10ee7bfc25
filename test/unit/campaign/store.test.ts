import assert from 'node:assert/strict';
import type { Author, HistoryEntry } from '../../../src/domain/tags';
import { findCallSites, siteKey } from '../../campaign/store/callSites';
import { runDamage } from '../../campaign/store/damage';
import { runFaults } from '../../campaign/store/faults';
import { historyProblems } from '../../campaign/store/judge';
import { runKills } from '../../campaign/store/kills';
import { runSurroundings } from '../../campaign/store/surroundings';

/** The short version of `npm run campaign`, see docs/reliability.md. */
describe('campaign: the store', function () {
  this.timeout(300_000);

  it('loses, doubles and invents nothing while processes are killed', async () => {
    const totals = await runKills({
      ...{ seed: 5, kills: 24, acknowledgedWrites: 50, processes: 4, segments: 4 },
      log: () => undefined,
    });
    assert.deepEqual(totals.problems, []);
    assert.ok(totals.kills >= 24 && totals.acknowledgedWrites >= 50 && totals.checkedFiles > 0);
  });

  it('meets damaged files with read-only, or with every row as it was', async () => {
    const totals = await runDamage(5, 120);
    assert.deepEqual(totals.problems, []);
    assert.ok(totals.readOnly > 60, `only ${totals.readOnly} were noticed`);
  });

  it('holds at every place that calls the file system, when a call there fails', async () => {
    const { sites, problems, attempts, acknowledged, refused } = await runFaults({
      ...{ seed: 5, perSite: 1 },
      log: () => undefined,
    });
    assert.deepEqual(problems, []);
    assert.ok(sites.size > 50 && [...sites.values()].every(({ calls, injected }) => calls > 0 && injected > 0));
    assert.ok(attempts >= sites.size && acknowledged > 0 && refused > 0);
  });

  it('finds the calls of the file system by their type, and hears of one that is not made through it', () => {
    const sites = findCallSites().map(siteKey);
    assert.equal(new Set(sites).size, sites.length);
    for (const known of ['lock.ts', 'journal.ts', 'atomicFile.ts', 'restore.ts', 'folderWatch.ts', 'token.ts']) {
      assert.ok(
        sites.some((site) => site.startsWith(`src/store/${known}:`)),
        known,
      );
    }
  });

  it('holds on a full and on a read-only disk, and whatever happens to its folder, its clock and its version', async () => {
    const { problems, parts, skipped, acknowledged } = await runSurroundings({
      ...{ seed: 5, rounds: 1, processes: 3 },
      log: (line) => {
        if (line.includes('!!!')) console.warn(`    ${line}`);
      },
    });
    assert.deepEqual(problems, []);
    assert.equal(parts / 2 + skipped.length, 8);
    assert.ok(acknowledged > 0);
  });

  it('would notice a lost, a doubled and an invented write, and two winners', () => {
    const request = { action: 'tag', experimentId: 'e1', sessionId: 's1', variant: 'Control' } as const;
    const answered = { request, answer: { outcome: 'tagged', after: 'Control' } } as const;
    const author: Author = { who: '', via: 'program', window: '' };
    const entry: HistoryEntry = {
      ...{ sequence: 1, experimentId: 'e1', sessionId: 's1', at: 1, author },
      action: 'tag',
      to: 'Control',
    };
    const tags = new Map([['s1', 'Control'] as const]);
    assert.deepEqual(historyProblems([[answered]], [entry], tags).problems, []);
    assert.match(historyProblems([[answered]], [], new Map()).problems.join(), /lost/);
    assert.match(historyProblems([[answered]], [entry, entry], tags).problems.join(), /more than/);
    assert.match(historyProblems([], [entry], tags).problems.join(), /nobody asked/);
    const contested = { ...answered, request: { ...request, sessionId: 'contested-1' } };
    const won = { ...entry, sessionId: 'contested-1' };
    const both = historyProblems([[contested], [contested]], [won], new Map([['contested-1', 'Control']]));
    assert.match(both.problems.join(), /2 were told/);
  });
});
