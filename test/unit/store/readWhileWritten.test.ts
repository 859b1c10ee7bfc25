import assert from 'node:assert/strict';
import { cpSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileStore } from '../../../src/store/fileStore';
import { author, cleanUp, contentOf, openStore, runningStore, tag, tagsOf, tempFolder } from './support/fixture';
import { HookedFiles } from './support/hookedFiles';

type Content = Record<string, string>;

/** What a window does to the files with one commit, in its order: each step is one call of the file system. */
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

/** The steps from one content to another: the database before the entries that it has taken over. */
function stepsBetween(before: Content, after: Content): Step[] {
  const written = Object.entries(after).filter(([name, content]) => before[name] !== content);
  const gone = Object.keys(before).filter((name) => after[name] === undefined);
  return [...written.map(([name, content]) => put(name, content)), ...gone.map(remove)];
}

describe('store: reading while another window writes', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  /** Reads a copy of the folder, and takes the steps at these of the calls that reading makes, the last ones at its end. */
  async function readDuring(source: string, steps: readonly Step[], moments: readonly number[]): Promise<void> {
    const folder = join(tempFolder(), 'storage');
    cpSync(source, folder, { recursive: true });
    const hooked = new HookedFiles();
    const reader = openStore(folder, { files: hooked.files });
    const left = [...steps.keys()];
    let moment = 0;
    const take = (upTo: number): void => {
      while (left[0] !== undefined && (moments[left[0]] ?? 0) <= upTo) steps[left.shift() ?? 0]?.(folder);
    };
    hooked.setHook(() => {
      take(moment);
      moment += 1;
    });
    const { status, tags } = await reader.read();
    hooked.setHook(undefined);
    const at = `at ${moments.join(' and ')} of ${moment}`;
    assert.deepEqual(status, { kind: 'ready' }, at);
    const seen = Object.keys(Object.fromEntries(tags.get('e1') ?? []));
    assert.deepEqual(seen, seen.length === 1 ? ['s1'] : ['s1', 's2'], at);
    take(Infinity);
    assert.deepEqual(await tagsOf(reader), await tagsOf(openStore(folder)), at);
    reader.dispose();
  }

  async function momentsOf(folder: string): Promise<number> {
    const hooked = new HookedFiles();
    const reader = openStore(folder, { files: hooked.files });
    await reader.read();
    reader.dispose();
    return hooked.sites.length * 2;
  }

  const oneMore = async (store: FileStore): Promise<{ folder: string; steps: Step[]; moments: number }> => {
    const copy = tempFolder();
    const folder = dirname(store.file);
    cpSync(folder, copy, { recursive: true });
    const before = contentOf(folder);
    await store.apply(tag('s2', 'Control'), author);
    return { folder: copy, steps: stepsBetween(before, contentOf(folder)), moments: await momentsOf(copy) };
  };

  it('shows the state before or after, wherever the file is replaced', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const { folder, steps, moments } = await oneMore(store);
    assert.equal(steps.length, 1);
    for (let moment = 0; moment <= moments; moment += 1) await readDuring(folder, steps, [moment]);
  });

  it('shows the state before or after, wherever the file is given a second name for a backup', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const folder = dirname(store.file);
    const steps = [
      (into: string) => {
        linkSync(join(into, 'experiments.db'), join(into, '..', 'backup.db'));
      },
    ];
    const moments = await momentsOf(folder);
    for (let moment = 0; moment <= moments; moment += 1) await readDuring(folder, steps, [moment]);
  });

  it('shows the state before or after, wherever an entry comes into the journal', async () => {
    const store = await runningStore({ journal: { fileBytes: 0 } });
    await store.apply(tag('s1', 'Control'), author);
    const { folder, steps, moments } = await oneMore(store);
    assert.equal(steps.length, 1);
    for (let moment = 0; moment <= moments; moment += 1) await readDuring(folder, steps, [moment]);
  });

  it('shows the state before or after, wherever the journal goes into the file and its entries vanish', async () => {
    const store = await runningStore({ journal: { fileBytes: 0, entries: 2 } });
    await store.apply(tag('s1', 'Control'), author);
    const { folder, steps, moments } = await oneMore(store);
    assert.equal(steps.length, 3, 'the file, and two entries');
    for (let first = 0; first <= moments; first += 1)
      for (let then = first; then <= moments; then += 3) await readDuring(folder, steps, [first, then, then]);
  });

  it('believes nothing of a file that another program writes into at that moment, and reads it again', async () => {
    const store = await runningStore();
    await store.apply(tag('s1', 'Control'), author);
    const sound = readFileSync(store.file);
    const hooked = new HookedFiles();
    const reader = openStore(dirname(store.file), { files: hooked.files });
    hooked.setHook(({ call }, moment) => {
      if (call === 'read' && moment === 'before') writeFileSync(store.file, sound);
    });
    const { status } = await reader.read();
    assert.ok(
      status.kind === 'readOnly' && status.detail.includes('changed while it was read'),
      JSON.stringify(status),
    );
    hooked.setHook(undefined);
    assert.deepEqual((await reader.read()).status, { kind: 'ready' });
  });
});
