import assert from 'node:assert/strict';
import type { Author, HistoryEntry } from '../../../src/domain/tags';
import { runDamage } from '../../campaign/store/damage';
import { historyProblems } from '../../campaign/store/judge';
import { runKills } from '../../campaign/store/kills';

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
