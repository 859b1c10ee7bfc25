import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Change } from '../../../src/store/changes';
import { Engine, type MemoryDatabase } from '../../../src/store/engine';
import { DATABASE_NAME, FileStore, type FileStoreOptions } from '../../../src/store/fileStore';
import { backupName } from '../../../src/store/backupNames';
import { SourceError } from '../../../src/store/importSource';
import { entryName } from '../../../src/store/journal';
import { encodeEntry } from '../../../src/store/journalEntry';
import { SCHEMA_VERSION } from '../../../src/store/schema';
import { formatToken, newIdentity } from '../../../src/store/token';
import { waiterName } from '../../../src/store/waitingLine';
import type { Drawing } from '../../../src/store/assignments';
import { author, loadWasm, sampleExperiment, tag } from '../../unit/store/support/fixture';
import type { Always } from './faultyFiles';

export const DAY = 86_400_000;
export const NOW = 20_000 * DAY;

/** Something that is done with a store, from a folder as it is before to one as it is after. */
export interface Scenario {
  name: string;
  options?: Partial<FileStoreOptions>;
  /** Makes the folder as it is before. */
  prepare?: (folder: string) => Promise<void>;
  /** Resolves to what is read, where something is. */
  run: (store: FileStore, folder: string) => Promise<unknown>;
  /** It makes the calls that another scenario makes, so one fault at each of them will do. */
  alike?: true;
  /** It writes nothing: what it resolves to is right, or says that the store cannot be read. */
  reads?: true;
  /** Refused in any case, in the attempts that faults are injected into. */
  always?: Always;
  /** Another state than before and after, which is read-only and in which nothing is lost. */
  between?: true;
  /** What is wrong with the folder afterwards, beside the rows. */
  unfinished?: (folder: string) => string | undefined;
}

const drawing: Drawing = { isInside: () => true, newSeed: () => 'ab'.repeat(32), variantAt: () => 'Treatment' };
const start = { agent: 'codex', folder: '/', begins: true, source: 'hook' } as const;
const reason = 'campaign';
const how = { author, reason, takeDamaged: true };

const COMMON = { loadWasm, now: () => NOW, lockTimeoutMs: 60, staleMs: 1e6, quietMs: 1e9 };
export const WAYS = {
  'whole file': { journal: { fileBytes: 1e12 } },
  journal: { journal: { fileBytes: 0 } },
} as const;

export function optionsOf(folder: string, { options }: Pick<Scenario, 'options'>): FileStoreOptions {
  return { ...COMMON, folder, ...options };
}

/** Does something with a store that is not disturbed. */
async function undisturbed(
  folder: string,
  options: Partial<FileStoreOptions>,
  work: (store: FileStore) => Promise<unknown>,
): Promise<void> {
  const store = new FileStore({ ...COMMON, folder, ...options });
  await work(store);
  // At its end a store puts the journal into the file; here it has to stay.
  const lock = path.join(folder, `${DATABASE_NAME}.lock`);
  mkdirSync(path.join(lock, 'held'), { recursive: true });
  store.dispose();
  rmSync(lock, { recursive: true, force: true });
}

async function fill(store: FileStore): Promise<void> {
  const randomised = { treatmentText: 'Be brief.', allocation: 0.5 };
  await store.save(sampleExperiment({ randomised }));
  await store.save(sampleExperiment({ id: 'draft' }));
  await store.save(sampleExperiment({ id: 'done' }));
  await store.transition('e1', 'start');
  await store.transition('done', 'start');
  await store.transition('done', 'conclude', { freeze: () => '{"sample":[]}' });
  await store.apply(tag('tagged', 'Control'), author);
  await store.apply(tag('in the draft', 'Control', 'draft'), author);
  await store.setOutcome('judged', 'failure', author);
  await store.assign({ ...start, sessionId: 'drawn' }, drawing);
}

const filled =
  (options: Partial<FileStoreOptions>) =>
  (folder: string): Promise<void> =>
    undisturbed(folder, options, fill);

