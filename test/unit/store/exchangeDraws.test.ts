import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { VARIANTS, type Variant } from '../../../src/api';
import { drawing } from '../../../src/assignment/drawing';
import { mergeDraw } from '../../../src/domain/merge';
import type { FileStore } from '../../../src/store/fileStore';
import type { MergeResult } from '../../../src/store/merge';
import { author, cleanUp, contentOf, openStore, sampleExperiment, tag, tagsOf, tempFolder } from './support/fixture';
import { allRows, exported, how, importFile } from './support/exchange';
import { HookedFiles, systemError } from './support/hookedFiles';

const SEED = 20_261_125;

async function copyOf(store: FileStore): Promise<FileStore> {
  const folder = tempFolder();
  writeFileSync(join(folder, 'experiments.db'), (await store.export()).bytes);
  return openStore(folder);
}

/** A running experiment `e1` that draws. */
async function randomisedStore(blinded = false): Promise<FileStore> {
  const store = openStore(tempFolder());
  const randomised = { treatmentText: 'Be brief.', allocation: 0.5, ...(blinded ? { blinded } : {}) };
  await store.save(sampleExperiment({ randomised }));
  await store.transition('e1', 'start');
  return store;
}

async function draw(store: FileStore, sessionId: string, agent = 'codex'): Promise<Variant> {
  const request = { agent, sessionId, folder: '/home/ada', begins: true, source: 'hook' } as const;
  const [drawn] = await store.assign(request, drawing);
  assert.ok(drawn);
  return drawn.assignment.variant;
}

const otherThan = (variant: Variant): Variant => (variant === 'Control' ? 'Treatment' : 'Control');
const reasons = ({ skipped }: MergeResult): string[] => skipped.map(({ kind, reason }) => `${kind}: ${reason}`);

afterEach(cleanUp);

describe('what becomes of a draw of a file', () => {
  const row = (facts: string, delivered = false): { facts: string; delivered: boolean } => ({ facts, delivered });
  const free = { placeTaken: false, taggedOtherwise: false };

  it('is a decision of its own: the same draw, delivered or not, is here already', () => {
    assert.deepEqual(mergeDraw({ ...free, here: undefined, there: row('a') }), { kind: 'insert' });
    for (const [here, there, kind] of [
      [false, false, 'same'],
      [true, true, 'same'],
      [true, false, 'same'],
      [false, true, 'deliver'],
    ] as const)
      assert.deepEqual(
        mergeDraw({ here: row('a', here), there: row('a', there), placeTaken: true, taggedOtherwise: true }),
        {
          kind,
        },
      );
  });

  it('is never that what was drawn here changes, or a tag', () => {
    const other = { kind: 'skip', reason: 'otherDraw' };
    assert.deepEqual(mergeDraw({ ...free, here: row('a'), there: row('b', true) }), other);
    assert.deepEqual(mergeDraw({ ...free, here: undefined, there: row('b'), placeTaken: true }), other);
    assert.deepEqual(mergeDraw({ ...free, here: undefined, there: row('b'), taggedOtherwise: true }), {
      kind: 'skip',
      reason: 'conflict',
    });
  });
});

