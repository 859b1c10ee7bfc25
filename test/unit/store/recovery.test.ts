import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  backupName,
  CHANGES_BETWEEN_BACKUPS,
  isBackupDue,
  parseBackupName,
  surplusBackups,
  type BackupName,
} from '../../../src/store/backupNames';
import type { FileStore } from '../../../src/store/fileStore';
import type { SalvagedImage } from '../../../src/sqlite/salvage';
import { salvageImage } from '../../../src/sqlite/salvage';
import {
  author,
  cleanUp,
  faultOf,
  openStore,
  runningStore,
  sampleExperiment,
  tag,
  tagsOf,
  tempFolder,
} from './support/fixture';

const DAY = 86_400_000;
const how = { author, reason: 'Salvaged', takeDamaged: false };

const named = (at: number, changes = 1, kind: BackupName['kind'] = 'regular'): BackupName => {
  const parsed = parseBackupName(backupName(at, changes, kind));
  assert.ok(parsed);
  return parsed;
};

const folderOf = (store: FileStore): string => join(store.file, '..');

/** A running experiment with so many tags: 4 in 5 Control, and a clock that the test moves. */
async function tagged(count: number): Promise<{ store: FileStore; pass: (ms: number) => void }> {
  let time = 10 * DAY;
  const store = await runningStore({ now: () => (time += 1) });
  for (let at = 0; at < count; at += 1) {
    await store.apply(tag(`session-${String(at).padStart(5, '0')}`, at % 5 === 0 ? 'Treatment' : 'Control'), author);
  }
  return { store, pass: (ms) => (time += ms) };
}

afterEach(cleanUp);

describe('the names of backups', () => {
  it('sort by time and say what they say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 4e12 }), { minLength: 2, maxLength: 2 }),
        fc.nat(),
        ([a = 0, b = 0], changes) => {
          const [first, second] = [named(a, changes), named(b, changes)];
          assert.deepEqual([first.at, first.changes, first.kind], [a, changes, 'regular']);
          assert.equal(first.name < second.name, a < b);
        },
      ),
    );
  });

  it('are told from any other', () => {
    for (const name of [
      '',
      'x.db',
      'experiments-20260131T000000000Z-1-hourly.db',
      '../experiments-20260131T000000000Z-1-regular.db',
      'experiments-20269931T000000000Z-1-regular.db',
    ])
      assert.equal(parseBackupName(name), undefined, name);
  });

  it('are due once a day, after many changes, and whatever the clock does', () => {
    assert.equal(isBackupDue([], 10 * DAY, 5), true);
    assert.equal(isBackupDue([named(10 * DAY, 5)], 10 * DAY + 5, 6), false);
    assert.equal(isBackupDue([named(10 * DAY, 5)], 11 * DAY, 6), true);
    assert.equal(isBackupDue([named(10 * DAY, 5)], 10 * DAY + 5, 5 + CHANGES_BETWEEN_BACKUPS), true);
    assert.equal(
      isBackupDue([named(500 * DAY, 5), named(10 * DAY, 5)], 10 * DAY + 5, 6),
      false,
      'a clock that was ahead',
    );
  });

  it('are never more than 17, and always the newest three, however often one is made', () => {
    const kinds = fc.constantFrom<BackupName['kind']>('regular', 'migration', 'import', 'restore');
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 400 * DAY }), kinds), { maxLength: 80 }), (all) => {
        const backups = all.map(([at, kind], index) => named(at, index, kind));
        const surplus = new Set(surplusBackups(backups, 400 * DAY));
        const kept = backups.filter((backup) => !surplus.has(backup)).sort((a, b) => b.at - a.at);
        assert.ok(kept.length <= 17);
        const newest = [...backups].sort((a, b) => b.at - a.at || b.changes - a.changes).slice(0, 3);
        assert.ok(newest.every((backup) => !surplus.has(backup)));
        assert.deepEqual(surplusBackups(kept, 400 * DAY), [], 'what is kept once is kept');
        assert.ok(
          kept.slice(3).every(({ at }) => at >= 220 * DAY),
          'nothing older than 180 days but the newest',
        );
      }),
    );
  });
});

