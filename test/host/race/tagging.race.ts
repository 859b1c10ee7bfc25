import assert from 'node:assert/strict';
import path from 'node:path';
import type { TagResult } from '../../../src/api';
import { testEnvironment } from '../support/environment';
import { api, eventually, newRunning, run } from '../support/extension';
import { Rendezvous, thisWindow } from '../support/rendezvous';
import { otherSqlite } from '../support/sqlite';

const ROUNDS = 200;

describe('two windows over one store', () => {
  const me = thisWindow();
  const { shared, storage } = testEnvironment();
  const rendezvous = new Rendezvous(shared, me);
  let experimentId: string;

  before(async () => {
    await api();
    await rendezvous.meet('activated');
    if (me === 'A') {
      experimentId = (await newRunning('Two windows')).id;
      rendezvous.put('experiment', experimentId);
    } else {
      experimentId = await rendezvous.get<string>('experiment');
    }
  });

  it('see a tag of the other without being asked to read', async () => {
    const { onDidChange, tags } = await api();
    if (me === 'A') {
      await rendezvous.get('listening');
      assert.equal((await run('tagTreatment', { experimentId, sessionId: 'seen' })).outcome, 'tagged');
      await rendezvous.get('seen');
      return;
    }
    // Make sure that what is waited for is news.
    assert.deepEqual(await tags(experimentId), {});
    const heard = new Promise<void>((resolve) => onDidChange(resolve));
    rendezvous.put('listening', true);
    await heard;
    assert.deepEqual(await tags(experimentId), { seen: 'Treatment' });
    rendezvous.put('seen', true);
  });

  it(`give one tag and one conflict in ${ROUNDS} rounds out of ${ROUNDS}`, async () => {
    const wins = { A: 0, B: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const sessionId = `same-${round}`;
      await rendezvous.meet(`same ${round}`);
      const mine = await run(me === 'A' ? 'tagControl' : 'tagTreatment', { experimentId, sessionId });
      rendezvous.put(`outcome ${round}`, mine);
      const theirs = await rendezvous.get<TagResult>(`outcome ${round}`);
      assert.deepEqual([mine.outcome, theirs.outcome].sort(), ['conflict', 'tagged'], `round ${round}`);
      const winner = mine.outcome === 'tagged' ? mine : theirs;
      const loser = mine.outcome === 'tagged' ? theirs : mine;
      assert.equal(loser.existing, winner.variant, `round ${round}`);
      assert.equal((await (await api()).tags(experimentId))[sessionId], winner.variant, `round ${round}`);
      wins[winner.variant === 'Control' ? 'A' : 'B'] += 1;
    }
    console.log(`  window A was first ${wins.A} times, window B ${wins.B} times`);
  });

  it(`lose none of 2 × ${ROUNDS} tags of different sessions`, async () => {
    await rendezvous.meet('different');
    for (let index = 0; index < ROUNDS; index += 1) {
      const result = await run('tagControl', { experimentId, sessionId: `${me}-${index}` });
      assert.equal(result.outcome, 'tagged', result.message);
    }
    rendezvous.put('all tagged', true);
    await rendezvous.get('all tagged');
    const expected = (['A', 'B'] as const).flatMap((name) =>
      Array.from({ length: ROUNDS }, (_, index) => `${name}-${index}`),
    );
    const { tags } = await api();
    const found = await eventually(
      () => tags(experimentId),
      (all) => expected.every((id) => all[id] === 'Control'),
      'tags',
    );
    assert.equal(Object.keys(found).length, 1 + ROUNDS + 2 * ROUNDS);
  });

  it('leave a sound file with every row', async function () {
    await rendezvous.meet('sound');
    const database = path.join(storage, 'experiments.db');
    const integrity = otherSqlite(database, 'PRAGMA integrity_check');
    if (integrity === undefined) {
      console.log('  SKIPPED: sqlite3 is not installed');
      this.skip();
    }
    assert.deepEqual(integrity, [['ok']]);
    assert.deepEqual(otherSqlite(database, 'SELECT count(*) FROM experiment_tags'), [[1 + 3 * ROUNDS]]);
    assert.deepEqual(otherSqlite(database, 'SELECT count(*) FROM tag_history'), [[1 + 3 * ROUNDS]]);
  });
});
