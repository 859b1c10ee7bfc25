import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { VARIANTS, type Variant } from '../../../src/api';
import { AT_START } from '../../../src/domain/binding';
import type { FileStore } from '../../../src/store/fileStore';
import { SourceError } from '../../../src/store/importSource';
import type { MergeResult } from '../../../src/store/merge';
import {
  askOtherSqlite,
  author,
  cleanUp,
  databaseBytes,
  hasOtherSqlite,
  openStore,
  runningStore,
  sampleExperiment,
  tag,
  tagsOf,
  tempFolder,
} from './support/fixture';
import { allRows, exported, how, importFile } from './support/exchange';

const CORE = `
  CREATE TABLE experiments(id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at_ms INTEGER NOT NULL, metadata TEXT NOT NULL,
    state TEXT NOT NULL, concluded_at_ms INTEGER);
  CREATE TABLE experiment_tags(experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, variant TEXT NOT NULL,
    PRIMARY KEY(experiment_id, session_id));
`;

async function fileWith(sql: string): Promise<string> {
  const file = join(tempFolder(), 'other.db');
  writeFileSync(file, await databaseBytes(sql));
  return file;
}

/** A store with what the tables can hold: states, tags, retags, untags, outcomes, a damaged row and an unknown key. */
async function fullStore(): Promise<FileStore> {
  const store = await runningStore();
  await store.save(sampleExperiment({ id: 'draft', name: 'Not begun' }));
  await store.save(sampleExperiment({ id: 'done' }));
  await store.transition('done', 'start');
  await store.apply(tag('s1', 'Control', 'done'), author);
  await store.transition('done', 'conclude', { freeze: () => '{"sample": []}' });
  await store.logLook('e1', { control: 1, treatment: 2 });
  await store.apply(tag('s1', 'Control'), author);
  await store.apply(tag('s2', 'Treatment'), author);
  await store.apply(
    { action: 'retag', experimentId: 'e1', sessionId: 's2', variant: 'Excluded', reason: 'wrong rules' },
    author,
  );
  await store.apply(tag('s3', 'Control'), author);
  await store.apply({ action: 'untag', experimentId: 'e1', sessionId: 's3', reason: 'a test' }, author);
  await store.setOutcome('s1', 'success', author);
  const odd = await fileWith(`${CORE}
    INSERT INTO experiments VALUES ('odd', 'Odd', 7, '{"no": "design"}', 'Simmering', NULL);
    INSERT INTO experiment_tags VALUES ('odd', 's1', 'Bogus'), ('nowhere', 's1', 'Control'),
      ('nowhere', CAST(x'61ff62' AS TEXT), 'Control'), ('nowhere', CAST(x'610062' AS TEXT), 'Control');`);
  await importFile(store, odd);
  return store;
}

const reasons = ({ skipped }: MergeResult): string[] => skipped.map(({ kind, reason }) => `${kind}: ${reason}`);
const problemOf = async (work: Promise<unknown>): Promise<SourceError['problem']> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof SourceError) return error.problem;
    throw error;
  }
  throw new Error('it was expected to fail');
};

afterEach(cleanUp);

describe('importing a database of the kaizen CLI', () => {
  const fixtures = process.env['AGENT_EXPERIMENTS_FIXTURES'] ?? resolve('..', 'shared', 'fixtures');
  const kaizen = join(fixtures, 'kaizen', 'kaizen.db');

  before(function () {
    if (existsSync(kaizen)) return;
    console.warn(`\n  !!! SKIPPED: there is no ${kaizen}. Importing a real kaizen database is NOT checked.\n`);
    this.skip();
  });

  it('gives its experiments and tags, field by field, and a history line for each tag', async () => {
    const store = openStore(tempFolder());
    const result = await importFile(store, kaizen);
    assert.deepEqual(
      [result.counts.experiments, result.counts.tags],
      [
        { imported: 4, unchanged: 0, skipped: 0 },
        { imported: 12, unchanged: 0, skipped: 0 },
      ],
    );
    assert.deepEqual(reasons(result), ['strangers: notOurs']);
    const [there, here] = [await allRows(kaizen), await allRows(store.file)];
    assert.deepEqual(here['experiments'], there['experiments']);
    assert.deepEqual(here['experiment_tags'], there['experiment_tags']);
    const { experiments } = await store.read();
    assert.deepEqual(
      experiments.map(({ name, state, damaged }) => [name, state, damaged]),
      [
        ['pair-with-agent', 'Archived', undefined],
        ['shorter-rules', 'Draft', undefined],
        ['hex-refactor', 'Concluded', undefined],
        ['add-tdd-skill', 'Running', undefined],
      ],
    );
    const history = await store.history(experiments[0]?.id ?? '');
    assert.equal(history.length, 12);
    assert.deepEqual(new Set(history.map(({ reason }) => reason)), new Set(['Imported from a file']));
  });

  it('changes nothing the second time, and never the source', async () => {
    const folder = tempFolder();
    const source = join(folder, 'kaizen.db');
    copyFileSync(kaizen, source);
    const facts = (): unknown => [
      readdirSync(folder),
      statSync(source, { bigint: true }).mtimeNs,
      readFileSync(source),
    ];
    const before = facts();
    const store = openStore(tempFolder());
    await importFile(store, source);
    const once = readFileSync(store.file);
    const { counts } = await importFile(store, source);
    assert.deepEqual(
      [counts.experiments, counts.tags].map(({ imported, unchanged }) => [imported, unchanged]),
      [
        [0, 4],
        [0, 12],
      ],
    );
    assert.deepEqual(readFileSync(store.file), once);
    assert.deepEqual(facts(), before);
  });
});

