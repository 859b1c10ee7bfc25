import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../../../scripts/demo/random';
import type { StoreFault } from '../../../src/store/errors';
import { Engine } from '../../../src/store/engine';
import { DATABASE_NAME, FileStore, type FileStoreOptions } from '../../../src/store/fileStore';
import { nodeFiles } from '../../../src/store/files';
import { FolderLock } from '../../../src/store/lock';
import { formatToken, newIdentity } from '../../../src/store/token';
import { waiterName } from '../../../src/store/waitingLine';
import { loadWasm, MODES, sampleExperiment, tag } from '../../unit/store/support/fixture';
import { buildWorker, removeWorker, Worker, type WorkerOptions } from '../../unit/store/support/processes';
import { asOfSchema } from './faultScenarios';
import { OtherSqlite } from './otherSqlite';

export interface SurroundingsPlan {
  seed: number;
  /** How often each thing happens, in each of the two ways to write. */
  rounds: number;
  processes: number;
  /** Only what has this in its name. */
  only?: string | undefined;
  log: (line: string) => void;
}

export interface SurroundingsTotals {
  parts: number;
  /** What could not be done on this machine. */
  skipped: string[];
  acknowledged: number;
  refused: number;
  checkedFiles: number;
  problems: string[];
}

/** What the processes were told of the sessions that they tagged. */
interface Ledger {
  acknowledged: Set<string>;
  refused: Set<string>;
}

type Mode = (typeof MODES)[number];

/** One thing that happens around a store while processes use it. */
interface Stage {
  plan: SurroundingsPlan;
  mode: Mode;
  random: Random;
  /** Empty, and removed afterwards. */
  folder: string;
  ledger: Ledger;
  other: OtherSqlite;
  problem: (text: string) => void;
  start: (count: number, options?: WorkerOptions) => Promise<Worker[]>;
}

type Part = readonly [name: string, run: (stage: Stage) => Promise<void>];