describe('importing into a store with drawn sessions', () => {
  it('reports a tag that is not what was drawn here as a conflict, as tagging does, and does not write it', async () => {
    const here = await randomisedStore();
    const there = await copyOf(here);
    const drawn = await draw(here, 's1');
    await there.apply(tag('s1', otherThan(drawn)), author);
    const file = await exported(there);
    assert.equal((await here.apply(tag('s1', otherThan(drawn)), author)).outcome, 'conflict', 'the rule of tagging');
    const before = readFileSync(here.file);
    const { skipped, counts } = await importFile(here, file);
    assert.deepEqual(skipped, [
      {
        kind: 'tags',
        reason: 'conflict',
        experimentId: 'e1',
        sessionId: 's1',
        here: drawn,
        there: otherThan(drawn),
        rows: 1,
      },
      { kind: 'history', reason: 'tagDiffers', experimentId: 'e1', sessionId: 's1', rows: 1 },
    ]);
    assert.deepEqual(counts.tags, { imported: 0, unchanged: 0, skipped: 1 });
    assert.deepEqual(readFileSync(here.file), before);
  });

  it('finds a tag with the variant that was drawn here unchanged, as tagging does', async () => {
    const here = await randomisedStore();
    const there = await copyOf(here);
    const drawn = await draw(here, 's1');
    await there.apply(tag('s1', drawn), author);
    const { counts } = await importFile(here, await exported(there));
    assert.deepEqual(counts.tags, { imported: 0, unchanged: 1, skipped: 0 });
    assert.deepEqual(await tagsOf(here), {});
  });

  it('does not tell by a conflict what a blind hides', async () => {
    for (const variant of ['Control', 'Treatment'] as const) {
      const here = await randomisedStore(true);
      const there = await copyOf(here);
      await draw(here, 's1');
      await there.apply(tag('s1', variant), author);
      const { skipped } = await importFile(here, await exported(there));
      assert.deepEqual(skipped, [
        { kind: 'tags', reason: 'drawnHere', experimentId: 'e1', sessionId: 's1', there: variant, rows: 1 },
        { kind: 'history', reason: 'drawnHere', experimentId: 'e1', sessionId: 's1', rows: 1 },
      ]);
      assert.deepEqual(await tagsOf(here), {});
    }
  });

  it('takes the delivery of the same draw over, once', async () => {
    const here = await randomisedStore();
    await draw(here, 's1');
    const there = await copyOf(here);
    await there.delivered([{ experimentId: 'e1', sessionId: 's1' }]);
    const file = await exported(there);
    const result = await importFile(here, file);
    assert.deepEqual(result.skipped, []);
    assert.deepEqual(await allRows(here.file), await allRows(file));
    const once = readFileSync(here.file);
    await importFile(here, file);
    await importFile(there, await exported(here));
    assert.deepEqual(readFileSync(here.file), once);
    // An older copy takes nothing back.
    const undelivered = await randomisedStore();
    await importFile(undelivered, file);
    assert.deepEqual(readFileSync(here.file), once);
  });

  it('keeps what was drawn where two copies went on drawing apart', async () => {
    const here = await randomisedStore();
    const there = await copyOf(here);
    await draw(here, 'mine');
    await draw(there, 'theirs');
    const before = (await allRows(here.file))['assignments'];
    const result = await importFile(here, await exported(there));
    assert.deepEqual(reasons(result).sort(), ['others: otherDetails', 'others: otherDraw']);
    assert.deepEqual((await allRows(here.file))['assignments'], before);
  });

  it('does not take over a sample that was frozen without a draw that is here', async () => {
    const here = await randomisedStore();
    const there = await copyOf(here);
    await draw(here, 's1');
    await there.transition('e1', 'conclude', { freeze: () => 'the sample' });
    const result = await importFile(here, await exported(there));
    assert.ok(reasons(result).includes('experiments: furtherThere'));
    assert.equal((await here.read()).experiments[0]?.state, 'Running');
  });
});

type Step =
  | { do: 'draw'; session: string; agent: string }
  | { do: 'deliver'; session: string }
  | { do: 'untag'; session: string }
  | { do: 'tag' | 'retag'; session: string; variant: Variant }
  | { do: 'judge'; session: string; outcome: 'success' | 'failure' }
  | { do: 'look' | 'unblind' | 'conclude' };

const session = fc.constantFrom('s1', 's2', 's3', 's4');
const variant = fc.constantFrom(...VARIANTS);
const step = (conclude: boolean): fc.Arbitrary<Step> =>
  fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('draw' as const), session, agent: fc.constantFrom('codex', 'gemini') }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('deliver' as const, 'untag' as const), session }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('tag' as const, 'retag' as const), session, variant }) },
    fc.record({
      do: fc.constant('judge' as const),
      session,
      outcome: fc.constantFrom('success' as const, 'failure' as const),
    }),
    fc.record({
      do: fc.constantFrom(...(conclude ? (['look', 'unblind', 'conclude'] as const) : (['look', 'unblind'] as const))),
    }),
  );
const steps = (conclude: boolean): fc.Arbitrary<Step[]> => fc.array(step(conclude), { maxLength: 14 });

async function carryOut(store: FileStore, all: readonly Step[]): Promise<void> {
  for (const one of all) {
    const experimentId = 'e1';
    switch (one.do) {
      case 'draw': {
        const { session: sessionId, agent } = one;
        await store.assign({ agent, sessionId, folder: '/home/ada', begins: true, source: 'hook' }, drawing);
        break;
      }
      case 'deliver':
        await store.delivered([{ experimentId, sessionId: one.session }]);
        break;
      case 'tag':
        await store.apply(tag(one.session, one.variant), author);
        break;
      case 'untag':
        await store.apply({ action: 'untag', experimentId, sessionId: one.session, reason: 'by chance' }, author);
        break;
      case 'retag':
        await store.apply(
          { action: 'retag', experimentId, sessionId: one.session, variant: one.variant, reason: 'by chance' },
          author,
        );
        break;
      case 'judge':
        await store.setOutcome(one.session, one.outcome, author);
        break;
      case 'look':
        await store.logLook(experimentId, { control: 3, treatment: 4 });
        break;
      case 'unblind':
        await store.unblind(experimentId, author);
        break;
      case 'conclude':
        await store.transition(experimentId, 'conclude', { freeze: ({ tags }) => JSON.stringify([...tags]) });
    }
  }
}

