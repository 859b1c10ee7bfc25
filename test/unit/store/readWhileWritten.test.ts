import assert from 'node:assert/strict';
import { cpSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileStore, FileStoreOptions } from '../../../src/store/fileStore';
import {
  author,
  cleanUp,
  contentOf,
  faultOf,
  openStore,
  runningStore,
  tag,
  tagsOf,
  tempFolder,
} from './support/fixture';
import { HookedFiles, systemError } from './support/hookedFiles';

type Content = Record<string, string>;

/** One call of the file system that another window makes. */
type Step = (folder: string) => void;

const put =
  (name: string, content: string): Step =>
  (folder) => {
    const next = join(folder, '..', 'next');
    writeFileSync(next, content, 'base64');
    renameSync(next, join(folder, name));
  };
const remove =
  (name: string): Step =>
  (folder) => {
    rmSync(join(folder, name));
  };

/** The steps from one content to another in the order of the store: what was written, then what it contains now and goes. */
function stepsBetween(before: Content, after: Content): Step[] {
  // What is kept aside of a restored file is nothing that a reader looks at.
  const isRead = (name: string): boolean => !name.startsWith('damaged');
  const written = Object.entries(after).filter(([name, content]) => isRead(name) && before[name] !== content);
  const gone = Object.keys(before).filter((name) => after[name] === undefined);
  return [...written.map(([name, content]) => put(name, content)), ...gone.map(remove)];
}

/** A folder in one state, what brings it to the next, and which sessions may be seen tagged on the way. */
interface Change {
  folder: string;
  steps: Step[];
  states: readonly string[][];
}

const ALWAYS = { journal: { fileBytes: 0 } } satisfies Partial<FileStoreOptions>;

