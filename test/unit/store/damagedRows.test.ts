import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMetadata } from '../../../src/domain/metadata';
import { Engine } from '../../../src/store/engine';
import type { FileStore } from '../../../src/store/fileStore';
import { SCHEMA_VERSION } from '../../../src/store/schema';
import {
  askOtherSqlite,
  author,
  cleanUp,
  databaseBytes,
  faultOf,
  loadWasm,
  openStore,
  sampleExperiment,
  tag,
  tagsOf,
  tempFolder,
} from './support/fixture';

/** The tables as the kaizen CLI makes them, with one of its own. */
const KAIZEN = `
  CREATE TABLE sessions (id TEXT PRIMARY KEY, agent TEXT NOT NULL);
  INSERT INTO sessions VALUES ('s1', 'claude');
  CREATE TABLE experiments (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at_ms INTEGER NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}', state TEXT NOT NULL DEFAULT 'Draft', concluded_at_ms INTEGER);
  CREATE TABLE experiment_tags (experiment_id TEXT NOT NULL, session_id TEXT NOT NULL, variant TEXT NOT NULL,
    PRIMARY KEY (experiment_id, session_id));
`;

const metadata = JSON.stringify({ ...encodeMetadata(sampleExperiment({ state: 'Running' })), theirs: { kept: [1] } });

function storeOver(bytes: Uint8Array): FileStore {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'experiments.db'), bytes);
  return openStore(folder);
}

const kaizenStore = async (rows: string): Promise<FileStore> => storeOver(await databaseBytes(KAIZEN + rows));

const soundRow = `INSERT INTO experiments VALUES ('e1', 'Shorter rules', 500, '${metadata}', 'Running', NULL);`;

/** Whole tables, as another connection sees them. */
async function tables(file: string): Promise<unknown[]> {
  const db = (await Engine.load(loadWasm)).open(new Uint8Array(readFileSync(file)));
  const all = ['sessions', 'experiments', 'experiment_tags'].map((table) => db.rows(`SELECT * FROM ${table}`));
  db.close();
  return all;
}

describe('store: rows of others', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('takes over a kaizen database with a backup and without losing anything', async () => {
    const store = await kaizenStore(`${soundRow} INSERT INTO experiment_tags VALUES ('e1', 's1', 'Control');`);
    const original = readFileSync(store.file);
    const before = await tables(store.file);
    assert.deepEqual((await store.read()).status, { kind: 'ready' });
    assert.deepEqual(await tagsOf(store), { s1: 'Control' });
    assert.equal((await store.apply(tag('s1', 'Treatment'), author)).outcome, 'conflict');
    assert.deepEqual(readFileSync(store.file), original, 'looking at it writes nothing');

    assert.equal((await store.apply(tag('s2', 'Treatment'), author)).outcome, 'tagged');
    const [sessions, experiments, tags] = await tables(store.file);
    assert.deepEqual([sessions, experiments], before.slice(0, 2));
    assert.deepEqual(tags, [...(before[2] as unknown[]), ['e1', 's2', 'Treatment']]);
    const backups = join(store.file, '..', 'backups');
    const [backup = '', ...more] = readdirSync(backups);
    assert.match(backup, /^experiments-19700101T\d+Z-\d+-migration\.db$/);
    assert.deepEqual(more, []);
    assert.deepEqual(readFileSync(join(backups, backup)), original);
    const sound = ['ok', String(SCHEMA_VERSION)];
    assert.deepEqual(askOtherSqlite(store.file, 'PRAGMA integrity_check; PRAGMA user_version') ?? sound, sound);

    await store.apply(tag('s3', 'Treatment'), author);
    assert.equal(readdirSync(backups).length, 1, 'one backup per migration');
  });

  it('keeps keys of the metadata that it does not know, through a save and a transition', async () => {
    const store = await kaizenStore(soundRow);
    await store.save(sampleExperiment({ name: 'New' }));
    await store.transition('e1', 'conclude');
    const [, experiments] = (await tables(store.file)) as [unknown, string[][]];
    const stored = JSON.parse(experiments[0]?.[3] ?? '') as Record<string, unknown>;
    assert.deepEqual(stored['theirs'], { kept: [1] });
    assert.deepEqual([stored['name'], stored['state']], ['New', 'Concluded']);
  });

  it('shows damaged rows, keeps them, and refuses to change them', async () => {
    const store = await kaizenStore(`
      ${soundRow}
      INSERT INTO experiments VALUES ('torn', 'Torn', 400, '{"metric":', 'Running', NULL);
      INSERT INTO experiments VALUES ('odd', 'Odd', 300, '${metadata}', 'Paused', NULL);
      INSERT INTO experiments VALUES ('typed', x'00ff', 'yesterday', '${metadata}', 'Running', 'never');
      INSERT INTO experiments VALUES (NULL, 'Nameless', 100, '${metadata}', 'Running', NULL);
      INSERT INTO experiment_tags VALUES ('e1', 's1', 'control');
      INSERT INTO experiment_tags VALUES ('e1', x'0102', 'Control');
      INSERT INTO experiment_tags VALUES ('nobody', 's1', 'Treatment');
    `);
    const before = await tables(store.file);
    const { experiments, tags } = await store.read();
    const shown = experiments.map(({ id, damaged }) => [id, damaged !== undefined]);
    assert.deepEqual(shown, [
      ['typed', true],
      ['e1', false],
      ['torn', true],
      ['odd', true],
      ['', true],
    ]);
    assert.match(experiments[0]?.damaged ?? '', /name, created_at_ms, concluded_at_ms/);
    assert.deepEqual(
      [...(tags.get('e1') ?? [])],
      [
        ['s1', undefined],
        ["x'0102'", 'Control'],
      ],
    );
    assert.deepEqual([...(tags.get('nobody') ?? [])], [['s1', 'Treatment']]);

    assert.equal((await store.apply(tag('s1', 'Control'), author)).refusal, 'damagedTag');
    assert.equal((await store.apply(tag('s1', 'Control', 'torn'), author)).refusal, 'damagedExperiment');
    const moved = await store.transition('torn', 'conclude');
    assert.ok(!moved.ok && moved.refusal.code === 'damaged');
    const saved = await store.save(sampleExperiment({ id: 'odd' }));
    assert.ok(saved.outcome === 'refused' && saved.refusal.code === 'damaged');
    assert.equal((await store.apply(tag('fresh', 'Control'), author)).outcome, 'tagged');
    const after = await tables(store.file);
    assert.deepEqual(after.slice(0, 2), before.slice(0, 2));
    assert.deepEqual((after[2] as unknown[]).slice(0, 3), before[2]);
  });

  it('believes neither of two rows of one session', async () => {
    const loose = KAIZEN.replace(/,\s+PRIMARY KEY \(experiment_id, session_id\)/, '');
    assert.notEqual(loose, KAIZEN);
    const rows = `INSERT INTO experiment_tags VALUES ('e1', 's1', 'Control'), ('e1', 's1', 'Treatment'), ('e1', 's1', 'Control');`;
    const store = storeOver(await databaseBytes(loose + soundRow + rows));
    assert.deepEqual(await tagsOf(store), { s1: undefined });
    assert.equal((await store.apply(tag('s1', 'Control'), author)).refusal, 'damagedTag');
  });

  it('does not touch a version-0 file that its migration cannot be applied to', async () => {
    const store = await kaizenStore('CREATE TABLE tag_history(mine);');
    const { status } = await store.read();
    assert.ok(status.kind === 'readOnly' && status.problem === 'unreadable');
    assert.equal((await faultOf(store.apply(tag('s1', 'Control'), author))).code, 'readOnly');
  });
});