const COMMANDS: readonly (readonly [string, Scenario['run']])[] = [
  ['save', (store) => store.save(sampleExperiment({ id: 'new' }))],
  ['start', (store) => store.transition('draft', 'start', { pinnedTips: { control: 'a', treatment: 'b' } })],
  ['conclude', (store) => store.transition('e1', 'conclude', { freeze: () => '{"kept":1}' })],
  ['archive', (store) => store.transition('done', 'archive')],
  ['deleteDraft', (store) => store.deleteDraft('draft', author)],
  ['logLook', (store) => store.logLook('e1', { control: 3, treatment: 4 })],
  ['tag', (store) => store.apply(tag('new', 'Treatment'), author)],
  [
    'retag',
    (store) =>
      store.apply({ action: 'retag', experimentId: 'e1', sessionId: 'tagged', variant: 'Excluded', reason }, author),
  ],
  [
    'untag',
    async (store) => {
      const { outcome } = await store.apply(
        { action: 'untag', experimentId: 'e1', sessionId: 'tagged', reason },
        author,
      );
      // Where it was done before.
      return outcome === 'refused' ? 'untagged' : outcome;
    },
  ],
  ['setOutcome', (store) => store.setOutcome('judged', 'success', author)],
  ['assign', (store) => store.assign({ ...start, sessionId: 'new' }, drawing)],
  ['delivered', (store) => store.delivered([{ experimentId: 'e1', sessionId: 'drawn' }])],
  ['unblind', (store) => store.unblind('e1', author)],
];

/** All that can be asked of a store. */
async function everything(store: FileStore): Promise<unknown> {
  const { status, ...view } = await store.read();
  if (status.kind === 'readOnly') return 'readOnly';
  const { status: later, experiments } = await store.readExperiments();
  if (later.kind === 'readOnly') return 'readOnly';
  return JSON.stringify({
    view: [view.experiments, maps(view.tags), maps(view.assignments), maps(view.outcomes), maps(view.unblinded)],
    experiments,
    ...{ history: await store.history('e1'), looks: await store.looks('e1'), kept: await store.frozenSample('done') },
    export: (await store.export()).rows,
    whole: (await store.databaseBytes())?.length,
  });
}

const maps = (map: ReadonlyMap<string, unknown>): unknown[] =>
  [...map].map(([key, value]) => [key, value instanceof Map ? maps(value as ReadonlyMap<string, unknown>) : value]);

/** Changes the database in a folder as another program would. */
async function withSql(folder: string, change: (db: MemoryDatabase) => void): Promise<void> {
  const file = path.join(folder, DATABASE_NAME);
  const db = (await Engine.load(loadWasm)).open(Uint8Array.from(readFileSync(file)));
  change(db);
  writeFileSync(file, db.export());
  db.close();
}

/** What each schema before ours lacked. */
const NEWER_TABLES: Readonly<Record<number, readonly string[]>> = {
  1: ['journal_base'],
  2: ['frozen_samples', 'report_looks'],
  3: ['assignment_seeds', 'assignments', 'unblindings'],
};

/** Makes a database one that another version wrote: what later schemas added is gone, and nothing seals its bytes. */
export function asOfSchema(db: MemoryDatabase, version: number): void {
  for (let later = version; later < SCHEMA_VERSION; later += 1) {
    for (const table of NEWER_TABLES[later] ?? ['tag_history', 'session_outcomes']) db.script(`DROP TABLE ${table}`);
  }
  if (version >= 2) db.script(`UPDATE journal_base SET file_counter = -1, seal = ''`);
  db.script(`PRAGMA user_version = ${version}`);
}

/** A database as an earlier version wrote it; from the second on with an entry in its journal. */
const ofSchema =
  (version: number) =>
  async (folder: string): Promise<void> => {
    await filled(WAYS['whole file'])(folder);
    await withSql(folder, (db) => {
      asOfSchema(db, version);
      if (version >= 2) db.script(`UPDATE journal_base SET id = '0123456789abcdef'`);
    });
    if (version < 2) return;
    const changes = [
      { name: 'insertTag', parameters: ['e1', 'of the journal', 'Control'], rows: 1 },
    ] satisfies Change[];
    const id = '0123456789abcdef';
    const entry = encodeEntry({ id, sequence: 1, follows: '', schema: version, changes });
    mkdirSync(path.join(folder, 'journal'));
    writeFileSync(path.join(folder, 'journal', entryName(id, 1)), entry?.bytes ?? '');
  };

/** One day later than its backup, with a journal, and then damaged. */
async function damaged(folder: string, damage: (file: string) => void): Promise<void> {
  await filled(WAYS['whole file'])(folder);
  await undisturbed(folder, { ...WAYS['whole file'], now: () => NOW + DAY }, (store) =>
    store.apply(tag('since', 'Control'), author),
  );
  await undisturbed(folder, { ...WAYS.journal, now: () => NOW + DAY }, (store) =>
    store.apply(tag('of the journal', 'Control'), author),
  );
  damage(path.join(folder, DATABASE_NAME));
}

const noise = (file: string): void => {
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 0, 100);
  writeFileSync(file, bytes);
};

async function restoreNewest(store: FileStore): Promise<void> {
  const backups = await store.backups();
  const newest = backups.findLast(({ kind }) => kind !== 'restore');
  if (newest !== undefined) await store.checkBackup(newest);
  await store.restore(newest?.name);
}