describe('exporting and importing', () => {
  it('gives an equal database in an empty store, row by row, over all tables', async () => {
    const store = await fullStore();
    const file = await exported(store);
    const other = openStore(tempFolder());
    const result = await importFile(other, file);
    assert.deepEqual(result.skipped, []);
    const rows = await allRows(store.file);
    assert.ok(Object.keys(rows).length >= 4 && (rows['tag_history'] ?? []).length === 7);
    assert.deepEqual(await allRows(other.file), rows);
    const again = readFileSync(other.file);
    await importFile(other, file);
    assert.deepEqual(readFileSync(other.file), again, 'importing twice changes nothing');
  });

  it('writes a file that another SQLite finds sound, with the two core tables', async function () {
    if (!hasOtherSqlite()) this.skip();
    const file = await exported(await fullStore());
    assert.deepEqual(askOtherSqlite(file, 'PRAGMA integrity_check'), ['ok']);
    assert.deepEqual(askOtherSqlite(file, "SELECT name FROM pragma_table_info('experiments')"), [
      ...['id', 'name', 'created_at_ms', 'metadata', 'state', 'concluded_at_ms'],
    ]);
  });

  it('shows damaged rows as damaged, not as something else', async () => {
    const store = openStore(tempFolder());
    await importFile(store, await exported(await fullStore()));
    const { experiments, tags } = await store.read();
    assert.match(experiments.find(({ id }) => id === 'odd')?.damaged ?? '', /Simmering/);
    assert.deepEqual([...(tags.get('odd') ?? [])], [['s1', undefined]]);
  });

  it('keeps keys of the metadata that it does not know', async () => {
    const file = await fileWith(
      `${CORE} INSERT INTO experiments VALUES ('k', 'K', 7, '{"future": [1, {"a": null}]}', 'Draft', NULL);`,
    );
    const store = openStore(tempFolder());
    await importFile(store, file);
    const [row] = (await allRows(store.file))['experiments'] ?? [];
    assert.ok(row?.includes(String.raw`{\"future\": [1, {\"a\": null}]}`), row);
  });
});

