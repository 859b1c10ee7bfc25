import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ReadOnlyProblem } from '../../../src/store/errors';
import type { FileStore } from '../../../src/store/fileStore';
import {
  author,
  cleanUp,
  databaseBytes,
  faultOf,
  hasOtherSqlite,
  listing,
  openStore,
  runningStore,
  sampleExperiment,
  tag,
  tagsOf,
  tempFolder,
} from './support/fixture';

/** A sound file with one running experiment and two tags. */
async function soundBytes(): Promise<Uint8Array> {
  const store = await runningStore();
  await store.apply(tag('s1', 'Control'), author);
  await store.apply(tag('s2', 'Treatment'), author);
  return readFileSync(store.file);
}

function storeOver(bytes: Uint8Array): FileStore {
  const folder = tempFolder();
  writeFileSync(join(folder, 'experiments.db'), bytes);
  return openStore(folder);
}

/** Every write is refused for this reason, and the folder holds what it held, byte for byte. */
async function assertUntouched(store: FileStore, problem: ReadOnlyProblem): Promise<string> {
  const folder = join(store.file, '..');
  const before = {
    files: listing(folder),
    bytes: readFileSync(store.file),
    stat: statSync(store.file, { bigint: true }),
  };
  const { status } = await store.read();
  assert.ok(status.kind === 'readOnly', 'read-only was expected');
  assert.equal(status.problem, problem);
  assert.equal(status.file, store.file);
  for (const call of [
    store.save(sampleExperiment({ id: 'new' })),
    store.save(sampleExperiment()),
    store.transition('e1', 'conclude'),
    store.apply(tag('s9', 'Control'), author),
  ]) {
    const fault = await faultOf(call);
    assert.ok(fault.code === 'readOnly' && fault.problem === problem, JSON.stringify(fault));
  }
  assert.deepEqual(readFileSync(store.file), before.bytes);
  const after = statSync(store.file, { bigint: true });
  assert.deepEqual([after.ino, after.mtimeNs], [before.stat.ino, before.stat.mtimeNs]);
  assert.deepEqual(listing(folder), before.files);
  return status.detail;
}

