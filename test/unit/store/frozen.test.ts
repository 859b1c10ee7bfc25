import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredFacts } from '../../../src/store/experimentStore';
import { Engine } from '../../../src/store/engine';
import { SCHEMA_VERSION } from '../../../src/store/schema';
import { DATABASE_NAME, type FileStore } from '../../../src/store/fileStore';
import {
  askOtherSqlite,
  author,
  cleanUp,
  faultOf,
  loadWasm,
  openStore,
  runningStore,
  sampleExperiment,
  tag,
  tempFolder,
} from './support/fixture';

/** A store over a copy of the database that was changed with SQL, as a person with another SQLite would. */
async function afterSql(store: FileStore, sql: string): Promise<FileStore> {
  const db = (await Engine.load(loadWasm)).open(await store.databaseBytes());
  db.script(sql);
  const folder = tempFolder();
  writeFileSync(join(folder, DATABASE_NAME), db.export());
  return openStore(folder);
}

const withoutTriggers = (sql: string): string => `DROP TRIGGER IF EXISTS frozen_samples_no_update; ${sql}`;

describe('store: what a conclusion keeps', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  async function concluded(sample = '{"rows":["é"]}'): Promise<FileStore> {
    const store = await runningStore();
    assert.ok((await store.transition('e1', 'conclude', { freeze: () => sample })).ok);
    return store;
  }

  it('is made from what is stored at that moment, and comes back as it was', async () => {
    const store = await runningStore();
    // Another window tags and judges just before.
    const other = openStore(join(store.file, '..'));
    await store.read();
    await other.apply(tag('s1', 'Treatment'), author);
    await other.setOutcome('s1', 'failure', author);
    let seen: StoredFacts | undefined;
    const decision = await store.transition('e1', 'conclude', {
      freeze: (stored) => {
        seen = stored;
        return JSON.stringify([...stored.tags]);
      },
    });
    assert.ok(decision.ok);
    assert.deepEqual(seen?.experiment, decision.experiment);
    assert.deepEqual([...seen.tags], [['s1', 'Treatment']]);
    assert.deepEqual([...seen.outcomes], [['s1', 'failure']]);
    assert.deepEqual(
      seen.history.map(({ action, sessionId }) => [action, sessionId]),
      [['tag', 's1']],
    );
    const kept = { kind: 'sound', at: decision.experiment.concludedAt, sample: '[["s1","Treatment"]]' };
    assert.deepEqual(await store.frozenSample('e1'), kept);
    assert.deepEqual(await other.frozenSample('e1'), kept);
    await store.transition('e1', 'archive');
    assert.deepEqual(await store.frozenSample('e1'), kept);
  });

  it('is nothing where the experiment was concluded by a program that keeps nothing', async () => {
    const store = await runningStore();
    await store.transition('e1', 'conclude');
    assert.equal(await store.frozenSample('e1'), undefined);
  });

  it('changes the state only together with the sample', async () => {
    const store = await runningStore();
    const fault = await faultOf(
      store.transition('e1', 'conclude', {
        freeze: () => {
          throw new Error('no sample today');
        },
      }),
    );
    assert.equal(fault.code, 'engine');
    const other = openStore(join(store.file, '..'));
    assert.equal((await other.read()).experiments[0]?.state, 'Running');
    assert.equal(await other.frozenSample('e1'), undefined);
  });

  it('cannot be changed, and says so where someone did it all the same', async () => {
    const store = await concluded();
    for (const sql of [
      "UPDATE frozen_samples SET sample = '{}'",
      'DELETE FROM frozen_samples',
      "INSERT OR REPLACE INTO frozen_samples VALUES ('e1', 1, '{}', '')",
    ]) {
      await assert.rejects(afterSql(store, sql), /append-only/, sql);
    }
    const changed = await afterSql(store, withoutTriggers(`UPDATE frozen_samples SET sample = '{"rows":["e"]}'`));
    assert.deepEqual(await changed.frozenSample('e1'), {
      kind: 'damaged',
      detail: 'its SHA-256 is not the one that was stored',
    });
    const typed = await afterSql(store, withoutTriggers("UPDATE frozen_samples SET sample = x'00'"));
    assert.equal((await typed.frozenSample('e1'))?.kind, 'damaged');
  });

  it('has the SHA-256 that another program computes', async () => {
    const store = await concluded('abc');
    const copy = await afterSql(store, 'SELECT 1');
    const digest = askOtherSqlite(copy.file, 'SELECT digest FROM frozen_samples');
    // FIPS 180-2, appendix B.1.
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    if (digest !== undefined) assert.deepEqual(digest, [expected]);
  });
});