const restoring = (name: string, damage: (file: string) => void, more: Partial<Scenario> = {}): Scenario => ({
  name,
  options: { ...WAYS.journal, now: () => NOW + 2 * DAY },
  prepare: (folder) => damaged(folder, damage),
  run: restoreNewest,
  between: true,
  ...more,
});

const DEAD_PID = 2 ** 31 - 2;

/** A lock that a holder of this kind left, half-way through its work, and a waiter that died. */
const lockLeft =
  (holder: { pid: number; machine?: string }) =>
  async (folder: string): Promise<void> => {
    await filled(WAYS['whole file'])(folder);
    const token = formatToken({ ...newIdentity(), ...holder }, 1);
    const lock = path.join(folder, `${DATABASE_NAME}.lock`);
    mkdirSync(path.join(lock, token), { recursive: true });
    writeFileSync(path.join(lock, token, 'next.db'), 'half');
    const waiter = formatToken({ ...newIdentity(), pid: DEAD_PID }, 2);
    mkdirSync(path.join(folder, waiterName(`${DATABASE_NAME}.lock`, { token: waiter, ticket: 1 }), waiter), {
      recursive: true,
    });
  };

const tagNew: Scenario['run'] = (store) => store.apply(tag('new', 'Treatment'), author);
const inWorkspace =
  (name: string) =>
  (file: string): boolean =>
    path.basename(file) === name;
const isNextFile = inWorkspace('next.db');
const entriesOf = (folder: string): number =>
  readdirSync(path.join(folder, 'journal')).filter((name) => name.endsWith('.entry')).length;
const journalLeft = (folder: string): string | undefined =>
  entriesOf(folder) === 0 ? undefined : `${entriesOf(folder)} entries are left in the journal`;

const withEntries = (folder: string): Promise<void> =>
  undisturbed(folder, WAYS.journal, async (store) => {
    await fill(store);
    await store.apply(tag('of the journal', 'Control'), author);
  });

async function source(folder: string): Promise<string> {
  const there = path.join(folder, 'other');
  mkdirSync(there, { recursive: true });
  await undisturbed(there, { ...WAYS['whole file'] }, async (store) => {
    await store.save(sampleExperiment({ id: 'theirs' }));
    await store.apply(tag('theirs', 'Control', 'theirs'), author);
  });
  return path.join(there, DATABASE_NAME);
}