describe('store: files that it must not write', function () {
  this.timeout(60_000);
  let sound: Uint8Array;
  before(async () => {
    sound = await soundBytes();
    cleanUp();
  });
  afterEach(cleanUp);

  it('leaves a file that is no database alone', async () => {
    const store = storeOver(Buffer.from('not a database, but somebody may miss it'.repeat(100)));
    assert.match(await assertUntouched(store, 'unreadable'), /not a SQLite database/);
    assert.equal((await faultOf(store.history('e1'))).code, 'readOnly');
  });

  it('leaves an empty file alone: it may be what a crash left of a full one', async () => {
    assert.match(await assertUntouched(storeOver(new Uint8Array()), 'unreadable'), /empty/);
  });

  it('leaves a file alone wherever it was cut', async () => {
    for (const size of [1, 50, 99, 100, 4095, 4096, 5000, 8192, sound.length - 4096, sound.length - 1]) {
      await assertUntouched(storeOver(sound.subarray(0, size)), 'unreadable');
    }
  });

  it('leaves a file alone in which pages were zeroed', async () => {
    for (let page = 0; page * 4096 < sound.length; page += 1) {
      const damaged = Uint8Array.from(sound);
      damaged.fill(0, page * 4096, (page + 1) * 4096);
      await assertUntouched(storeOver(damaged), 'unreadable');
    }
  });

  it('meets flipped bits, wherever they are, with read-only or with every row as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Uint8Array.from(sound);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const store = storeOver(damaged);
        const { status } = await store.read();
        if (status.kind === 'readOnly') {
          assert.equal((await faultOf(store.apply(tag('s9', 'Control'), author))).code, 'readOnly');
          assert.deepEqual(readFileSync(store.file), Buffer.from(damaged));
        } else {
          assert.deepEqual(await tagsOf(store), { s1: 'Control', s2: 'Treatment' });
          assert.equal((await store.read()).experiments[0]?.name, 'Shorter rules');
          assert.deepEqual(
            (await store.history('e1')).map((entry) => entry.author),
            [author, author],
          );
          await store.apply(tag('s9', 'Control'), author);
        }
        store.dispose();
      }),
      { numRuns: 150 },
    );
  });

  it('leaves another program’s database alone, empty or not', async () => {
    for (const sql of ['CREATE TABLE notes(text)', 'PRAGMA user_version = 1; CREATE TABLE notes(text)']) {
      assert.match(await assertUntouched(storeOver(await databaseBytes(sql)), 'unreadable'), /lacks experiments\.id/);
    }
  });

  it('shows what a newer version wrote, and leaves it alone', async () => {
    const newer = Uint8Array.from(sound);
    new DataView(newer.buffer).setUint32(60, 99);
    const store = storeOver(newer);
    assert.match(await assertUntouched(store, 'newer'), /schema 99/);
    assert.equal((await store.read()).experiments[0]?.name, 'Shorter rules');
    assert.deepEqual(await tagsOf(store), { s1: 'Control', s2: 'Treatment' });
    assert.equal((await store.history('e1')).length, 2);
  });

  it('leaves a newer file alone that has no tables of ours any more', async () => {
    const store = storeOver(await databaseBytes('PRAGMA user_version = 99; CREATE TABLE things(a)'));
    await assertUntouched(store, 'newer');
    assert.deepEqual((await store.read()).experiments, []);
    assert.equal((await faultOf(store.history('e1'))).code, 'readOnly');
  });

  it('leaves a file alone while another program’s journal lies beside it, and goes on when that is gone', async () => {
    const store = storeOver(sound);
    await store.read();
    const journal = `${store.file}-journal`;
    writeFileSync(journal, 'rollback');
    await assertUntouched(store, 'inUse');
    assert.deepEqual(await tagsOf(store), { s1: 'Control', s2: 'Treatment' });
    renameSync(journal, `${store.file}.aside`);
    assert.equal((await store.apply(tag('s9', 'Control'), author)).outcome, 'tagged');
  });

  it('does not write through a link out of the folder, nor replace the link', async function () {
    if (process.platform === 'win32') this.skip();
    const elsewhere = join(tempFolder(), 'elsewhere.db');
    writeFileSync(elsewhere, sound);
    const folder = tempFolder();
    symlinkSync(elsewhere, join(folder, 'experiments.db'));
    const store = openStore(folder);
    await assertUntouched(store, 'link');
    assert.deepEqual(await tagsOf(store), { s1: 'Control', s2: 'Treatment' });
    assert.deepEqual(readFileSync(elsewhere), Buffer.from(sound));
  });

  it('does not create a file where a link leads nowhere', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = tempFolder();
    symlinkSync(join(folder, 'nowhere'), join(folder, 'experiments.db'));
    const store = openStore(folder);
    const { status } = await store.read();
    assert.ok(status.kind === 'readOnly' && status.problem === 'unreadable');
    assert.equal((await faultOf(store.save(sampleExperiment()))).code, 'readOnly');
    assert.deepEqual(listing(folder), ['experiments.db']);
  });

  it('does not wait for a pipe, nor mind a folder, in the place of the file', async function () {
    if (process.platform === 'win32') this.skip();
    const pipes = tempFolder();
    execFileSync('mkfifo', [join(pipes, 'experiments.db')]);
    const folders = tempFolder();
    mkdirSync(join(folders, 'experiments.db'));
    for (const folder of [pipes, folders]) {
      const { status } = await openStore(folder).read();
      assert.ok(status.kind === 'readOnly' && status.problem === 'unreadable');
    }
  });

  it('recovers by itself when a sound file is put back', async () => {
    const store = storeOver(sound.subarray(0, 5000));
    await store.read();
    let changes = 0;
    store.onDidChange(() => (changes += 1));
    assert.equal((await store.read()).status.kind, 'readOnly');
    writeFileSync(store.file, sound);
    assert.equal((await store.read()).status.kind, 'ready');
    assert.equal((await store.apply(tag('s9', 'Control'), author)).outcome, 'tagged');
    assert.equal(changes, 2);
  });

  it('takes a file that another SQLite changed, also one in WAL mode that was closed', async function () {
    if (!hasOtherSqlite()) this.skip();
    const store = storeOver(sound);
    await store.read();
    const sql = `PRAGMA journal_mode = WAL; INSERT INTO experiment_tags VALUES ('e1', 'by hand', 'Control')`;
    execFileSync('sqlite3', [store.file, sql]);
    assert.equal((await tagsOf(store))['by hand'], 'Control');
    assert.equal((await store.apply(tag('by hand', 'Treatment'), author)).outcome, 'conflict');
    assert.equal((await store.apply(tag('s9', 'Control'), author)).outcome, 'tagged');
    assert.equal(execFileSync('sqlite3', [store.file, 'PRAGMA integrity_check'], { encoding: 'utf8' }), 'ok\n');
  });
});
