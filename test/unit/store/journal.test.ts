import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { FileStore, FileStoreOptions } from '../../../src/store/fileStore';
import { CHANGES } from '../../../src/store/changes';
import { decodeEntry, encodeEntry } from '../../../src/store/journalEntry';
import { SCHEMA_VERSION } from '../../../src/store/schema';
import {
  askAboutWhole,
  askOtherSqlite,
  author,
  cleanUp,
  contentOf,
  faultOf,
  openStore,
  runningStore,
  sampleExperiment,
  tag,
  tagsOf,
  tempFolder,
} from './support/fixture';
import { HookedFiles, systemError } from './support/hookedFiles';

const ALWAYS = { journal: { fileBytes: 0 } } satisfies Partial<FileStoreOptions>;
const ENTRY = { id: '0123456789abcdef', sequence: 1, follows: '', schema: SCHEMA_VERSION, changes: [] };
const folderOf = (store: FileStore): string => dirname(store.file);
const journalOf = (store: FileStore): string => join(folderOf(store), 'journal');
const entriesOf = (store: FileStore): string[] => readdirSync(journalOf(store)).sort();

/** A store whose file has one experiment and whose journal starts it and tags s1, s2, s3. */
async function withEntries(options: Partial<FileStoreOptions> = {}): Promise<FileStore> {
  const store = await runningStore({ ...ALWAYS, ...options });
  for (const id of ['s1', 's2', 's3']) await store.apply(tag(id, 'Control'), author);
  return store;
}

/** An entry with a right checksum, whatever is in it. */
function sealed(content: object): string {
  const body = JSON.stringify(content);
  return `agent-experiments-journal 1 ${createHash('sha256').update(body).digest('hex')}\n${body}`;
}

/** A new store over it is read-only for this reason, still shows what can be read, and changes nothing. */
async function assertBlocked(folder: string, detail: RegExp, problem = 'unreadable'): Promise<FileStore> {
  const before = contentOf(folder);
  const store = openStore(folder, ALWAYS);
  const { status } = await store.read();
  assert.ok(status.kind === 'readOnly', 'read-only was expected');
  assert.match(status.detail, detail);
  assert.equal(status.problem, problem);
  const fault = await faultOf(store.apply(tag('s9', 'Control'), author));
  assert.ok(fault.code === 'readOnly' && fault.problem === problem);
  assert.deepEqual(contentOf(folder), before);
  return store;
}

function cut(path: string): void {
  writeFileSync(path, readFileSync(path).subarray(0, -1));
}
function empty(path: string): void {
  writeFileSync(path, '');
}
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
function becomeFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}
function becomeLink(path: string): void {
  renameSync(path, `${path}.moved`);
  symlinkSync(`${path}.moved`, path);
}
function becomeStranger(path: string): void {
  renameSync(path, join(dirname(path), `${'0'.repeat(16)}-0000000001.entry`));
}