const FINAL = ['s1', 's2', 's3', 's4'];

/** The variant that each session has: its tag, else what was drawn. */
async function variantsOf(store: FileStore): Promise<Record<string, Variant | undefined>> {
  const { tags, assignments } = await store.read();
  return Object.fromEntries(
    FINAL.map((id) => [id, tags.get('e1')?.get(id) ?? assignments.get('e1')?.get(id)?.variant]),
  );
}

describe('randomised experiments that are exported and imported', function () {
  this.timeout(180_000);

  it('are the same in an empty store: draws, deliveries, looks and frozen samples; a second time changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(steps(true), fc.boolean(), async (all, blinded) => {
        const store = await randomisedStore(blinded);
        await carryOut(store, all);
        const file = await exported(store);
        const empty = openStore(tempFolder());
        const { skipped } = await importFile(empty, file);
        assert.deepEqual(skipped, []);
        assert.deepEqual(await allRows(empty.file), await allRows(store.file));
        const once = readFileSync(empty.file);
        assert.deepEqual((await importFile(empty, file)).skipped, []);
        assert.deepEqual(readFileSync(empty.file), once);
        cleanUp();
      }),
      { numRuns: 20, seed: SEED },
    );
  });

  it('change no variant, tag or draw that is here, whatever two copies did; a second time changes nothing; the file stays', async () => {
    await fc.assert(
      fc.asyncProperty(steps(false), steps(true), steps(true), async (both, ours, theirs) => {
        const here = await randomisedStore();
        await carryOut(here, both);
        const there = await copyOf(here);
        await carryOut(here, ours);
        await carryOut(there, theirs);
        const file = await exported(there);
        const source = (): unknown => [readFileSync(file), statSync(file, { bigint: true }).mtimeNs];
        const [untouched, before, variants] = [source(), await allRows(here.file), await variantsOf(here)];
        await importFile(here, file);
        const after = await allRows(here.file);
        for (const table of ['experiment_tags', 'tag_history', 'frozen_samples', 'assignment_seeds', 'unblindings']) {
          // History lines may get other numbers only where they are new.
          for (const row of before[table] ?? []) assert.ok(after[table]?.includes(row), `${table}: ${row}`);
        }
        for (const [id, had] of Object.entries(variants)) {
          if (had !== undefined) assert.equal((await variantsOf(here))[id], had, id);
        }
        const once = readFileSync(here.file);
        await importFile(here, file);
        assert.deepEqual(readFileSync(here.file), once, 'twice');
        assert.deepEqual(source(), untouched);
        cleanUp();
      }),
      { numRuns: 25, seed: SEED },
    );
  });

  it('are taken as a whole or not at all, whichever call of the file system fails', async () => {
    const there = await randomisedStore();
    for (const id of FINAL) await draw(there, id);
    await there.apply(tag('s5', 'Control'), author);
    await there.transition('e1', 'conclude', { freeze: () => 'the sample' });
    const file = await exported(there);
    const wanted = await allRows(file);

    const hooked = new HookedFiles();
    const counting = openStore(tempFolder(), { files: hooked.files });
    await counting.save(sampleExperiment({ id: 'mine' }));
    const source = await counting.readDatabase(file);
    hooked.setHook(() => undefined);
    await counting.merge(source, how);
    const calls = hooked.sites.length;
    assert.ok(calls > 10);
    let [none, all] = [0, 0];
    for (let failing = 0; failing < calls; failing += 1) {
      const faulty = new HookedFiles();
      const store = openStore(tempFolder(), { files: faulty.files });
      await store.save(sampleExperiment({ id: 'mine' }));
      const before = await allRows(store.file);
      const again = await store.readDatabase(file);
      faulty.setHook((site, moment) => {
        if (moment === 'before' && site.index === failing) throw systemError('EIO');
      });
      await store.merge(again, how).catch(() => undefined);
      faulty.setHook(undefined);
      const folder = dirname(store.file);
      assert.ok('experiments.db' in contentOf(folder));
      const fresh = openStore(folder);
      const imported = (await fresh.read()).experiments.length === 2;
      const now = await allRows(fresh.file);
      if (imported) {
        all += 1;
        for (const [table, rows] of Object.entries(wanted))
          for (const row of rows) assert.ok(now[table]?.includes(row), `call ${failing}: ${table} lacks ${row}`);
      } else {
        none += 1;
        assert.deepEqual(now, before, `call ${failing}`);
      }
      for (const done of [store, fresh]) done.dispose();
    }
    assert.ok(none > 0 && all > 0, `${none} times nothing and ${all} times all was taken`);
  });
});