describe('store: reading while another window writes', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  const sessionsOf = async (store: FileStore): Promise<string[]> => Object.keys(await tagsOf(store)).sort();

  async function changeOf(store: FileStore, work: () => Promise<unknown>): Promise<Change> {
    const folder = tempFolder();
    cpSync(dirname(store.file), folder, { recursive: true });
    const [before, seen] = [contentOf(folder), await sessionsOf(store)];
    await work();
    const steps = stepsBetween(before, contentOf(dirname(store.file)));
    return { folder, steps, states: [seen, await sessionsOf(store)] };
  }

  /** How many calls a reader makes, counted before and after each. */
  async function momentsOf({ folder }: Change): Promise<number> {
    const hooked = new HookedFiles();
    await openStore(folder, { files: hooked.files }).read();
    return hooked.sites.length * 2;
  }

  /**
   * Reads a copy of the folder and takes the steps at these moments of reading, each after the one before. A warm reader knows the
   * first state already.
   */
  async function readDuring(
    { folder: source, steps, states }: Change,
    moments: number[],
    warm: boolean,
  ): Promise<void> {
    const folder = join(tempFolder(), 'storage');
    cpSync(source, folder, { recursive: true });
    const hooked = new HookedFiles();
    const reader = openStore(folder, { files: hooked.files });
    if (warm) await reader.read();
    let [moment, taken] = [0, 0];
    const take = (upTo: number): void => {
      for (; taken < steps.length && (moments[taken] ?? 0) <= upTo; taken += 1) steps[taken]?.(folder);
    };
    hooked.setHook(() => {
      take(moment);
      moment += 1;
    });
    const { status, tags } = await reader.read();
    hooked.setHook(undefined);
    const where = `${warm ? 'warm' : 'cold'}, at ${moments.join(', ')} of ${moment}`;
    assert.deepEqual(status, { kind: 'ready' }, where);
    const seen = [...(tags.get('e1')?.keys() ?? [])].sort();
    assert.ok(
      states.some((state) => state.join() === seen.join()),
      `${where}: saw ${seen.join()}`,
    );
    take(Infinity);
    assert.deepEqual(await sessionsOf(reader), states.at(-1), where);
    reader.dispose();
  }

  async function readDuringEach(
    change: Change,
    momentsFrom: (first: number, last: number) => number[][],
  ): Promise<void> {
    const last = await momentsOf(change);
    for (let first = 0; first <= last; first += 1)
      for (const moments of momentsFrom(first, last))
        for (const warm of [false, true]) await readDuring(change, moments, warm);
  }

  it('shows the state before or after, wherever the file is replaced', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const change = await changeOf(store, () => store.apply(tag('s2', 'Control'), author));
    assert.equal(change.steps.length, 1);
    await readDuringEach(change, (first) => [[first]]);
  });

  it('gives every one of several reads at once what is there, wherever the file is replaced', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const change = await changeOf(store, () => store.apply(tag('s2', 'Control'), author));
    const last = await momentsOf(change);
    for (let at = 0; at <= last; at += 1) {
      const folder = join(tempFolder(), 'storage');
      cpSync(change.folder, folder, { recursive: true });
      const hooked = new HookedFiles();
      const reader = openStore(folder, { files: hooked.files });
      await reader.read();
      let moment = 0;
      hooked.setHook(() => {
        if (moment === at) for (const step of change.steps) step(folder);
        moment += 1;
      });
      const views = await Promise.all([reader.read(), reader.read(), reader.readExperiments(), reader.history('e1')]);
      hooked.setHook(undefined);
      const [first, second, { status }] = views;
      for (const seen of [first.status, second.status, status, (await reader.read()).status]) {
        assert.deepEqual(seen, { kind: 'ready' }, `at ${at}`);
      }
      reader.dispose();
    }
  });

  it('minds no second name of the file, wherever it gets one', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const change = await changeOf(store, () => Promise.resolve());
    change.steps.push((folder) => {
      linkSync(join(folder, 'experiments.db'), join(folder, '..', 'other.db'));
    });
    await readDuringEach(change, (first) => [[first]]);
  });

  it('shows the state before, between or after, wherever two entries come into the journal', async () => {
    const store = await runningStore(ALWAYS);
    await store.apply(tag('s1', 'Control'), author);
    const change = await changeOf(store, async () => {
      await store.apply(tag('s2', 'Control'), author);
      await store.apply(tag('s3', 'Control'), author);
    });
    assert.equal(change.steps.length, 2);
    const states = [['s1'], ['s1', 's2'], ['s1', 's2', 's3']];
    await readDuringEach({ ...change, states }, (first) => [0, 1, 5].map((more) => [first, first + more]));
  });

  it('shows the state before or after, wherever the journal goes into the file and its entries vanish', async () => {
    const store = await runningStore({ journal: { fileBytes: 0, entries: 2 } });
    await store.apply(tag('s1', 'Control'), author);
    const change = await changeOf(store, () => store.apply(tag('s2', 'Control'), author));
    assert.equal(change.steps.length, 3, 'the file, and two entries');
    await readDuringEach(change, (first, last) =>
      [0, 1, 4, 9, last].map((more) => [first, first + more, first + more + (more % 4)]),
    );
  });

  it('shows the state before or after, wherever a backup is restored and the journal of before vanishes', async () => {
    const store = await runningStore(ALWAYS);
    const [backup] = await store.backups();
    assert.ok(backup);
    await store.apply(tag('s1', 'Control'), author);
    const change = await changeOf(store, () => store.restore(backup.name));
    assert.ok(change.steps.length >= 2, 'the file, and the journal');
    // Also where the journal stays for longer than all looks at once.
    await readDuringEach(change, (first, last) =>
      [0, 1, 4, 4 * last].map((more) => change.steps.map((_, n) => first + (n === 0 ? 0 : more))),
    );
  });

  it('applies no entry twice where a look at the next one fails for a moment', async () => {
    for (const failures of [1, 3, 5, 12]) {
      const store = await runningStore(ALWAYS);
      const hooked = new HookedFiles();
      const reader = openStore(dirname(store.file), { files: hooked.files, ...ALWAYS });
      await reader.read();
      await store.apply(tag('s1', 'Control'), author);
      await store.apply(tag('s2', 'Control'), author);
      let left = failures;
      hooked.setHook(({ call, name }, moment) => {
        if (call !== 'lstat' || moment !== 'before' || !(name ?? '').endsWith('0000000003.entry') || left === 0) return;
        left -= 1;
        throw systemError('ENOENT');
      });
      assert.deepEqual(await sessionsOf(reader), ['s1', 's2'], String(failures));
      assert.equal(left, 0, 'it was looked at as often');
      assert.equal((await reader.apply(tag('s3', 'Control'), author)).outcome, 'tagged');
    }
  });

  it('reads a file with a missing entry again only until that is believed', async () => {
    const store = await runningStore(ALWAYS);
    for (const id of ['s1', 's2']) await store.apply(tag(id, 'Control'), author);
    const [, second] = readdirSync(join(dirname(store.file), 'journal')).sort();
    rmSync(join(dirname(store.file), 'journal', second ?? ''));
    const hooked = new HookedFiles();
    const reader = openStore(dirname(store.file), { files: hooked.files });
    const readings = async (): Promise<number> => {
      hooked.setHook(undefined);
      const { status } = await reader.read();
      assert.ok(status.kind === 'readOnly' && status.detail.includes('is missing'));
      return hooked.sites.filter(({ call }) => call === 'read').length;
    };
    assert.ok((await readings()) > 5);
    assert.equal(await readings(), 1, 'the header, which tells that nothing changed');
  });

  describe('where another program writes into the file', () => {
    /** A store whose file is written to, with the same bytes, at each of its first looks. */
    async function disturbed(looks: number): Promise<FileStore> {
      const store = await runningStore();
      await store.apply(tag('s1', 'Control'), author);
      const sound = readFileSync(store.file);
      const hooked = new HookedFiles();
      let left = looks;
      hooked.setHook(({ call }, moment) => {
        if (call !== 'read' || moment !== 'before' || left === 0) return;
        left -= 1;
        writeFileSync(store.file, sound);
      });
      return openStore(dirname(store.file), { files: hooked.files });
    }

    it('looks again before it says so, and then reads', async () => {
      const reader = await disturbed(3);
      assert.deepEqual((await reader.read()).status, { kind: 'ready' });
      assert.deepEqual(await sessionsOf(reader), ['s1']);
    });

    it('looks again before it refuses a write', async () => {
      const writer = await disturbed(3);
      assert.equal((await writer.apply(tag('s2', 'Control'), author)).outcome, 'tagged');
      assert.deepEqual(await sessionsOf(writer), ['s1', 's2']);
    });

    it('says so where it goes on, and reads when it has ended', async () => {
      const writer = await disturbed(1_000);
      const fault = await faultOf(writer.apply(tag('s2', 'Control'), author));
      assert.ok(fault.code === 'readOnly' && fault.detail.includes('changed while it was read'), JSON.stringify(fault));
      const reader = await disturbed(20);
      const { status } = await reader.read();
      assert.ok(
        status.kind === 'readOnly' && status.detail.includes('changed while it was read'),
        JSON.stringify(status),
      );
      while ((await reader.read()).status.kind === 'readOnly');
      assert.deepEqual(await sessionsOf(reader), ['s1']);
    });
  });
});