describe('store: the plan of a running experiment', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('is frozen at the start, but for name and description', async () => {
    const store = openStore(tempFolder());
    await store.save(sampleExperiment());
    assert.equal((await store.save(sampleExperiment({ alpha: 0.1 }))).outcome, 'updated');
    const pinnedTips = { control: 'c'.repeat(40), treatment: 'd'.repeat(40) };
    await store.transition('e1', 'start', { pinnedTips });
    const [running] = (await store.read()).experiments;
    assert.ok(running);
    assert.deepEqual([running.alpha, running.plannedPerVariant, running.pinnedTips], [0.1, 50, pinnedTips]);
    for (const change of [
      { alpha: 0.2 },
      { plannedPerVariant: 60 },
      { pinnedTips: { control: 'c'.repeat(40) } },
      { successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -1 } as const },
      { guardrails: [] },
    ]) {
      const refused = await store.save({ ...running, ...change });
      const refusal = { code: 'frozen', fields: Object.keys(change) };
      assert.deepEqual(refused, { outcome: 'refused', refusal }, JSON.stringify(change));
    }
    assert.deepEqual((await store.read()).experiments, [running]);
    const renamed = await store.save({ ...running, name: 'New', changeDescription: 'In other words' });
    assert.equal(renamed.outcome, 'updated');
  });
});

describe('store: the log of looks', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('takes a look where the numbers are new, and only while the experiment runs', async () => {
    const store = openStore(tempFolder());
    await store.save(sampleExperiment());
    const first = { control: 4, treatment: 3 };
    assert.equal(await store.logLook('e1', first), false, 'a draft');
    await store.transition('e1', 'start');
    const open = { control: 5, treatment: 5, estimate: -0.1 / 3, logE: -0.2, lower: null, upper: null };
    const narrow = { ...open, control: 6, lower: -1 / 3, upper: 0.25 };
    const logged = [];
    for (const look of [first, first, open, open, narrow, open]) logged.push(await store.logLook('e1', look));
    assert.deepEqual(logged, [true, false, true, false, true, true]);
    const looks = await store.looks('e1');
    assert.deepEqual(
      looks.map(({ at, ...numbers }) => (assert.ok(at > 1000), numbers)),
      [first, open, narrow, open],
    );
    await store.transition('e1', 'conclude');
    assert.equal(await store.logLook('e1', first), false, 'a concluded one');
    assert.equal(await store.logLook('unknown', first), false);
    assert.deepEqual(await store.looks('unknown'), []);
    await assert.rejects(afterSql(store, 'DELETE FROM report_looks'), /append-only/);
  });
});

describe('store: deleting a draft', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('takes its tags away, and the history keeps them', async () => {
    const store = openStore(tempFolder());
    await store.save(sampleExperiment());
    await store.save(sampleExperiment({ id: 'e2' }));
    await store.apply(tag('s1', 'Treatment'), author);
    await store.apply(tag('s1', 'Control', 'e2'), author);
    assert.deepEqual(await store.deleteDraft('e1', author), { outcome: 'deleted' });
    const view = await store.read();
    assert.deepEqual(
      view.experiments.map(({ id }) => id),
      ['e2'],
    );
    assert.deepEqual([...view.tags.keys()], ['e2']);
    assert.deepEqual(
      (await store.history('e1')).map(({ action, from, reason }) => [action, from, reason]),
      [
        ['tag', undefined, undefined],
        ['untag', 'Treatment', 'The draft was deleted'],
      ],
    );
    assert.deepEqual(await store.deleteDraft('e1', author), {
      outcome: 'refused',
      refusal: { code: 'unknownExperiment' },
    });
  });

  it('is refused for what ran', async () => {
    const store = await runningStore();
    const refusal = { code: 'wrongState', state: 'Running' };
    assert.deepEqual(await store.deleteDraft('e1', author), { outcome: 'refused', refusal });
    assert.equal((await store.read()).experiments.length, 1);
  });
});

describe('store: a file of the first schema', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('is taken over with everything in it', async () => {
    const now = await runningStore();
    await now.apply(tag('s1', 'Control'), author);
    const later = ['assignment_seeds', 'assignments', 'unblindings'];
    const tables = ['frozen_samples', 'report_looks', 'journal_base', ...later];
    const drop = `${tables.map((table) => `DROP TABLE ${table}; `).join('')} PRAGMA user_version = 1`;
    const store = await afterSql(now, drop);
    assert.deepEqual((await store.read()).status, { kind: 'ready' });
    assert.equal(await store.frozenSample('e1'), undefined);
    assert.equal((await store.history('e1')).length, 1);
    assert.ok((await store.transition('e1', 'conclude', { freeze: () => 'kept' })).ok);
    assert.equal((await store.frozenSample('e1'))?.kind, 'sound');
    const sound = [String(SCHEMA_VERSION), 'ok'];
    assert.deepEqual(askOtherSqlite(store.file, 'PRAGMA user_version; PRAGMA integrity_check') ?? sound, sound);
  });

  it('is not ours where a table of its version lacks', async () => {
    const store = await afterSql(await runningStore(), 'DROP TABLE report_looks');
    const { status } = await store.read();
    assert.ok(status.kind === 'readOnly' && status.problem === 'unreadable');
  });
});