describe('backups', () => {
  it('are made before the first change of a day, of what was there before, for their owner only', async () => {
    const { store, pass } = await tagged(3);
    pass(DAY);
    const before = readFileSync(store.file);
    await store.apply(tag('next day', 'Control'), author);
    await store.apply(tag('again', 'Control'), author);
    const backups = await store.backups();
    assert.equal(backups.length, 2, 'one for each day');
    const last = join(folderOf(store), 'backups', backups[1]?.name ?? '');
    assert.deepEqual(readFileSync(last), before);
    assert.deepEqual(await store.checkBackup(named(0)), { sound: false, detail: 'there is no such file' });
    assert.ok(backups[1]);
    assert.deepEqual(await store.checkBackup(backups[1]), { sound: true, experiments: 1, tags: 3 });
    if (process.platform === 'win32') return;
    assert.equal(statSync(last).mode & 0o777, 0o600);
    assert.equal(statSync(join(folderOf(store), 'backups')).mode & 0o777, 0o700);
  });

  it('are made before an import', async () => {
    const { store } = await tagged(3);
    const other = (await tagged(4)).store;
    await store.merge(await store.readDatabase(other.file), how);
    assert.equal((await store.backups()).at(-1)?.kind, 'import');
  });

  it('do not follow a link out of the folder: the tag is stored, and nothing is written there', async function () {
    if (process.platform === 'win32') this.skip();
    const logged: string[] = [];
    const store = await runningStore({ log: (message) => logged.push(message) });
    const elsewhere = tempFolder();
    rmSync(join(folderOf(store), 'backups'), { recursive: true, force: true });
    symlinkSync(elsewhere, join(folderOf(store), 'backups'));
    assert.equal((await store.apply(tag('s1', 'Control'), author)).outcome, 'tagged');
    assert.deepEqual(readdirSync(elsewhere), []);
    assert.match(logged.join('\n'), /No backup was made/);
  });

  it('that cannot be made do not stop a tag', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    const store = await runningStore();
    mkdirSync(join(folderOf(store), 'backups'), { recursive: true });
    chmodSync(join(folderOf(store), 'backups'), 0o500);
    assert.equal((await store.apply(tag('s1', 'Control'), author)).outcome, 'tagged');
    chmodSync(join(folderOf(store), 'backups'), 0o700);
  });
});

describe('restoring', () => {
  async function damagedStore(): Promise<{ store: FileStore; damaged: Buffer }> {
    const { store, pass } = await tagged(10);
    pass(DAY);
    await store.apply(tag('since the backup', 'Treatment'), author);
    const damaged = readFileSync(store.file);
    damaged.fill(0, 0, 100);
    writeFileSync(store.file, damaged);
    return { store, damaged };
  }

  it('puts the backup in place and keeps the damaged file aside, byte for byte', async () => {
    const { store, damaged } = await damagedStore();
    assert.equal((await store.read()).status.kind, 'readOnly');
    const backup = (await store.backups()).at(-1);
    const restored = await store.restore(backup?.name);
    assert.deepEqual([restored.experiments, restored.tags], [1, 10]);
    assert.equal((await store.read()).status.kind, 'ready');
    assert.equal(Object.keys(await tagsOf(store)).length, 10);
    assert.ok(restored.keptAs);
    assert.deepEqual(readFileSync(restored.keptAs), damaged);
    assert.deepEqual(await store.damagedFiles(), [restored.keptAs]);
    assert.equal((await store.apply(tag('afterwards', 'Control'), author)).outcome, 'tagged');
    assert.deepEqual(readFileSync(restored.keptAs), damaged, 'writing goes on in another file');
  });

  it('is noticed by another window', async () => {
    const { store } = await damagedStore();
    const other = openStore(folderOf(store));
    assert.equal((await other.read()).status.kind, 'readOnly');
    await store.restore((await store.backups()).at(-1)?.name);
    assert.equal((await other.read()).status.kind, 'ready');
    assert.equal((await other.apply(tag('there', 'Control'), author)).outcome, 'tagged');
    assert.equal((await tagsOf(store))['there'], 'Control');
  });

  it('makes a sound file a backup first', async () => {
    const { store, pass } = await tagged(5);
    pass(DAY);
    await store.apply(tag('later', 'Control'), author);
    const [, yesterday] = await store.backups();
    const { keptAs, tags } = await store.restore(yesterday?.name);
    assert.deepEqual([keptAs, tags], [undefined, 5]);
    const last = (await store.backups()).at(-1);
    assert.equal(last?.kind, 'restore');
    assert.deepEqual(await store.checkBackup(last), { sound: true, experiments: 1, tags: 6 });
    assert.equal((await store.restore(last.name)).tags, 6, 'and back');
  });

  it('can begin anew where there is no backup', async () => {
    const { store, damaged } = await damagedStore();
    rmSync(join(folderOf(store), 'backups'), { recursive: true });
    const { keptAs } = await store.restore(undefined);
    assert.deepEqual((await store.read()).experiments, []);
    assert.deepEqual(readFileSync(keptAs ?? ''), damaged);
  });

  it('refuses a damaged backup, another name, a link, and a file of a newer version, and changes nothing', async () => {
    const { store, damaged } = await damagedStore();
    const name = (await store.backups()).at(-1)?.name ?? '';
    const path = join(folderOf(store), 'backups', name);
    writeFileSync(path, 'damaged too');
    assert.equal((await faultOf(store.restore(name))).code, 'readOnly');
    assert.equal((await faultOf(store.restore('../experiments.db'))).code, 'readOnly');
    if (process.platform !== 'win32') {
      const other = (await tagged(1)).store.file;
      rmSync(path);
      symlinkSync(other, path);
      assert.equal((await faultOf(store.restore(name))).code, 'readOnly');
    }
    assert.deepEqual(readFileSync(store.file), damaged);
    const newer = (await tagged(1)).store;
    const bytes = readFileSync(newer.file);
    bytes.writeUInt32BE(9999, 60);
    writeFileSync(newer.file, bytes);
    assert.equal((await faultOf(newer.restore(undefined))).code, 'readOnly');
    assert.deepEqual(readFileSync(newer.file), bytes);
  });

  it('takes a journal of before away, and what other programs left', async () => {
    const { store } = await damagedStore();
    mkdirSync(join(folderOf(store), 'journal'), { recursive: true });
    writeFileSync(`${store.file}-wal`, 'left');
    const { keptAs = '' } = await store.restore((await store.backups()).at(-1)?.name);
    assert.equal((await store.read()).status.kind, 'ready');
    assert.equal(existsSync(join(folderOf(store), 'journal')), false);
    assert.ok(existsSync(`${keptAs}-journal`) && existsSync(`${keptAs}-wal`));
  });
});

