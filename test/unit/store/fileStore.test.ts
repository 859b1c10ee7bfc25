import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { VARIANTS } from '../../../src/api';
import type { TagRequest } from '../../../src/domain/tags';
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
  tagsOf,
  tempFolder,
} from './support/fixture';
import { HookedFiles, systemError } from './support/hookedFiles';

describe('store: experiments and tags', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('reads a missing database as an empty one, and creates nothing', async () => {
    const folder = join(tempFolder(), 'not', 'there');
    let loads = 0;
    const store = openStore(folder, { loadWasm: () => ((loads += 1), loadWasm()) });
    assert.equal(loads, 0);
    const view = await store.read();
    assert.deepEqual([view.status, view.experiments, view.tags.size], [{ kind: 'ready' }, [], 0]);
    assert.deepEqual(await store.history('e1'), []);
    await store.poll();
    assert.equal((await store.apply(tag('s1', 'Control'), author)).refusal, 'unknownExperiment');
    assert.deepEqual(await store.transition('e1', 'start'), { ok: false, refusal: { code: 'unknownExperiment' } });
    assert.equal(existsSync(folder), false);
    await store.save(sampleExperiment());
    assert.deepEqual(readdirSync(folder), ['experiments.db']);
    assert.equal(loads, 1);
  });

  it('needs no SQLite until something was saved, and hears of that', async () => {
    const folder = tempFolder();
    let loads = 0;
    const store = openStore(folder, {
      loadWasm: () => {
        loads += 1;
        return loadWasm();
      },
    });
    let heard = 0;
    store.onDidChange(() => (heard += 1));
    for (const { status, experiments } of [await store.read(), await store.readExperiments()]) {
      assert.deepEqual([status, experiments], [{ kind: 'ready' }, []]);
    }
    await store.poll();
    assert.equal(loads, 0);
    await openStore(folder).save(sampleExperiment());
    await store.poll();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([loads, heard], [1, 1]);
    assert.deepEqual((await store.read()).experiments, [sampleExperiment()]);
  });

  it('is not taken for unused where a look at its file fails for a moment, or its folder cannot be listed', async () => {
    const folder = dirname((await runningStore()).file);
    for (const failures of [1, 2, 3]) {
      const hooked = new HookedFiles();
      let left = failures;
      hooked.setHook(({ call, name }, moment) => {
        if (call !== 'lstat' || moment !== 'before' || name !== 'experiments.db' || left === 0) return;
        left -= 1;
        throw systemError('ENOENT');
      });
      const { experiments } = await openStore(folder, { files: hooked.files }).readExperiments();
      assert.deepEqual([left, experiments.length], [0, 1], String(failures));
    }
    const hooked = new HookedFiles();
    hooked.setHook(({ call }) => {
      if (call === 'readdir') throw systemError('EACCES');
    });
    const { status } = await openStore(tempFolder(), { files: hooked.files }).read();
    assert.ok(status.kind === 'readOnly' && status.problem === 'unreadable', JSON.stringify(status));
  });

  it('tells of the first look that can be made, after SQLite could not be loaded', async () => {
    const folder = dirname((await runningStore()).file);
    let fails = true;
    const store = openStore(folder, {
      loadWasm: () => {
        if (fails) throw new Error('no such file');
        return loadWasm();
      },
    });
    let heard = 0;
    store.onDidChange(() => (heard += 1));
    assert.equal((await faultOf(store.read())).code, 'engine');
    assert.equal((await faultOf(store.ready())).code, 'engine');
    fails = false;
    await store.poll();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(heard, 1);
  });

  it('keeps what was saved, newest first, across stores', async () => {
    const store = openStore(tempFolder());
    const older = sampleExperiment({ id: 'older', createdAt: 1 });
    const newer = sampleExperiment({
      id: 'newer',
      createdAt: 2,
      workspace: 'file:///w',
      since: 7,
      plannedPerVariant: 9,
    });
    assert.deepEqual(await store.save(newer), { outcome: 'created', experiment: newer });
    assert.deepEqual(await store.save(older), { outcome: 'created', experiment: older });
    const other = openStore(join(store.file, '..'));
    assert.deepEqual((await other.read()).experiments, [newer, older]);
  });

  it('updates the design of a draft and nothing else', async () => {
    const store = await runningStore();
    const [running] = (await store.read()).experiments;
    const given = sampleExperiment({ name: 'New', createdAt: 9, state: 'Archived', concludedAt: 3 });
    const decision = await store.save(given);
    assert.deepEqual(decision, { outcome: 'updated', experiment: { ...running, name: 'New' } });
    assert.deepEqual((await store.read()).experiments, [{ ...running, name: 'New' }]);
    assert.equal((await store.save(given)).outcome, 'unchanged');
  });

  it('refuses to save over a concluded experiment, and what would come back damaged', async () => {
    const store = await runningStore();
    await store.transition('e1', 'conclude');
    assert.deepEqual(await store.save(sampleExperiment({ name: 'New' })), {
      outcome: 'refused',
      refusal: { code: 'wrongState', state: 'Concluded' },
    });
    const bad = await store.save(sampleExperiment({ id: 'e2', durationDays: 0 }));
    assert.equal(bad.outcome, 'refused');
    assert.equal((await store.read()).experiments.length, 1);
  });

  it('goes forward only, and stamps the times', async () => {
    const store = openStore(tempFolder());
    await store.save(sampleExperiment());
    const refused = await store.transition('e1', 'conclude');
    assert.deepEqual(refused, {
      ok: false,
      refusal: { code: 'wrongState', transition: 'conclude', state: 'Draft', needs: 'Running' },
    });
    for (const transition of ['start', 'conclude', 'archive'] as const) {
      assert.ok((await store.transition('e1', transition)).ok);
    }
    const [experiment] = (await store.read()).experiments;
    assert.equal(experiment?.state, 'Archived');
    assert.equal(experiment.createdAt, 500);
    assert.ok(experiment.startedAt !== undefined && experiment.concludedAt !== undefined);
    assert.ok(experiment.startedAt < experiment.concludedAt);
  });

  it('tags once, reports a conflict, retags and untags with a reason, and remembers every step', async () => {
    const store = await runningStore();
    const outcomes = [];
    const requests: TagRequest[] = [
      tag('s1', 'Treatment'),
      tag('s1', 'Treatment'),
      tag('s1', 'Control'),
      { action: 'retag', experimentId: 'e1', sessionId: 's1', variant: 'Control', reason: ' misread ' },
      { action: 'untag', experimentId: 'e1', sessionId: 's1', reason: 'gone' },
      { action: 'untag', experimentId: 'e1', sessionId: 's1', reason: 'gone' },
    ];
    for (const request of requests) outcomes.push((await store.apply(request, author)).outcome);
    assert.deepEqual(outcomes, ['tagged', 'unchanged', 'conflict', 'retagged', 'untagged', 'refused']);
    assert.deepEqual(await tagsOf(store), {});
    const history = await store.history('e1', 's1');
    assert.deepEqual(
      history.map(({ sequence, action, from, to, reason }) => [sequence, action, from, to, reason]),
      [
        [1, 'tag', undefined, 'Treatment', undefined],
        [2, 'retag', 'Treatment', 'Control', 'misread'],
        [3, 'untag', 'Control', undefined, 'gone'],
      ],
    );
    assert.ok(history.every((entry) => entry.author.who === 'ada' && entry.author.window === 'w1'));
    assert.deepEqual(await store.history('e1', 'other'), []);
  });

  it('writes nothing where nothing changes', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const before = statSync(store.file, { bigint: true });
    await store.apply(tag('s1', 'Control'), author);
    await store.apply(tag('s1', 'Treatment'), author);
    await store.apply(tag('s1', 'Treatment', 'unknown'), author);
    await store.transition('e1', 'start');
    const after = statSync(store.file, { bigint: true });
    assert.deepEqual([after.ino, after.ctimeNs, after.mtimeNs], [before.ino, before.ctimeNs, before.mtimeNs]);
  });

  it('lets nobody change the history, not even another program', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    if (askOtherSqlite(store.file, 'SELECT 1') === undefined) return;
    const { execFileSync } = await import('node:child_process');
    for (const sql of [
      "UPDATE tag_history SET who = 'x'",
      'DELETE FROM tag_history',
      'INSERT OR REPLACE INTO tag_history SELECT * FROM tag_history',
    ]) {
      assert.throws(() => execFileSync('sqlite3', [store.file, sql], { stdio: 'pipe' }), /append-only/, sql);
    }
    assert.equal((await store.history('e1')).length, 1);
  });

  it('takes any text that Unicode allows as a session, and refuses what would come back changed', async () => {
    const store = await runningStore();
    const sessions = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), async (id) => {
        const decision = await store.apply(tag(id, 'Control'), author);
        const expected = id.trim() === '' ? 'refused' : sessions.has(id) ? 'unchanged' : 'tagged';
        assert.equal(decision.outcome, expected);
        if (expected !== 'refused') sessions.add(id);
        assert.deepEqual(new Set(Object.keys(await tagsOf(store))), sessions);
      }),
      { numRuns: 60 },
    );
    for (const id of ["'; DROP TABLE experiment_tags; --", '__proto__', '../../etc', '<script>']) {
      // Any text may have been among those above.
      const expected = sessions.has(id) ? 'unchanged' : 'tagged';
      assert.equal((await store.apply(tag(id, 'Control'), author)).outcome, expected, id);
    }
    assert.deepEqual(await faultOf(store.apply(tag('a\ud800', 'Control'), author)), {
      code: 'invalidValue',
      field: 'sessionId',
      reason: 'notUnicode',
    });
    assert.equal((await faultOf(store.apply(tag('a'.repeat(5000), 'Control'), author))).code, 'invalidValue');
    assert.equal((await faultOf(store.save(sampleExperiment({ id: ' ' })))).code, 'invalidValue');
  });

  it('gives any sequence of requests the same tags as the history replayed', async () => {
    const store = await runningStore();
    const request = fc.record({
      action: fc.constantFrom('tag', 'retag', 'untag'),
      experimentId: fc.constant('e1'),
      sessionId: fc.constantFrom('a', 'b', 'c'),
      variant: fc.constantFrom(...VARIANTS),
      reason: fc.constantFrom('', 'because'),
    }) as fc.Arbitrary<TagRequest>;
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
        await Promise.all(requests.map((one) => store.apply(one, author)));
        const replayed = new Map<string, string | undefined>();
        for (const { sessionId, from, to } of await store.history('e1')) {
          assert.equal(replayed.get(sessionId), from);
          replayed.set(sessionId, to);
        }
        const expected = [...replayed].filter(([, variant]) => variant !== undefined).sort();
        assert.deepEqual(Object.entries(await tagsOf(store)).sort(), expected);
      }),
      { numRuns: 20 },
    );
  });

  it('gives the same view while nothing changed, and a later one after', async () => {
    const store = await runningStore();
    const first = await store.read();
    assert.equal(await store.read(), first);
    await store.apply(tag('s1', 'Control'), author);
    const second = await store.read();
    assert.ok(second.revision > first.revision);
    assert.deepEqual([...first.tags], []);
  });

  it('tells listeners of its own writes and of others, once each, and of nothing else', async () => {
    const mine = await runningStore();
    const theirs = openStore(join(mine.file, '..'));
    await theirs.read();
    const heard = { mine: 0, theirs: 0 };
    mine.onDidChange(() => {
      heard.mine += 1;
      throw new Error('a listener that fails');
    });
    const subscription = theirs.onDidChange(() => (heard.theirs += 1));
    await mine.apply(tag('s1', 'Control'), author);
    await mine.apply(tag('s1', 'Treatment'), author);
    await theirs.poll();
    await theirs.read();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(heard, { mine: 1, theirs: 1 });
    subscription.dispose();
    await theirs.apply(tag('s2', 'Control'), author);
    await mine.poll();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(heard, { mine: 2, theirs: 1 });
  });

  it('sees a file that has the size, times and inode of the one before', async () => {
    const store = await runningStore();
    const other = openStore(join(store.file, '..'));
    // Whatever the clock of the file system does, the counter in the file goes up with every write.
    const counters = [];
    for (const id of ['a', 'b', 'c']) {
      await (id === 'b' ? other : store).apply(tag(id, 'Control'), author);
      counters.push(readFileSync(store.file).readUInt32BE(24));
    }
    assert.deepEqual(counters, [3, 4, 5]);
  });

  it('starts anew when the folder was deleted under it', async () => {
    const store = await runningStore();
    await store.read();
    rmSync(join(store.file, '..'), { recursive: true });
    assert.deepEqual((await store.read()).experiments, []);
    assert.equal((await store.apply(tag('s1', 'Control'), author)).refusal, 'unknownExperiment');
    await store.save(sampleExperiment());
    assert.equal((await store.read()).experiments.length, 1);
  });

  it('makes files and folders for their owner only', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = join(tempFolder(), 'storage');
    const store = openStore(folder);
    await store.save(sampleExperiment());
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(store.file).mode & 0o777, 0o600);
  });

  it('says that a folder may not be written', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    const folder = join(tempFolder(), 'storage');
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    const fault = await faultOf(openStore(folder).save(sampleExperiment()));
    assert.equal(fault.code, 'noPermission');
    chmodSync(folder, 0o700);
  });

  it('fails plainly after it was disposed, and when SQLite cannot be loaded', async () => {
    const store = await runningStore();
    store.dispose();
    assert.deepEqual(await faultOf(store.read()), { code: 'disposed' });
    assert.deepEqual(await faultOf(store.apply(tag('s', 'Control'), author)), { code: 'disposed' });
    const without = openStore(join(store.file, '..'), {
      loadWasm: () => {
        throw new Error('no such file');
      },
    });
    assert.deepEqual(await faultOf(without.read()), { code: 'engine', detail: 'no such file' });
  });
});
