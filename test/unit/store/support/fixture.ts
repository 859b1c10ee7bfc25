import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Experiment, Variant } from '../../../../src/api';
import type { Author, TagRequest } from '../../../../src/domain/tags';
import { Engine } from '../../../../src/store/engine';
import { StoreError, type StoreFault } from '../../../../src/store/errors';
import { FileStore, type FileStoreOptions } from '../../../../src/store/fileStore';

export const WASM = createRequire(join(process.cwd(), 'package.json')).resolve('sql.js/dist/sql-wasm.wasm');
export const loadWasm = (): Uint8Array => readFileSync(WASM);

/** The two ways in which a commit is written: the whole file, or an entry of the journal. Both must hold every rule. */
export const MODES = [
  { mode: 'whole file', journal: {} },
  { mode: 'journal', journal: { fileBytes: 0 } },
] as const;

/** As a quiet time, longer than any test: the journal goes into the file only when the test says so. */
export const NEVER_MS = 1e9;

const folders: string[] = [];
const stores: FileStore[] = [];

/** A folder of its own, removed by `cleanUp`. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'experiments-store-'));
  folders.push(folder);
  return folder;
}

/** A store that `cleanUp` disposes of; with a clock that counts, and no work of its own between two calls. */
export function openStore(folder: string, options: Partial<FileStoreOptions> = {}): FileStore {
  let time = 1_000;
  const store = new FileStore({ folder, loadWasm, now: () => (time += 1), quietMs: NEVER_MS, ...options });
  stores.push(store);
  return store;
}

export function cleanUp(): void {
  for (const store of stores.splice(0)) store.dispose();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function sampleExperiment(change: Partial<Experiment> = {}): Experiment {
  return {
    id: 'e1',
    name: 'Shorter rules',
    hypothesis: 'Fewer tokens',
    changeDescription: 'Half the rules',
    metric: 'TokensPerSession',
    durationDays: 14,
    binding: { kind: 'ManualTag', variantField: 'variant' },
    successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -10 },
    guardrails: [{ metric: 'SuccessRate', regressionDirection: 'Decrease', thresholdPct: 5 }],
    alpha: 0.05,
    state: 'Draft',
    createdAt: 500,
    ...change,
  };
}

export const author: Author = { who: 'ada', via: 'person', window: 'w1' };

export function tag(sessionId: string, variant: Variant, experimentId = 'e1'): TagRequest {
  return { action: 'tag', experimentId, sessionId, variant };
}

/** A store in a new folder with one running experiment `e1`. */
export async function runningStore(options: Partial<FileStoreOptions> = {}): Promise<FileStore> {
  const store = openStore(tempFolder(), options);
  await store.save(sampleExperiment());
  await store.transition('e1', 'start');
  return store;
}

export async function tagsOf(store: FileStore, experimentId = 'e1'): Promise<Record<string, Variant | undefined>> {
  return Object.fromEntries((await store.read()).tags.get(experimentId) ?? []);
}

/** What a call that must fail says. */
export async function faultOf(call: Promise<unknown>): Promise<StoreFault> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StoreError) return error.fault;
    throw error;
  }
  throw new Error('the call was expected to fail');
}

/** Makes a database file with SQL, as another program would. */
export async function databaseBytes(sql: string): Promise<Uint8Array> {
  const db = (await Engine.load(loadWasm)).open();
  db.script(sql);
  return db.export();
}

/** Every path below a folder, sorted. Backups come by themselves, and are left out. */
export function listing(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return all.filter((path) => !/^backups\b/.test(path));
}

let otherSqlite: boolean | undefined;

/** Whether an SQLite that is not ours is there to judge our files. Says so once where it is not. */
export function hasOtherSqlite(): boolean {
  if (otherSqlite === undefined) {
    try {
      execFileSync('sqlite3', ['--version']);
      otherSqlite = true;
    } catch {
      otherSqlite = false;
      console.warn('      !! no sqlite3 program found: files are NOT checked by another SQLite');
    }
  }
  return otherSqlite;
}

/** What another SQLite answers, line by line; undefined where there is none. */
export function askOtherSqlite(file: string, sql: string): string[] | undefined {
  if (!hasOtherSqlite()) return undefined;
  return execFileSync('sqlite3', ['-readonly', file, sql], { encoding: 'utf8' }).trimEnd().split('\n');
}

/** What a commit leaves in the folder of a store: nothing of the lock. */
export function assertTidy(folder: string, where = ''): void {
  const strange = listing(folder).filter(
    (name) => !/^(experiments\.db|journal|journal.[0-9a-f]{16}-\d{10}\.entry)$/.test(name),
  );
  assert.deepEqual(strange, [], where);
}

/** The file and its journal, byte for byte. */
export function contentOf(folder: string): Record<string, string> {
  const files = listing(folder).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

/** What another SQLite answers about the whole database, journal included; undefined where there is no other SQLite. */
export async function askAboutWhole(store: FileStore, sql: string): Promise<string[] | undefined> {
  const whole = join(tempFolder(), 'whole.db');
  writeFileSync(whole, (await store.databaseBytes()) ?? new Uint8Array());
  return askOtherSqlite(whole, sql);
}