const STALE_MS = 400;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** Why a file system of our own cannot be mounted here; undefined where it can. */
export function whyNoMount(): string | undefined {
  if (!isRoot) return 'only root can mount a file system, and only on Linux';
  const probe = mkdtempSync(path.join(tmpdir(), 'experiments-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'pipe' });
    execFileSync('umount', [probe], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `mounting failed: ${String(error)}`;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Runs `work` with a small file system of its own in the folder, which is unmounted whatever happens. */
async function mounted(folder: string, size: string, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder]);
  try {
    await work();
  } finally {
    execFileSync('umount', ['--lazy', folder]);
  }
}

function optionsOf({ folder, mode }: Stage): FileStoreOptions {
  return { folder, loadWasm, now: Date.now, journal: mode.journal };
}

async function withStore<T>(stage: Stage, work: (store: FileStore) => Promise<T>): Promise<T> {
  const store = new FileStore(optionsOf(stage));
  try {
    return await work(store);
  } finally {
    store.dispose();
  }
}

const begin = (stage: Stage): Promise<void> =>
  withStore(stage, async (store) => {
    await store.save(sampleExperiment());
    await store.transition('e1', 'start');
  });

let names = 0;

/** One tag of a new session, and what the process was told; undefined where it was acknowledged. */
async function write({ ledger, problem }: Stage, worker: Worker): Promise<StoreFault | undefined> {
  const sessionId = `s${(names += 1)}`;
  const reply = await worker.apply(tag(sessionId, 'Treatment'));
  if ('fault' in reply) {
    const { fault } = reply;
    // Of the others it may be there.
    if (!('saved' in fault) || fault.saved === 'no') ledger.refused.add(sessionId);
    return fault;
  }
  if ('gone' in reply) problem(`a process ended by ${reply.gone}`);
  else if (reply.value.outcome === 'tagged') ledger.acknowledged.add(sessionId);
  else ledger.refused.add(sessionId);
  return undefined;
}

async function writeAll(stage: Stage, crew: readonly Worker[], each: number): Promise<(StoreFault | undefined)[]> {
  const all = crew.map(async (worker) => {
    const faults = [];
    for (let n = 0; n < each; n += 1) faults.push(await write(stage, worker));
    return faults;
  });
  return (await Promise.all(all)).flat();
}

/** Everyone can write again, and what was acknowledged is there, what was refused is not, in every eye. */
async function expectSound(stage: Stage, crew: readonly Worker[], where: string): Promise<void> {
  const { ledger, problem, other } = stage;
  const faults = await writeAll(stage, crew, 1);
  for (const fault of faults) if (fault !== undefined) problem(`${where}, then: ${JSON.stringify(fault)}`);
  await withStore(stage, async (store) => {
    const { status, tags } = await store.read();
    if (status.kind === 'readOnly') problem(`${where}: read-only, ${status.detail}`);
    const found = new Set(tags.get('e1')?.keys() ?? []);
    const history = new Set((await store.history('e1')).map(({ sessionId }) => sessionId));
    for (const id of ledger.acknowledged) {
      if (!found.has(id) || !history.has(id)) problem(`${where}: ${id} is lost`);
    }
    for (const id of ledger.refused) if (found.has(id)) problem(`${where}: ${id} was refused, and is there`);
    other.add((await store.databaseBytes()) ?? new Uint8Array(), found.size, where);
    for (const worker of crew) {
      const seen = await worker.read();
      if (seen.status !== 'ready' || seen.tags.length !== found.size) {
        problem(`${where}: a process sees ${seen.status} and ${seen.tags.length} of ${found.size} tags`);
      }
    }
    const backups = await store.backups();
    if (backups.length > 17) problem(`${where}: ${backups.length} backups`);
    for (const backup of backups) {
      if (!(await store.checkBackup(backup)).sound) problem(`${where}: the backup ${backup.name} is not sound`);
    }
  });
}

function expectFaults(
  { problem }: Stage,
  faults: readonly (StoreFault | undefined)[],
  where: string,
  isExpected: (fault: StoreFault) => boolean,
): void {
  for (const fault of faults) {
    if (fault !== undefined && !isExpected(fault)) problem(`${where}: ${JSON.stringify(fault)}`);
  }
}

/** The bytes of every file of the store but the lock's. */
function contentOf(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = entries.filter((name) => !name.includes('.lock') && statSync(path.join(folder, name)).isFile());
  return files.map((name) => `${name} ${readFileSync(path.join(folder, name), 'base64')}`).join('\n');
}

const PARTS: readonly Part[] = [
  [
    'a full disk',
    async (stage) => {
      const { folder, plan, random, problem } = stage;
      await mounted(folder, '2m', async () => {
        await begin(stage);
        const crew = await stage.start(plan.processes);
        const ballast = path.join(folder, 'ballast');
        let full = 0;
        for (let round = 0; round < plan.rounds; round += 1) {
          await writeAll(stage, crew, random.between(0, 3));
          // From nothing left to a little more than one write needs.
          const { bavail, bsize } = statfsSync(folder);
          writeFileSync(
            ballast,
            new Uint8Array(Math.max(0, bavail - (round === 0 ? 0 : random.between(0, 30))) * bsize),
          );
          const faults = await writeAll(stage, crew, 5);
          full += faults.filter((fault) => fault?.code === 'diskFull').length;
          expectFaults(stage, faults, 'on a full disk', (fault) => fault.code === 'diskFull' && fault.saved === 'no');
          for (const worker of crew) if ((await worker.read()).status !== 'ready') problem('a full disk stops reading');
          rmSync(ballast);
          await expectSound(stage, crew, `round ${round}, when there was room again`);
        }
        if (full === 0) problem('the disk never was full');
      });
    },
  ],
  [
    'a disk that becomes read-only',
    async (stage) => {
      const { folder, plan, random } = stage;
      await mounted(folder, '8m', async () => {
        await begin(stage);
        const crew = await stage.start(plan.processes);
        for (let round = 0; round < plan.rounds; round += 1) {
          const writing = writeAll(stage, crew, 12);
          for (let tick = random.between(1, 400); tick > 0; tick -= 1) await new Promise(setImmediate);
          // Refused while somebody has a file open for writing.
          while (!remount(folder, 'ro')) await new Promise(setImmediate);
          const faults = await writing;
          const before = contentOf(folder);
          faults.push(...(await writeAll(stage, crew, 2)));
          expectFaults(
            stage,
            faults,
            'on a read-only disk',
            (fault) => fault.code === 'noPermission' || (fault.code === 'io' && fault.errno === 'EROFS'),
          );
          if (!faults.slice(-2 * crew.length).every((fault) => fault !== undefined)) stage.problem('it was written');
          if (contentOf(folder) !== before) stage.problem('a read-only disk has changed');
          for (const worker of crew) if ((await worker.read()).status !== 'ready') stage.problem('reading stopped');
          remount(folder, 'rw');
          await expectSound(stage, crew, `round ${round}, when it could be written again`);
        }
      });
    },
  ],
  [
    'a folder that may not be written',
    async (stage) => {
      const { folder, plan } = stage;
      await begin(stage);
      const crew = await stage.start(plan.processes);
      for (let round = 0; round < plan.rounds; round += 1) {
        chmodSync(folder, 0o500);
        const faults = await writeAll(stage, crew, 2);
        expectFaults(stage, faults, 'in a read-only folder', ({ code }) => code === 'noPermission');
        chmodSync(folder, 0o700);
        await expectSound(stage, crew, `round ${round}, when it might be written again`);
      }
    },
  ],
  [
    'clocks that jump, and files of any time',
    async (stage) => {
      const { folder, plan, random } = stage;
      await begin(stage);
      const crew = [];
      for (let n = 0; n < plan.processes; n += 1) {
        crew.push(...(await stage.start(1, { clockSeed: random.between(0, 2 ** 31) })));
      }
      for (let round = 0; round < plan.rounds; round += 1) {
        const writing = writeAll(stage, crew, 6);
        for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
          const time = random.pick([0, 1, Date.now() / 1000 + 1e8, Date.now() / 1000 - 1e8]);
          try {
            utimesSync(path.join(folder, name), time, time);
          } catch {
            // What belongs to a lock comes and goes.
          }
        }
        expectFaults(stage, await writing, 'with jumping clocks', () => false);
        await expectSound(stage, crew, `round ${round}`);
      }
    },
  ],
  [
    'a folder that is deleted',
    async (stage) => {
      const { folder, plan, random, ledger } = stage;
      await begin(stage);
      const crew = await stage.start(plan.processes);
      for (let round = 0; round < plan.rounds; round += 1) {
        const writing = writeAll(stage, crew, 8);
        for (let tick = random.between(1, 400); tick > 0; tick -= 1) await new Promise(setImmediate);
        await removed(folder);
        // A half that is left for a moment is not written to.
        expectFaults(stage, await writing, 'while it was deleted', ({ code }) => code === 'readOnly' || code === 'io');
        await removed(folder);
        // Whoever deletes it deletes what is in it.
        ledger.acknowledged.clear();
        await begin(stage);
        await expectSound(stage, crew, `round ${round}, begun anew`);
      }
    },
  ],
  [
    'a folder that is replaced by another',
    async (stage) => {
      const { folder, plan, random, ledger, problem } = stage;
      await begin(stage);
      const crew = await stage.start(plan.processes);
      for (let round = 0; round < plan.rounds; round += 1) {
        const [next, before] = [`${folder}.next`, `${folder}.before`];
        await begin({ ...stage, folder: next });
        const writing = writeAll(stage, crew, 8);
        for (let tick = random.between(1, 400); tick > 0; tick -= 1) await new Promise(setImmediate);
        renameSync(folder, before);
        // Somebody may have made the folder anew in between.
        if (existsSync(folder)) await removed(folder);
        renameSync(next, folder);
        const faults = await writing;
        expectFaults(stage, faults, 'while it was replaced', ({ code }) => code === 'readOnly' || code === 'io');
        const old = await withStore({ ...stage, folder: before }, async (store) => (await store.read()).tags.get('e1'));
        const here = await withStore(stage, async (store) => (await store.read()).tags.get('e1'));
        for (const id of ledger.acknowledged) {
          if (old?.has(id) === true) ledger.acknowledged.delete(id);
          else if (here?.has(id) !== true) problem(`round ${round}: ${id} is in neither of the two`);
        }
        const kept = contentOf(before);
        await expectSound(stage, crew, `round ${round}, in the other folder`);
        if (contentOf(before) !== kept) problem(`round ${round}: the folder of before was written`);
        rmSync(before, { recursive: true });
      }
    },
  ],
  [
    'locks and waiters of another machine',
    async (stage) => {
      const { folder, plan, random, problem } = stage;
      await begin(stage);
      const crew = await stage.start(plan.processes, { staleMs: STALE_MS });
      const elsewhere = { pid: 1, machine: 'elsewhere', instance: 'abcdef' };
      const lock = path.join(folder, `${DATABASE_NAME}.lock`);
      for (let round = 0; round < plan.rounds; round += 1) {
        const writing = writeAll(stage, crew, 6);
        const token = formatToken(elsewhere, round);
        const stageFolder = path.join(folder, waiterName(`${DATABASE_NAME}.lock`, { token, ticket: 0 }));
        mkdirSync(path.join(stageFolder, token), { recursive: true });
        const leftWaiting = random.chance(0.3);
        while (!leftWaiting && !tryRename(stageFolder, lock)) await new Promise(setImmediate);
        expectFaults(stage, await writing, 'with a lock of another machine', () => false);
        await expectSound(stage, crew, `round ${round}`);
        if (existsSync(path.join(lock, token))) problem(`round ${round}: the lock is still there`);
        // Its holder wakes, and finds that it lost the lock.
        if (!leftWaiting && tryRename(path.join(lock, token, 'next.db'), path.join(folder, DATABASE_NAME))) {
          problem(`round ${round}: a holder that lost its lock has written`);
        }
        rmSync(stageFolder, { recursive: true, force: true });
      }
    },
  ],
  [
    'a newer and older versions that write while others are open',
    async (stage) => {
      const { plan, random } = stage;
      await begin(stage);
      const crew = await stage.start(plan.processes);
      for (let round = 0; round < plan.rounds; round += 1) {
        const writing = writeAll(stage, crew, 6);
        await replaceBy(stage, 99);
        const faults = await writing;
        faults.push(...(await writeAll(stage, crew, 1)));
        const isNewer = (fault: StoreFault): boolean => fault.code === 'readOnly' && fault.problem === 'newer';
        expectFaults(stage, faults, 'with a newer version’s file', isNewer);
        if (!faults.slice(-crew.length).every((fault) => fault !== undefined))
          stage.problem('a newer file was written');
        for (const worker of crew) {
          const seen = await worker.read();
          if (seen.status !== 'newer' || seen.tags.length < stage.ledger.acknowledged.size) {
            stage.problem(`of a newer file ${seen.tags.length} tags are shown (${seen.status})`);
          }
        }
        // An older version cannot have read that; somebody put the file of before back.
        const version = random.between(1, 3);
        await replaceBy(stage, version);
        await expectSound(stage, crew, `round ${round}, back at schema ${version}`);
        await withStore(stage, async (store) => {
          if (!(await store.backups()).some(({ kind }) => kind === 'migration')) stage.problem('no backup was made');
        });
      }
    },
  ],
];

/** Puts the database as another version would have written it in place, under the lock, with its journal in it. */
async function replaceBy(stage: Stage, version: number): Promise<void> {
  const { folder } = stage;
  const lock = new FolderLock({
    ...{ folder, name: `${DATABASE_NAME}.lock`, files: nodeFiles, identity: newIdentity(), staleMs: 10_000 },
    ...{ monotonic: () => performance.now(), log: () => undefined },
  });
  const held = await lock.acquire(performance.now() + 15_000);
  try {
    const file = path.join(folder, DATABASE_NAME);
    const whole = version > 90 ? await withStore(stage, (store) => store.databaseBytes()) : readFileSync(file);
    const db = (await Engine.load(loadWasm)).open(Uint8Array.from(whole ?? []));
    asOfSchema(db, version);
    writeFileSync(path.join(held.workspace, 'next.db'), db.export());
    db.close();
    renameSync(path.join(held.workspace, 'next.db'), file);
    rmSync(path.join(folder, 'journal'), { recursive: true, force: true });
  } finally {
    held.release();
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function remount(folder: string, how: 'ro' | 'rw'): boolean {
  try {
    execFileSync('mount', ['-o', `remount,${how}`, folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** Removes a folder in which others are writing. */
async function removed(folder: string): Promise<void> {
  for (;;) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      await new Promise(setImmediate);
    }
  }
}

/** Which parts cannot be done here, and why. */
function whySkipped(name: string, noMount: string | undefined): string | undefined {
  if (name.includes('disk')) return noMount;
  return name === 'a folder that may not be written' && process.getuid?.() === 0
    ? 'root may write everywhere; the read-only disk stands for it'
    : undefined;
}

/** Lets everything happen around the store that can happen to a folder, while several processes use it. */
export async function runSurroundings(plan: SurroundingsPlan): Promise<SurroundingsTotals> {
  const totals: SurroundingsTotals = {
    ...{ parts: 0, skipped: [], acknowledged: 0, refused: 0, checkedFiles: 0, problems: [] },
  };
  const noMount = whyNoMount();
  const random = new Random(plan.seed);
  const work = mkdtempSync(path.join(tmpdir(), 'experiments-surroundings-'));
  const other = new OtherSqlite(path.join(work, 'other'));
  buildWorker();
  try {
    for (const [name, run] of PARTS.filter(([title]) => title.includes(plan.only ?? ''))) {
      const why = whySkipped(name, noMount);
      if (why !== undefined) {
        plan.log(`  !!! NOT DONE: ${name}: ${why}`);
        totals.skipped.push(`${name}: ${why}`);
        continue;
      }
      for (const mode of MODES) {
        const problems = totals.problems.length;
        await runPart([name, run], { plan, mode, random, work, other, totals });
        totals.parts += 1;
        totals.problems.push(...other.ask());
        const found = totals.problems.slice(problems);
        plan.log(`  ${name} (${mode.mode}): ${found.length} problems`);
        for (const problem of found) plan.log(`  !! ${problem}`);
      }
    }
  } finally {
    removeWorker();
    rmSync(work, { recursive: true, force: true });
  }
  totals.checkedFiles = other.count;
  return totals;
}

async function runPart(
  [name, run]: Part,
  {
    work,
    totals,
    ...given
  }: Pick<Stage, 'plan' | 'mode' | 'random' | 'other'> & { work: string; totals: SurroundingsTotals },
): Promise<void> {
  const folder = mkdtempSync(path.join(work, 'store-'));
  const crew: Worker[] = [];
  const ledger: Ledger = { acknowledged: new Set(), refused: new Set() };
  try {
    await run({
      ...{ ...given, folder, ledger },
      problem: (text) => void totals.problems.push(`${name} (${given.mode.mode}): ${text}`),
      start: async (count, options) => {
        const started = await Worker.startMany(count, folder, { journal: given.mode.journal, ...options });
        crew.push(...started);
        return started;
      },
    });
  } finally {
    for (const worker of crew) worker.kill();
    await Promise.all(crew.map((worker) => worker.ended));
    totals.acknowledged += ledger.acknowledged.size;
    totals.refused += ledger.refused.size;
  }
}