describe('importing into a store that has rows', () => {
  async function copyOf(store: FileStore): Promise<FileStore> {
    const folder = tempFolder();
    writeFileSync(join(folder, 'experiments.db'), (await store.export()).bytes);
    return openStore(folder);
  }

  it('reports a conflicting tag and does not write it, nor its history', async () => {
    const here = await runningStore();
    const there = await copyOf(here);
    await here.apply(tag('s1', 'Control'), author);
    await there.apply(tag('s1', 'Treatment'), author);
    await there.apply(tag('s2', 'Treatment'), author);
    const result = await importFile(here, await exported(there));
    assert.deepEqual(await tagsOf(here), { s1: 'Control', s2: 'Treatment' });
    assert.deepEqual(result.skipped, [
      {
        kind: 'tags',
        reason: 'conflict',
        experimentId: 'e1',
        sessionId: 's1',
        here: 'Control',
        there: 'Treatment',
        rows: 1,
      },
      { kind: 'history', reason: 'tagDiffers', experimentId: 'e1', sessionId: 's1', rows: 1 },
    ]);
    assert.deepEqual(
      (await here.history('e1')).map(({ sessionId, to }) => [sessionId, to]),
      [
        ['s1', 'Control'],
        ['s2', 'Treatment'],
      ],
    );
  });

  it('says beforehand what it would do, and does nothing then', async () => {
    const here = await runningStore();
    const there = await copyOf(here);
    await there.apply(tag('s2', 'Treatment'), author);
    const source = await here.readDatabase(await exported(there));
    const before = readFileSync(here.file);
    const preview = await here.previewMerge(source, how);
    assert.deepEqual(readFileSync(here.file), before);
    assert.deepEqual(await tagsOf(here), {});
    assert.deepEqual(await here.merge(source, how), preview);
    assert.deepEqual(await tagsOf(here), { s2: 'Treatment' });
  });

  it('leaves an experiment with the same id and another design alone, with all that belongs to it', async () => {
    const here = await runningStore();
    const there = openStore(tempFolder());
    await there.save(sampleExperiment({ metric: 'ToolLoops' }));
    await there.transition('e1', 'start');
    await there.apply(tag('s1', 'Treatment'), author);
    const before = await allRows(here.file);
    const result = await importFile(here, await exported(there));
    assert.deepEqual(reasons(result), ['experiments: otherDesign', 'tags: otherDesign', 'history: otherDesign']);
    assert.deepEqual(await allRows(here.file), before);
  });

  it('takes a further state over, with what belongs to it, where that takes nothing away', async () => {
    const here = await runningStore();
    await here.apply(tag('s1', 'Control'), author);
    const there = await copyOf(here);
    await there.apply(tag('s2', 'Treatment'), author);
    await there.transition('e1', 'conclude', { freeze: () => 'the sample' });
    const result = await importFile(here, await exported(there));
    assert.deepEqual(result.skipped, []);
    assert.deepEqual(await allRows(here.file), await allRows(there.file));
  });

  it('takes over a start that said what Treatment is', async () => {
    const binding = { kind: 'PromptFingerprint', controlFingerprint: 'a', treatmentFingerprint: AT_START } as const;
    const here = openStore(tempFolder());
    await here.save(sampleExperiment({ binding }));
    const there = await copyOf(here);
    await there.transition('e1', 'start', { fingerprint: 'b' });
    const result = await importFile(here, await exported(there));
    assert.deepEqual(result.skipped, []);
    const [experiment] = (await here.read()).experiments;
    assert.deepEqual([experiment?.state, experiment?.binding], ['Running', { ...binding, treatmentFingerprint: 'b' }]);
    const other = await copyOf(here);
    await other.save(sampleExperiment({ id: 'e2', binding: { ...binding, controlFingerprint: 'c' } }));
    await here.save(sampleExperiment({ id: 'e2', binding }));
    await here.transition('e2', 'start', { fingerprint: 'b' });
    assert.ok(reasons(await importFile(here, await exported(other))).includes('experiments: otherDesign'));
  });

  it('does not take over a sample that was frozen without a tag that is here', async () => {
    const here = await runningStore();
    const there = await copyOf(here);
    await here.apply(tag('s1', 'Control'), author);
    await there.apply(tag('s2', 'Treatment'), author);
    await there.transition('e1', 'conclude', { freeze: () => 'the sample' });
    const result = await importFile(here, await exported(there));
    assert.deepEqual(reasons(result), ['experiments: furtherThere', 'others: furtherThere']);
    assert.equal(await here.frozenSample('e1'), undefined);
    assert.equal((await here.read()).experiments[0]?.state, 'Running');
    assert.deepEqual(await tagsOf(here), { s1: 'Control', s2: 'Treatment' });
  });

  it('adds no tag to a concluded experiment', async () => {
    const here = await runningStore();
    const there = await copyOf(here);
    await here.transition('e1', 'conclude');
    await there.apply(tag('s1', 'Control'), author);
    const result = await importFile(here, await exported(there));
    assert.deepEqual(reasons(result), ['experiments: furtherHere', 'tags: frozenHere', 'history: tagDiffers']);
    assert.deepEqual(await tagsOf(here), {});
  });

  it('leaves what a person said of a session', async () => {
    const here = await runningStore();
    const there = await copyOf(here);
    await here.setOutcome('s1', 'success', author);
    await there.setOutcome('s1', 'failure', author);
    await there.setOutcome('s2', 'failure', author);
    const result = await importFile(here, await exported(there));
    assert.deepEqual(reasons(result), ['outcomes: otherOutcome']);
    assert.deepEqual(
      [...(await here.read()).outcomes],
      [
        ['s1', 'success'],
        ['s2', 'failure'],
      ],
    );
  });

  it('never changes a tag that is there, and takes exactly the others, whatever the two hold', async function () {
    this.timeout(60_000);
    const tags = fc.dictionary(fc.constantFrom('s1', 's2', 's3', 's4', 's5'), fc.constantFrom(...VARIANTS));
    await fc.assert(
      fc.asyncProperty(tags, tags, async (ours, theirs) => {
        const here = await runningStore();
        const there = await copyOf(here);
        const write = async (store: FileStore, all: Record<string, Variant>): Promise<void> => {
          for (const [session, variant] of Object.entries(all)) await store.apply(tag(session, variant), author);
        };
        await write(here, ours);
        await write(there, theirs);
        const { counts, skipped } = await importFile(here, await exported(there));
        assert.deepEqual(await tagsOf(here), { ...theirs, ...ours });
        const conflicts = Object.keys(theirs).filter((id) => id in ours && ours[id] !== theirs[id]);
        assert.deepEqual(
          skipped
            .filter(({ kind }) => kind === 'tags')
            .map(({ sessionId }) => sessionId)
            .sort(),
          conflicts.sort(),
        );
        assert.equal(counts.tags.imported + counts.tags.unchanged + counts.tags.skipped, Object.keys(theirs).length);
        cleanUp();
      }),
      { numRuns: 25 },
    );
  });
});