describe('store: journal', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('leaves the file as it is, adds one small entry for each commit, and any store reads both', async () => {
    const store = await runningStore(ALWAYS);
    const file = readFileSync(store.file);
    await store.apply(tag('s1', 'Control'), author);
    await store.setOutcome('s1', 'success', author);
    await store.save(sampleExperiment({ id: 'e2' }));
    assert.deepEqual(readFileSync(store.file), file);
    const entries = entriesOf(store);
    assert.equal(entries.length, 4, 'start, tag, outcome, save');
    for (const name of entries) assert.ok(statSync(join(journalOf(store), name)).size < 4096, name);
    const other = openStore(folderOf(store), ALWAYS);
    const view = await other.read();
    assert.deepEqual(view.status, { kind: 'ready' });
    assert.deepEqual(view.tags, (await store.read()).tags);
    assert.deepEqual([...view.outcomes], [['s1', 'success']]);
    assert.deepEqual(view.experiments.map(({ id }) => id).sort(), ['e1', 'e2']);
    assert.equal((await other.apply(tag('s1', 'Treatment'), author)).outcome, 'conflict');
    assert.equal(entriesOf(store).length, 4, 'a conflict writes nothing');
  });

  it('is read entry by entry by a store that is open, and told to its listeners', async () => {
    const store = await withEntries();
    const other = openStore(folderOf(store), ALWAYS);
    const { revision } = await other.read();
    let heard = 0;
    other.onDidChange(() => (heard += 1));
    await store.apply(tag('s4', 'Excluded'), author);
    assert.equal((await tagsOf(other))['s4'], 'Excluded');
    assert.equal((await other.read()).revision, revision + 1);
    assert.equal(heard, 1);
  });

  it('begins where the file is large enough', async () => {
    const store = await runningStore({ journal: { fileBytes: 200_000 } });
    for (let n = 0; n < 20; n += 1) {
      const decision = await store.save(sampleExperiment({ id: `large ${n}`, hypothesis: 'x'.repeat(7_000) }));
      assert.equal(decision.outcome, 'created', JSON.stringify(decision));
      if (statSync(store.file).size >= 200_000) break;
    }
    assert.equal(readdirSync(folderOf(store)).includes('journal'), false);
    await store.apply(tag('s1', 'Control'), author);
    assert.equal(entriesOf(store).length, 1);
  });

  it('goes into the file when it has many entries, or many bytes', async () => {
    const store = await runningStore({ journal: { fileBytes: 0, entries: 3 } });
    for (const id of ['s1', 's2', 's3', 's4']) await store.apply(tag(id, 'Control'), author);
    assert.equal(entriesOf(store).length, 1, 'start, s1, s2 | s3 as a whole | s4');
    const bytes = await runningStore({ journal: { fileBytes: 0, bytes: 1 } });
    await bytes.apply(tag('s1', 'Control'), author);
    assert.deepEqual(entriesOf(bytes), []);
    for (const one of [store, bytes]) {
      assert.deepEqual(await tagsOf(openStore(folderOf(one))), await tagsOf(one));
    }
  });

  it('goes into the file after a quiet time and at the end, which is no news', async () => {
    for (const finish of ['quiet', 'end'] as const) {
      const store = await withEntries(finish === 'quiet' ? { quietMs: 20 } : {});
      const { revision } = await store.read();
      const other = openStore(folderOf(store), ALWAYS);
      await other.read();
      if (finish === 'end') store.dispose();
      while (entriesOf(store).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (finish === 'quiet') assert.equal((await store.read()).revision, revision);
      const count = 'SELECT count(*) FROM experiment_tags';
      assert.deepEqual(askOtherSqlite(store.file, count) ?? ['3'], ['3']);
      assert.deepEqual(Object.keys(await tagsOf(other)), ['s1', 's2', 's3']);
      assert.equal((await other.apply(tag('s4', 'Control'), author)).outcome, 'tagged');
      assert.equal(entriesOf(store).length, 1);
    }
  });

  it('stays where another window has the lock at the end', async () => {
    const store = await withEntries();
    mkdirSync(join(folderOf(store), 'experiments.db.lock', '1_elsewhere_00_1'), { recursive: true });
    store.dispose();
    assert.equal(entriesOf(store).length, 4);
  });

  it('does not bring back a folder that was deleted', async () => {
    const store = await withEntries();
    rmSync(folderOf(store), { recursive: true });
    await store.compact();
    store.dispose();
    assert.throws(() => statSync(folderOf(store)), /ENOENT/);
  });

  it('is not applied twice where a crash left entries that the file contains', async () => {
    const store = await withEntries();
    const kept = contentOf(folderOf(store));
    await store.compact();
    for (const [name, content] of Object.entries(kept)) {
      if (name.endsWith('.entry')) writeFileSync(join(folderOf(store), name), Buffer.from(content, 'base64'));
    }
    const other = openStore(folderOf(store), ALWAYS);
    assert.equal((await other.history('e1')).length, 3);
    assert.equal((await other.apply(tag('s4', 'Control'), author)).outcome, 'tagged');
    await other.compact();
    assert.deepEqual(entriesOf(store), []);
    assert.equal((await openStore(folderOf(store)).history('e1')).length, 4);
  });

  it('makes a store read-only where an entry is cut, damaged, missing or of another database, wherever it is', async () => {
    const count = entriesOf(await withEntries()).length;
    for (let index = 0; index < count; index += 1) {
      const cases: [RegExp, (path: string) => void][] = [
        [/does not begin like an entry|checksum is wrong/, cut],
        [/does not begin like an entry/, empty],
        [/checksum is wrong/, flip],
        [/a directory is in its place/, becomeFolder],
        [/a link is in its place/, becomeLink],
        [/another database/, becomeStranger],
      ];
      if (index < count - 1) cases.push([/entry \d of the journal is missing/, rmSync]);
      for (const [detail, damage] of cases) {
        const store = await withEntries();
        const open = openStore(folderOf(store), ALWAYS);
        damage(join(journalOf(store), entriesOf(store)[index] ?? ''));
        const blocked = await assertBlocked(folderOf(store), detail);
        // What came before the damage is shown.
        assert.equal((await blocked.read()).experiments.length, 1);
        assert.equal((await open.read()).status.kind, 'readOnly');
      }
    }
  });

  it('makes a store read-only where entries were exchanged', async () => {
    const store = await withEntries();
    const [, second = '', third = ''] = entriesOf(store).map((name) => join(journalOf(store), name));
    renameSync(second, `${second}.x`);
    renameSync(third, second);
    renameSync(`${second}.x`, third);
    await assertBlocked(folderOf(store), /does not follow/);
  });

  it('makes a store read-only where the file is gone, or older than the journal', async () => {
    const store = await withEntries();
    const older = readFileSync(store.file);
    await store.compact();
    await store.apply(tag('s4', 'Control'), author);
    writeFileSync(store.file, older);
    await assertBlocked(folderOf(store), /entry 1 of the journal is missing/);
    rmSync(store.file);
    await assertBlocked(folderOf(store), /the file is missing/);
  });

  it('makes a store read-only whose file another program changed in a way that the journal does not fit', async function () {
    const store = await withEntries();
    if (askOtherSqlite(store.file, 'SELECT 1') === undefined) this.skip();
    const { execFileSync } = await import('node:child_process');
    execFileSync('sqlite3', [store.file, "INSERT INTO experiment_tags VALUES ('e1', 'by hand', 'Control')"]);
    assert.deepEqual(Object.keys(await tagsOf(store)).sort(), ['by hand', 's1', 's2', 's3']);
    execFileSync('sqlite3', [store.file, "INSERT INTO experiment_tags VALUES ('e1', 's2', 'Treatment')"]);
    await assertBlocked(folderOf(store), /UNIQUE/);
  });

  it('makes a store read-only where a newer version wrote an entry', async () => {
    for (const [newer, detail] of [
      [{ schema: SCHEMA_VERSION + 1 }, /schema/],
      [{ changes: [['renameTheMoon', [], 1]] }, /renameTheMoon/],
    ] as const) {
      const store = await withEntries();
      const path = join(journalOf(store), entriesOf(store).at(-1) ?? '');
      const [, body = ''] = readFileSync(path, 'utf8').split('\n');
      writeFileSync(path, sealed({ ...(JSON.parse(body) as object), ...newer }));
      await assertBlocked(folderOf(store), detail, 'newer');
    }
  });

  it('goes on by itself when a damaged entry is put right', async () => {
    const store = await withEntries();
    const path = join(journalOf(store), entriesOf(store)[2] ?? '');
    const sound = readFileSync(path);
    writeFileSync(path, 'damaged');
    const blocked = await assertBlocked(folderOf(store), /entry 3/);
    writeFileSync(path, sound);
    assert.equal((await blocked.read()).status.kind, 'ready');
    assert.equal((await blocked.apply(tag('s9', 'Control'), author)).outcome, 'tagged');
    assert.deepEqual(Object.keys(await tagsOf(store)), ['s1', 's2', 's3', 's9']);
  });

  it('does not write through a link in the place of its folder', async function () {
    if (process.platform === 'win32') this.skip();
    const elsewhere = tempFolder();
    const store = openStore(tempFolder(), ALWAYS);
    await store.save(sampleExperiment());
    symlinkSync(elsewhere, journalOf(store));
    await assertBlocked(folderOf(store), /symbolic link/, 'link');
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  it('is for its owner only', async function () {
    if (process.platform === 'win32') this.skip();
    const store = await withEntries();
    assert.equal(statSync(journalOf(store)).mode & 0o777, 0o700);
    for (const name of entriesOf(store)) assert.equal(statSync(join(journalOf(store), name)).mode & 0o777, 0o600);
  });

  it('is in the bytes of the whole database, which another SQLite finds sound', async () => {
    const store = await withEntries();
    const answer = await askAboutWhole(store, 'PRAGMA integrity_check; SELECT count(*) FROM experiment_tags');
    assert.deepEqual(answer ?? ['ok', '3'], ['ok', '3']);
    const copy = tempFolder();
    writeFileSync(join(copy, 'experiments.db'), (await store.databaseBytes()) ?? '');
    assert.deepEqual(await tagsOf(openStore(copy)), await tagsOf(store));
    await store.compact();
    assert.deepEqual(Buffer.from((await store.databaseBytes()) ?? []), readFileSync(store.file));
  });

  it('keeps entries whose removal fails from doing harm', async () => {
    const hooked = new HookedFiles();
    const store = await withEntries({ files: hooked.files });
    hooked.setHook(({ call, name }, moment) => {
      if (moment === 'before' && call === 'unlink' && name?.endsWith('.entry')) throw systemError('EBUSY');
    });
    await store.compact();
    assert.equal(entriesOf(store).length, 4);
    await store.apply(tag('s4', 'Control'), author);
    assert.equal((await openStore(folderOf(store)).history('e1')).length, 4);
    hooked.setHook(undefined);
    await store.compact();
    assert.deepEqual(entriesOf(store), []);
  });

  it('holds any values exactly, or none', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.integer(),
      fc.constant(null),
      fc.uint8Array(),
    );
    const names = Object.keys(CHANGES) as (keyof typeof CHANGES)[];
    const change = fc.record(
      { name: fc.constantFrom(...names), parameters: fc.array(value), rows: fc.nat() },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(change), fc.nat(), (changes, sequence) => {
        const given = { ...ENTRY, sequence, changes };
        const encoded = encodeEntry(given);
        assert.ok(encoded);
        assert.deepEqual(decodeEntry(encoded.bytes), { kind: 'entry', entry: given, checksum: encoded.checksum });
      }),
    );
    for (const impossible of [Infinity, NaN, 'x'.repeat(300_000)]) {
      const changes = [{ name: 'deleteTag' as const, parameters: [impossible], rows: 0 }];
      assert.equal(encodeEntry({ ...ENTRY, changes }), undefined);
    }
  });

  it('finds an entry with any byte changed, or cut anywhere, damaged or newer', () => {
    const changes = [{ name: 'deleteTag' as const, parameters: ['e1', 's1'], rows: 1 }];
    const bytes = encodeEntry({ ...ENTRY, changes })?.bytes ?? new Uint8Array();
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of [1, 16, 128]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        assert.notEqual(decodeEntry(damaged).kind, 'entry', `byte ${at}`);
      }
      assert.equal(decodeEntry(bytes.subarray(0, at)).kind, 'damaged', `cut at ${at}`);
    }
  });
});
