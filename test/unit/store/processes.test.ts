import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VARIANTS, type Variant } from '../../../src/api';
import type { TagDecision } from '../../../src/domain/tags';
import type { FileStore } from '../../../src/store/fileStore';
import {
  askAboutWhole,
  assertTidy,
  MODES,
  NEVER_MS,
  author,
  cleanUp,
  openStore,
  runningStore,
  tag,
  tagsOf,
} from './support/fixture';
import { buildWorker, removeWorker, Worker, type WorkerOptions } from './support/processes';

/** Windows cannot pause a process by a signal. */
const CAN_PAUSE = process.platform !== 'win32';

/** The file is sound in the eyes of another SQLite, and holds what our own view holds. */
async function assertSound(store: FileStore): Promise<void> {
  const answer = await askAboutWhole(store, 'PRAGMA integrity_check; SELECT count(*) FROM experiment_tags');
  if (answer === undefined) return;
  assert.deepEqual(answer, ['ok', String(Object.keys(await tagsOf(store)).length)]);
}

for (const { mode, journal } of MODES)
  describe(`store: several processes (${mode})`, function () {
    this.timeout(120_000);
    const workers: Worker[] = [];
    const start = async (count: number, folder: string, options?: WorkerOptions): Promise<Worker[]> => {
      const started = await Worker.startMany(count, folder, { journal, quietMs: NEVER_MS, ...options });
      workers.push(...started);
      return started;
    };

    before(buildWorker);
    after(removeWorker);
    afterEach(() => {
      for (const worker of workers.splice(0)) worker.kill();
      cleanUp();
    });

    it('loses none of 8 x 25 tags of different sessions', async () => {
      const store = await runningStore({ journal, now: Date.now });
      const crew = await start(8, join(store.file, '..'));
      const sessions = crew.map((_, who) => Array.from({ length: 25 }, (_unused, n) => `s-${who}-${n}`));
      const decisions = await Promise.all(
        crew.map((worker, who) => worker.applyMany((sessions[who] ?? []).map((id) => tag(id, 'Treatment')))),
      );
      assert.ok(decisions.flat().every(({ outcome }) => outcome === 'tagged'));
      assert.deepEqual(Object.keys(await tagsOf(store)).sort(), sessions.flat().sort());
      assert.equal((await store.history('e1')).length, 200);
      await assertSound(store);
      assertTidy(join(store.file, '..'));
    });

    it('lets exactly one of 8 win a session, and tells every other the truth, 50 times', async () => {
      const store = await runningStore({ journal, now: Date.now });
      const crew = await start(8, join(store.file, '..'));
      for (let round = 0; round < 50; round += 1) {
        const sessionId = `s-${round}`;
        const asked = crew.map((_, who): Variant => VARIANTS[(who + round) % 3] ?? 'Control');
        const replies = await Promise.all(
          crew.map((worker, who) => worker.apply(tag(sessionId, asked[who] ?? 'Control'))),
        );
        const decisions = replies.map((reply): TagDecision => {
          assert.ok('value' in reply, JSON.stringify(reply));
          return reply.value;
        });
        const winner = decisions.findIndex(({ outcome }) => outcome === 'tagged');
        const won = asked[winner];
        const expected = asked.map((variant, who) =>
          who === winner ? 'tagged' : variant === won ? 'unchanged' : 'conflict',
        );
        assert.deepEqual(
          decisions.map(({ outcome }) => outcome),
          expected,
          `round ${round}`,
        );
        assert.ok(decisions.every(({ existing }, who) => who === winner || existing === won));
        const history = await store.history('e1', sessionId);
        assert.deepEqual(
          history.map(({ to }) => to),
          [won],
        );
        assert.equal((await tagsOf(store))[sessionId], won);
      }
      await assertSound(store);
    });

    it('survives SIGKILL of the holder at every file system call', async () => {
      const store = await runningStore({ journal, now: Date.now });
      const folder = join(store.file, '..');
      // The first write of a day makes a backup too; the ones that follow do what all others do.
      await store.apply(tag('first', 'Control'), author);
      const [tracer] = await start(1, folder);
      assert.ok(tracer);
      const sites = await tracer.trace(tag('traced', 'Control'));
      assert.ok(
        sites.some(({ call, name }) => call === 'rename' && (name === 'next.db' || name === 'next.entry')),
        JSON.stringify(sites),
      );
      const acknowledged = new Set(['traced']);
      for (const { index, call, name } of sites) {
        for (const moment of ['before', 'after'] as const) {
          const where = `${moment} ${call} ${name ?? ''} (${index})`;
          const [victim] = await start(1, folder);
          assert.ok(victim);
          const reply = await victim.apply(tag(`victim-${index}-${moment}`, 'Control'), {
            index,
            moment,
            how: 'SIGKILL',
          });
          assert.ok('gone' in reply, `${where}: ${JSON.stringify(reply)}`);
          // A fresh identity, and a limit far below the staleness: a dead holder must be seen as dead at once.
          const next = openStore(folder, { journal, now: Date.now, lockTimeoutMs: 2_000, staleMs: 1_000_000 });
          assert.equal(
            (await next.apply(tag(`next-${index}-${moment}`, 'Treatment'), author)).outcome,
            'tagged',
            where,
          );
          acknowledged.add(`next-${index}-${moment}`);
          const tags = await tagsOf(next);
          for (const id of acknowledged) assert.ok(id in tags, `${id} lost ${where}`);
          // The victim's write is there as a whole or not at all.
          const history = await next.history('e1', `victim-${index}-${moment}`);
          assert.equal(history.length, `victim-${index}-${moment}` in tags ? 1 : 0, where);
          await assertSound(next);
          assertTidy(folder, where);
          next.dispose();
        }
      }
    });

    it('keeps a holder that was paused past its staleness from overwriting what others wrote meanwhile', async function () {
      if (!CAN_PAUSE) this.skip();
      const store = await runningStore({ journal, now: Date.now });
      const folder = join(store.file, '..');
      const [sleeper, other] = await start(2, folder, { staleMs: 40 });
      assert.ok(sleeper && other);
      await sleeper.trace(tag('first', 'Control'));
      // Its first command also swept the folder; this one does what all later ones do.
      const sites = await sleeper.trace(tag('traced', 'Control'));
      const taken = sites.findIndex(({ call }) => call === 'rename');
      const commit = sites.findIndex(
        ({ call, name }) => call === 'rename' && (name === 'next.db' || name === 'next.entry'),
      );
      const inside = sites.filter(({ index }) => index >= taken);
      for (const { index, call, name } of inside) {
        const where = `after ${call} ${name ?? ''} (${index})`;
        const stop = { index, moment: 'after', how: 'SIGSTOP' } as const;
        const sleeping = sleeper.apply(tag(`sleeper-${index}`, 'Control'), stop);
        await stopped(sleeper.pid);
        const meanwhile = await other.apply(tag(`meanwhile-${index}`, 'Treatment'));
        assert.ok('value' in meanwhile && meanwhile.value.outcome === 'tagged', where);
        sleeper.continue();
        const woken = await sleeping;
        assert.ok('value' in woken && woken.value.outcome === 'tagged', `${where}: ${JSON.stringify(woken)}`);
        const tags = await tagsOf(store);
        assert.equal(tags[`meanwhile-${index}`], 'Treatment', where);
        assert.equal(tags[`sleeper-${index}`], 'Control', where);
        const [slept, ...more] = await store.history('e1', `sleeper-${index}`);
        const [wrote] = await store.history('e1', `meanwhile-${index}`);
        assert.ok(slept && wrote && more.length === 0, where);
        // One who had not committed when it fell asleep did its work again, on top of what it found.
        assert.equal(slept.sequence > wrote.sequence, index < commit, where);
        // What the sleeper kept in memory is not older than the file.
        const again = await sleeper.apply(tag(`meanwhile-${index}`, 'Control'));
        assert.ok('value' in again && again.value.outcome === 'conflict', where);
        await assertSound(store);
      }
    });

    it('gives a woken holder the conflict that arose while it was paused', async function () {
      if (!CAN_PAUSE) this.skip();
      const store = await runningStore({ journal, now: Date.now });
      const [sleeper, other] = await start(2, join(store.file, '..'), { staleMs: 40 });
      assert.ok(sleeper && other);
      // The first write of a day makes a backup too.
      await store.apply(tag('first', 'Control'), author);
      const [tracer] = await start(1, join(store.file, '..'));
      const sites = (await tracer?.trace(tag('traced', 'Control'))) ?? [];
      const commit = sites.findIndex(
        ({ call, name }) => call === 'rename' && (name === 'next.db' || name === 'next.entry'),
      );
      const sleeping = sleeper.apply(tag('same', 'Control'), { index: commit, moment: 'before', how: 'SIGSTOP' });
      await stopped(sleeper.pid);
      const meanwhile = await other.apply(tag('same', 'Treatment'));
      assert.ok('value' in meanwhile && meanwhile.value.outcome === 'tagged');
      sleeper.continue();
      const woken = await sleeping;
      assert.ok('value' in woken, JSON.stringify(woken));
      assert.deepEqual(woken.value, { outcome: 'conflict', existing: 'Treatment', after: 'Treatment' });
      assert.deepEqual(await tagsOf(store), { first: 'Control', same: 'Treatment', traced: 'Control' });
    });

    it('sees what another process wrote, and says so', async () => {
      const store = await runningStore({ journal, now: Date.now });
      await store.read();
      const [other] = await start(1, join(store.file, '..'));
      let changes = 0;
      const noticed = new Promise<void>((resolve) => {
        store.onDidChange(() => {
          changes += 1;
          resolve();
        });
      });
      const watching = store.watch();
      await other?.apply(tag('s1', 'Excluded'));
      await noticed;
      assert.deepEqual(await tagsOf(store), { s1: 'Excluded' });
      await store.poll();
      assert.equal(changes, 1);
      watching.dispose();
    });
  });

/** Waits until the process is stopped, which only the system knows: the process itself says nothing any more. */
async function stopped(pid: number): Promise<void> {
  const state = (): string =>
    process.platform === 'linux'
      ? (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
      : execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' });
  while (!state().startsWith('T')) await new Promise((resolve) => setImmediate(resolve));
}