describe('salvaging', function () {
  this.timeout(120_000);

  const rowsOf = (image: SalvagedImage, table: string): number => image.tables.get(table)?.records.length ?? 0;

  it('reads a sound file in full, also one with long texts and deep trees', async () => {
    const { store } = await tagged(400);
    const reason = 'long '.repeat(3000);
    await store.apply(
      { action: 'retag', experimentId: 'e1', sessionId: 'session-00001', variant: 'Excluded', reason },
      author,
    );
    const { rows, lost } = await store.salvage(store.file);
    assert.deepEqual(lost, []);
    assert.equal(rows.tables.get('experiment_tags')?.length, 400);
    assert.equal(rows.tables.get('tag_history')?.length, 401);
    const source = await store.readDatabase(store.file);
    for (const [name, sound] of source.tables) assert.deepEqual(rows.tables.get(name), sound, name);
  });

  it('adds what the backup lacks, and leaves what the backup says otherwise', async () => {
    const { store, pass } = await tagged(300);
    pass(DAY);
    await store.apply(tag('since', 'Treatment'), author);
    await store.apply(
      { action: 'retag', experimentId: 'e1', sessionId: 'session-00001', variant: 'Excluded', reason: 'r' },
      author,
    );
    const bytes = readFileSync(store.file);
    bytes.fill(0x5a, 0, 100);
    writeFileSync(store.file, bytes);
    const { keptAs = '' } = await store.restore((await store.backups()).at(-1)?.name);
    const { rows, lost } = await store.salvage(keptAs);
    assert.deepEqual(
      lost.map(({ reason }) => reason),
      ['problem'],
    );
    const { counts, skipped } = await store.merge(rows, how);
    assert.equal(counts.tags.imported, 1);
    assert.equal((await tagsOf(store))['since'], 'Treatment');
    assert.equal((await tagsOf(store))['session-00001'], 'Control');
    assert.deepEqual(
      skipped.filter(({ kind }) => kind === 'tags').map(({ sessionId, here, there }) => [sessionId, here, there]),
      [['session-00001', 'Control', 'Excluded']],
    );
    const again = await store.merge((await store.salvage(keptAs)).rows, how);
    assert.equal(again.counts.tags.imported, 0, 'a second time adds nothing');
  });

  it('takes what the journal beside the damaged file says, too', async () => {
    let time = 10 * DAY;
    const store = await runningStore({ now: () => (time += 1), journal: { fileBytes: 0 } });
    for (const session of ['s1', 's2', 's3']) await store.apply(tag(session, 'Control'), author);
    assert.ok(existsSync(join(folderOf(store), 'journal')));
    const bytes = readFileSync(store.file);
    bytes.fill(0x5a, 0, 100);
    writeFileSync(store.file, bytes);
    const { keptAs = '' } = await store.restore(undefined);
    assert.deepEqual((await store.read()).experiments, []);
    await store.merge((await store.salvage(keptAs)).rows, how);
    assert.deepEqual(await tagsOf(store), { s1: 'Control', s2: 'Control', s3: 'Control' });
    assert.equal((await store.history('e1')).length, 3);
  });

  it('reads a journal whose file is gone, by itself', async () => {
    let time = 10 * DAY;
    const store = await runningStore({ now: () => (time += 1), journal: { fileBytes: 0 } });
    await store.apply(tag('in the file', 'Control'), author);
    await store.compact();
    time += DAY;
    for (const session of ['s1', 's2', 's3']) await store.apply(tag(session, 'Control'), author);
    const retag = { action: 'retag', experimentId: 'e1', reason: 'r' } as const;
    await store.apply({ ...retag, sessionId: 'in the file', variant: 'Excluded' }, author);
    await store.apply({ ...retag, sessionId: 's3', variant: 'Treatment' }, author);
    await store.apply({ action: 'untag', experimentId: 'e1', sessionId: 's2', reason: 'r' }, author);
    await store.setOutcome('s1', 'success', author);
    await store.transition('e1', 'conclude');
    rmSync(store.file);
    assert.equal((await store.read()).status.kind, 'readOnly');
    const { keptAs = '' } = await store.restore(undefined);
    assert.deepEqual(await store.damagedFiles(), [keptAs]);
    const entries = readdirSync(keptAs);
    const { rows, lost } = await store.salvage(keptAs);
    assert.deepEqual(
      lost.map(({ reason }) => reason),
      ['problem'],
    );
    await store.merge(rows, how);
    // A change that says all of a row brings it back, also where it was made before the journal began.
    assert.deepEqual(await tagsOf(store), { 'in the file': 'Excluded', s1: 'Control', s3: 'Treatment' });
    const { experiments, outcomes } = await store.read();
    assert.deepEqual(
      experiments.map(({ id, state, createdAt }) => [id, state, createdAt]),
      [['e1', 'Concluded', sampleExperiment().createdAt]],
    );
    assert.deepEqual([...outcomes], [['s1', 'success']]);
    assert.equal((await store.history('e1')).length, 6);
    assert.deepEqual(readdirSync(keptAs), entries);
  });

  it('tells of each entry of a journal that is gone or cannot be read', async () => {
    let time = 10 * DAY;
    const store = await runningStore({ now: () => (time += 1), journal: { fileBytes: 0 } });
    for (let n = 0; n < 6; n += 1) await store.apply(tag(`s${n}`, 'Control'), author);
    rmSync(store.file);
    const { keptAs = '' } = await store.restore(undefined);
    const entries = readdirSync(keptAs).sort();
    assert.ok(entries.length >= 6);
    const [third = '', fourth = '', fifth = ''] = entries.slice(-4);
    rmSync(join(keptAs, third));
    rmSync(join(keptAs, fourth));
    writeFileSync(join(keptAs, fifth), 'damaged');
    const { rows, lost } = await store.salvage(keptAs);
    const numbers = [third, fourth].map((name) => Number(name.slice(17, 27)));
    assert.match(lost.map(({ detail }) => detail).join('\n'), new RegExp(`entries ${numbers.join(' to ')} `));
    assert.ok(lost.some(({ reason, detail }) => reason === 'row' && detail.startsWith(fifth)));
    assert.deepEqual(
      rows.tables.get('experiment_tags')?.map((row) => row[1]),
      ['s0', 's1', 's5'],
    );
  });

  it('is not offered for the journal of a sound file, which is in its backup', async () => {
    let time = 10 * DAY;
    const store = await runningStore({ now: () => (time += 1), journal: { fileBytes: 0 } });
    await store.apply(tag('s1', 'Control'), author);
    const { keptAs } = await store.restore((await store.backups()).at(-1)?.name);
    assert.equal(keptAs, undefined);
    assert.deepEqual(await store.damagedFiles(), []);
    const [backup] = (await store.backups()).slice(-1);
    assert.ok(backup?.kind === 'restore');
    assert.equal((await store.restore(backup.name)).tags, 1);
  });

  it('keeps both journals where another program left one beside the damaged file', async () => {
    let time = 10 * DAY;
    const store = await runningStore({ now: () => (time += 1), journal: { fileBytes: 0 } });
    await store.apply(tag('s1', 'Control'), author);
    writeFileSync(store.file, 'damaged');
    writeFileSync(`${store.file}-journal`, 'of another program');
    const { keptAs = '' } = await store.restore(undefined);
    assert.equal((await store.read()).status.kind, 'ready');
    assert.equal(readFileSync(`${keptAs}-journal`, 'utf8'), 'of another program');
    const [journal] = (await store.damagedFiles()).filter((path) => path !== keptAs);
    assert.ok(journal);
    await store.merge((await store.salvage(journal)).rows, how);
    assert.deepEqual(await tagsOf(store), { s1: 'Control' });
  });

  it('tells each tag that the index still names and the table has lost', async () => {
    const { store } = await tagged(300);
    const bytes = readFileSync(store.file);
    const sound = salvageImage(bytes);
    const page = sound.tables.get('experiment_tags')?.records[0]?.page ?? 0;
    const onPage = (sound.tables.get('experiment_tags')?.records ?? []).filter((record) => record.page === page).length;
    bytes.fill(0, (page - 1) * 4096, page * 4096);
    writeFileSync(store.file, bytes);
    const { rows, lost } = await store.salvage(store.file);
    assert.equal(rows.tables.get('experiment_tags')?.length, 300 - onPage);
    const missing = lost.filter(({ reason }) => reason === 'missingRow');
    assert.equal(missing.length, onPage);
    assert.match(missing[0]?.detail ?? '', /^e1, session-\d+$/);
    assert.ok(lost.some(({ table, reason }) => table === 'experiment_tags' && reason === 'page'));
  });

  it('finds rows whose way in is lost, and no row that was deleted', async () => {
    const { store } = await tagged(300);
    const bytes = readFileSync(store.file);
    const root = bytes.indexOf('CREATE TABLE experiment_tags');
    assert.ok(root > 0);
    // The list of tables is on the first page.
    bytes.fill(0, 100, 4096);
    const salvaged = salvageImage(bytes);
    assert.equal(salvaged.tables.size, 0);
    writeFileSync(store.file, bytes);
    const { rows } = await store.salvage(store.file);
    assert.equal(rows.tables.get('experiment_tags')?.length, 300);
    assert.equal(rows.tables.get('experiments')?.length, 1);
    assert.ok((rows.tables.get('tag_history') ?? []).length >= 300);
  });

  it('never makes a row up and never fails, whatever is overwritten', async () => {
    const { store } = await tagged(200);
    const sound = readFileSync(store.file);
    const before = salvageImage(sound);
    assert.equal(rowsOf(before, 'experiment_tags'), 200);
    const text = (value: unknown): string =>
      JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
    const known = new Set((before.tables.get('experiment_tags')?.records ?? []).map(({ values }) => text(values)));
    fc.assert(
      fc.property(
        fc.nat({ max: sound.length - 1 }),
        fc.integer({ min: 1, max: 9000 }),
        fc.constantFrom(0, 0xff, 0x5a),
        (at, length, fill) => {
          const bytes = Buffer.from(sound);
          const end = Math.min(at + length, bytes.length);
          bytes.fill(fill, at, end);
          const image = salvageImage(bytes);
          const tags = image.tables.get('experiment_tags')?.records ?? [];
          // On a page of the damage a text may have changed; what is on others is as it was.
          for (const { values, page } of tags) {
            if (page * 4096 <= at || (page - 1) * 4096 >= end) assert.ok(known.has(text(values)), text(values));
          }
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), fc.nat({ max: sound.length }), (random, cut) => {
        salvageImage(random);
        const half = Buffer.from(sound.subarray(0, cut));
        half.set(random.subarray(0, Math.ceil(half.length / 2)), Math.floor(half.length / 2));
        salvageImage(half);
      }),
      { numRuns: 200 },
    );
  });
});