describe('a file that is not imported', () => {
  const cases: [string, () => Promise<string>, string][] = [
    ['is missing', () => Promise.resolve(join(tempFolder(), 'no.db')), 'missing'],
    [
      'is a folder',
      () => {
        const folder = join(tempFolder(), 'folder.db');
        mkdirSync(folder);
        return Promise.resolve(folder);
      },
      'notAFile',
    ],
    [
      'is no database',
      () => {
        const file = join(tempFolder(), 'text.db');
        writeFileSync(file, 'months of work');
        return Promise.resolve(file);
      },
      'unreadable',
    ],
    ['has other tables', () => fileWith('CREATE TABLE notes(text)'), 'foreign'],
    ['was written by a newer version', () => fileWith(`${CORE} PRAGMA user_version = 9999`), 'newer'],
    [
      'has a query without an end in the place of a table',
      () =>
        fileWith(`CREATE TABLE experiment_tags(experiment_id TEXT, session_id TEXT, variant TEXT);
          CREATE VIEW experiments(id, name, created_at_ms, metadata, state, concluded_at_ms) AS
          WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT i, i, i, i, i, i FROM r`),
      'unreadable',
    ],
  ];
  for (const [name, make, code] of cases) {
    it(`${name}: says so and changes nothing`, async () => {
      const store = await runningStore();
      const before = readFileSync(store.file);
      const file = await make();
      assert.equal((await problemOf(store.readDatabase(file))).code, code);
      assert.deepEqual(readFileSync(store.file), before);
    });
  }

  it('is damaged in the middle: nothing of it is taken', async () => {
    const store = await fullStore();
    const bytes = (await store.export()).bytes;
    bytes.fill(0x5a, 4096, 8192);
    const file = join(tempFolder(), 'damaged.db');
    writeFileSync(file, bytes);
    const empty = openStore(tempFolder());
    assert.equal((await problemOf(importFile(empty, file))).code, 'unreadable');
    assert.deepEqual((await empty.read()).experiments, []);
  });

  it('is larger than what is imported, by its size alone', async () => {
    const file = join(tempFolder(), 'large.db');
    writeFileSync(file, '');
    execFileSync('truncate', ['-s', '300M', file]);
    assert.equal((await problemOf(openStore(tempFolder()).readDatabase(file))).code, 'tooLarge');
  });
});

describe('a source that another program has open', () => {
  before(function () {
    if (!hasOtherSqlite()) this.skip();
  });

  it('is read with its write-ahead log, and neither is touched', async () => {
    const folder = tempFolder();
    const file = join(folder, 'live.db');
    // The shell's copies of the file and the log, taken while the connection is open, are what a running program leaves.
    execFileSync('sqlite3', [
      file,
      `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${CORE}
       INSERT INTO experiment_tags VALUES ('x', 's1', 'Control');`,
      `.shell cp ${file} ${file}.copy; cp ${file}-wal ${file}.copy-wal`,
    ]);
    const copy = `${file}.copy`;
    const before = [readFileSync(copy), readFileSync(`${copy}-wal`), readdirSync(folder)];
    const store = openStore(tempFolder());
    const { counts } = await importFile(store, copy);
    assert.equal(counts.tags.imported, 1);
    assert.deepEqual([readFileSync(copy), readFileSync(`${copy}-wal`), readdirSync(folder)], before);
  });

  it('is refused while a rollback journal lies beside it', async () => {
    const file = await fileWith(CORE);
    writeFileSync(`${file}-journal`, Buffer.from('d9d505f920a163d700000001', 'hex'));
    assert.equal((await problemOf(openStore(tempFolder()).readDatabase(file))).code, 'inUse');
    writeFileSync(`${file}-journal`, Buffer.alloc(512));
    await importFile(openStore(tempFolder()), file);
  });

  it('may be reached through a link', async function () {
    if (process.platform === 'win32') this.skip();
    const file = await fileWith(`${CORE} INSERT INTO experiment_tags VALUES ('x', 's1', 'Control');`);
    const link = join(tempFolder(), 'link.db');
    symlinkSync(file, link);
    assert.equal((await importFile(openStore(tempFolder()), link)).counts.tags.imported, 1);
  });
});