const SCENARIOS: readonly Scenario[] = [
  ...Object.entries(WAYS).flatMap(([way, options]) =>
    COMMANDS.map(([name, run]): Scenario => {
      const scenario = { name: `${name} (${way})`, options, prepare: filled(options), run };
      return name === 'tag' ? scenario : { ...scenario, alike: true };
    }),
  ),
  {
    name: 'the first write, which creates the folder',
    prepare: (folder) => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
    run: (store) => store.save(sampleExperiment()),
  },
  { name: 'read', prepare: withEntries, run: everything, reads: true, options: WAYS.journal },
  {
    name: 'read a file that is a link',
    reads: true,
    prepare: async (folder) => {
      await filled(WAYS['whole file'])(folder);
      renameSync(path.join(folder, DATABASE_NAME), path.join(folder, 'real.db'));
      symlinkSync('real.db', path.join(folder, DATABASE_NAME));
    },
    run: async (store) => (await store.read()).status.kind,
  },
  {
    name: 'read a damaged file with a journal, twice',
    reads: true,
    prepare: (folder) => damaged(folder, noise),
    run: async (store) => {
      await store.read();
      return (await store.read()).status.kind;
    },
  },
  {
    name: 'watch and read again what another window wrote',
    options: WAYS.journal,
    prepare: withEntries,
    run: async (store, folder) => {
      await store.read();
      const watching = store.watch();
      try {
        await undisturbed(folder, WAYS.journal, (other) => other.apply(tag('by another window', 'Control'), author));
        await store.poll();
        return await everything(store);
      } finally {
        watching.dispose();
      }
    },
    reads: true,
  },
  {
    name: 'the first entry of a journal',
    options: WAYS.journal,
    prepare: filled(WAYS['whole file']),
    run: tagNew,
  },
  {
    name: 'compaction',
    options: WAYS.journal,
    prepare: withEntries,
    run: (store) => store.compact(),
    unfinished: journalLeft,
  },
  {
    name: 'compaction by the number of entries',
    options: { journal: { fileBytes: 0, entries: 1 } },
    prepare: withEntries,
    run: tagNew,
  },
  {
    name: 'compaction when a window is closed',
    // Its process has ended when the next window comes.
    options: { ...WAYS.journal, identity: { ...newIdentity(), pid: DEAD_PID } },
    prepare: withEntries,
    run: async (store) => {
      await store.apply(tag('new', 'Treatment'), author);
      store.dispose();
    },
  },
  ...Array.from({ length: SCHEMA_VERSION }, (_, version): Scenario => ({
    name: `migration from schema ${version}`,
    options: WAYS.journal,
    prepare: ofSchema(version),
    run: tagNew,
  })),
  {
    name: 'a regular backup that makes others too many',
    options: { now: () => NOW + DAY },
    prepare: async (folder) => {
      await filled(WAYS['whole file'])(folder);
      const backups = path.join(folder, 'backups');
      const [one = ''] = readdirSync(backups);
      for (let n = 1; n <= 20; n += 1) {
        cpSync(path.join(backups, one), path.join(backups, backupName(NOW - n * DAY, n, 'regular')));
      }
    },
    run: tagNew,
  },
  restoring('restore over a sound file', () => undefined),
  restoring('restore over a damaged file', noise),
  restoring('restore over a damaged file where no file can have two names', noise, {
    always: (call) => (call === 'link' ? 'EPERM' : undefined),
  }),
  restoring('restore over a damaged file where the copy fails', noise, {
    always: (call) => (call === 'link' ? 'EPERM' : call === 'write' ? 'ENOSPC' : undefined),
  }),
  restoring('restore where the file is gone and the journal is not', rmSync),
  restoring('restore where a folder is in the place of the file, with journals of other programs', (file) => {
    rmSync(file);
    mkdirSync(file);
    for (const suffix of ['-journal', '-wal', '-shm']) writeFileSync(file + suffix, '');
  }),
  restoring('begin anew over a damaged file', noise, { run: (store) => store.restore(undefined) }),
  {
    name: 'salvage',
    options: { ...WAYS['whole file'] },
    prepare: async (folder) => {
      await damaged(folder, noise);
      await undisturbed(folder, { now: () => NOW + 2 * DAY }, restoreNewest);
    },
    run: async (store) => {
      const [newest = ''] = await store.damagedFiles();
      const { rows, lost } = await store.salvage(newest);
      // What could not be read just now is told, and nobody is kept from trying again.
      const told = lost.find(({ reason: why }) => why === 'row');
      if (told !== undefined) throw new SourceError({ code: 'unreadable', detail: told.detail }, newest);
      await store.merge(rows, { ...how, takeDamaged: false });
    },
  },
  {
    name: 'import',
    options: WAYS['whole file'],
    prepare: async (folder) => {
      await filled(WAYS['whole file'])(folder);
      await source(folder);
    },
    run: async (store, folder) => {
      const rows = await store.readDatabase(path.join(folder, 'other', DATABASE_NAME));
      await store.previewMerge(rows, how);
      await store.merge(rows, how);
    },
  },
  { name: 'take-over of the lock of a dead process', prepare: lockLeft({ pid: DEAD_PID }), run: tagNew },
  {
    name: 'take-over of a stale lock of another machine',
    options: { staleMs: 0 },
    prepare: lockLeft({ pid: 1, machine: 'elsewhere' }),
    run: tagNew,
  },
  {
    name: 'take-over of a lock that is a file of somebody',
    options: { staleMs: 0 },
    prepare: async (folder) => {
      await filled(WAYS['whole file'])(folder);
      mkdirSync(path.join(folder, `${DATABASE_NAME}.lock`));
      writeFileSync(path.join(folder, `${DATABASE_NAME}.lock`, 'strange'), '');
    },
    run: tagNew,
  },
  {
    name: 'an empty lock that cannot be renamed onto, as on Windows',
    // One attempt: how many there are in some time, nobody knows.
    options: { lockTimeoutMs: 0 },
    prepare: async (folder) => {
      await filled(WAYS['whole file'])(folder);
      mkdirSync(path.join(folder, `${DATABASE_NAME}.lock`));
    },
    always: (call, file) => (call === 'rename' && !isNextFile(file) ? 'EPERM' : undefined),
    run: tagNew,
  },
  {
    name: 'a tag whose lock cannot be released',
    prepare: filled(WAYS['whole file']),
    always: (call) => (call === 'rmdir' ? 'EBUSY' : undefined),
    run: tagNew,
  },
  {
    name: 'a tag on a full disk',
    prepare: filled(WAYS['whole file']),
    always: (call) => (call === 'write' ? 'ENOSPC' : undefined),
    run: tagNew,
  },
  {
    name: 'a tag where nothing can be renamed into place',
    prepare: filled(WAYS['whole file']),
    always: (call, file) => (call === 'rename' && isNextFile(file) ? 'EIO' : undefined),
    run: tagNew,
  },
];

/** Everything that the store does. Together, they must reach every place in it that calls the file system. */
export function faultScenarios(part = ''): Scenario[] {
  return SCENARIOS.filter(({ name }) => name.includes(part));
}
