import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../../../scripts/demo/random';
import { Engine } from '../../../src/store/engine';
import { detailOf, StoreError } from '../../../src/store/errors';
import { exactRows, rowKey } from '../../../src/store/exactRows';
import { FileStore } from '../../../src/store/fileStore';
import { SourceError } from '../../../src/store/importSource';
import { ownTables } from '../../../src/store/ownTables';
import { loadWasm } from '../../unit/store/support/fixture';
import { findCallSites, siteKey } from './callSites';
import { FAULTS, FaultyFiles, withDirectCalls, type Call, type Fault } from './faultyFiles';
import { OtherSqlite } from './otherSqlite';
import { faultScenarios, optionsOf, type Scenario } from './faultScenarios';

export interface FaultPlan {
  seed: number;
  /**
   * For each call site, so many failures, drawn by lot; undefined for every fault at every call of every scenario, but for those
   * that make the same calls as another: there it is one fault at every call.
   */
  perSite?: number;
  /** Only scenarios with this in their name; then call sites that are not reached are no problem. */
  only?: string | undefined;
  log: (line: string) => void;
}

export interface SiteTotals {
  /** Of these calls in the scenarios. */
  calls: number;
  injected: number;
}

export interface FaultTotals {
  scenarios: number;
  callSites: number;
  /** Attempts in each of which one fault was injected. */
  attempts: number;
  /** Calls that failed in them. */
  injected: number;
  acknowledged: number;
  /** Attempts that ended with an error of the store. */
  refused: number;
  /** Databases that another SQLite was asked about. */
  checkedFiles: number;
  sites: Map<string, SiteTotals>;
  problems: string[];
}

interface Attempt {
  scenario: Scenario;
  index: number;
  fault: Fault;
}

interface Traced {
  scenario: Scenario;
  /** The folder as it is before. */
  template: string;
  places: { key: string; call: Call }[];
  before: State;
  after: State;
  /** What a scenario that reads resolves to. */
  value: unknown;
}

/** All that is in a folder of a store: what it is for a reader, and every row. */
interface State {
  readOnly: boolean;
  text: string;
}

let current: FaultyFiles | undefined;

/**
 * Makes every call of the file system fail in every way, in everything that the store does, and asks a fresh store and another
 * SQLite each time: what was acknowledged is there, what was refused is not, and the next attempt succeeds.
 */
export async function runFaults(plan: FaultPlan): Promise<FaultTotals> {
  const known = findCallSites().map(siteKey);
  const totals: FaultTotals = {
    ...{
      scenarios: 0,
      callSites: known.length,
      attempts: 0,
      injected: 0,
      acknowledged: 0,
      refused: 0,
      checkedFiles: 0,
    },
    sites: new Map(known.sort().map((key) => [key, { calls: 0, injected: 0 }])),
    problems: [],
  };
  const work = mkdtempSync(path.join(tmpdir(), 'experiments-faults-'));
  const random = new Random(plan.seed);
  try {
    await withDirectCalls(
      () => current,
      async () => {
        const engine = await Engine.load(loadWasm);
        const other = new OtherSqlite(path.join(work, 'other'));
        const bench = { work, engine, other, totals };
        const traced: Traced[] = [];
        for (const scenario of faultScenarios(plan.only)) traced.push(await trace(scenario, bench));
        const attempts =
          plan.perSite === undefined ? traced.flatMap((one) => allOf(one, random)) : draw(traced, random, plan.perSite);
        for (const one of traced) {
          const problems = totals.problems.length;
          const own = attempts.filter(({ scenario }) => scenario === one.scenario);
          for (const [number, attempt] of own.entries()) {
            await judge(one, attempt, bench);
            if (number % 100 === 99) totals.problems.push(...other.ask());
          }
          totals.problems.push(...other.ask());
          for (const problem of totals.problems.slice(problems)) plan.log(`  !! ${problem.slice(0, 500)}`);
          totals.scenarios += 1;
          totals.checkedFiles = other.count;
          plan.log(
            `  ${one.scenario.name}: ${one.places.length} calls, ${own.length} attempts, ${totals.problems.length - problems} problems`,
          );
        }
      },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (plan.only === undefined) {
    for (const [key, { calls, injected }] of totals.sites) {
      if (calls === 0) totals.problems.push(`no scenario calls ${key}`);
      if (injected === 0) totals.problems.push(`no failure was injected at ${key}`);
    }
  }
  return totals;
}

const faultsOf = (call: Call): Fault[] => FAULTS.filter(({ calls }) => calls.has(call));

function allOf({ scenario, places }: Traced, random: Random): Attempt[] {
  return places.flatMap(({ call }, index) => {
    const faults = faultsOf(call);
    const chosen = scenario.alike === true ? [random.pick(faults)] : faults;
    return chosen.map((fault) => ({ scenario, index, fault }));
  });
}

/** So many attempts for each place, of all scenarios that reach it. */
function draw(traced: readonly Traced[], random: Random, perSite: number): Attempt[] {
  const byPlace = new Map<string, Attempt[]>();
  for (const one of traced) {
    for (const attempt of allOf(one, random)) {
      // Renames that are refused for long are tried for a second each.
      if (attempt.fault.lasting === true && attempt.fault.errno === 'EPERM') continue;
      const key = one.places[attempt.index]?.key ?? '';
      byPlace.set(key, [...(byPlace.get(key) ?? []), attempt]);
    }
  }
  return [...byPlace.values()].flatMap((all) => Array.from({ length: perSite }, () => random.pick(all)));
}

interface Bench {
  work: string;
  engine: Engine;
  other: OtherSqlite;
  totals: FaultTotals;
}

function fresh(work: string, template: string): string {
  const folder = path.join(work, 'store');
  rmSync(folder, { recursive: true, force: true });
  if (existsSync(template)) cpSync(template, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

/** Does it once without a fault: which calls are made, and what the state is before and after. */
async function trace(scenario: Scenario, bench: Bench): Promise<Traced> {
  const { work, totals } = bench;
  const template = mkdtempSync(path.join(work, 'template-'));
  await scenario.prepare?.(template);
  const before = await stateOf(fresh(work, template), scenario.name, scenario, bench);
  let value: unknown;
  const once = async (always: Scenario['always']): Promise<{ key: string; call: Call }[]> => {
    const folder = fresh(work, template);
    const faulty = new FaultyFiles();
    current = faulty;
    faulty.arm(undefined, always);
    const store = new FileStore({ ...optionsOf(folder, scenario), files: faulty.files });
    try {
      value = await scenario.run(store, folder);
    } catch (error) {
      if (always === undefined) throw error;
    } finally {
      current = undefined;
    }
    const { places } = faulty.disarm();
    if (always === undefined) store.dispose();
    return places;
  };
  const plain = await once(undefined);
  const folder = path.join(work, 'store');
  const unfinished = scenario.unfinished?.(folder);
  if (unfinished !== undefined) throw new Error(`${scenario.name}: ${unfinished}`);
  const after = await stateOf(folder, scenario.name, scenario, bench);
  const expected = value;
  const places = scenario.always === undefined ? plain : await once(scenario.always);
  for (const { key } of places) {
    const site = totals.sites.get(key);
    if (site === undefined) throw new Error(`${key} is called, but was not found in the source`);
    site.calls += 1;
  }
  return { scenario, template, places, before, after, value: expected };
}

async function stateOf(
  folder: string,
  where: string,
  scenario: Scenario,
  { engine, other }: Pick<Bench, 'engine' | 'other'>,
): Promise<State> {
  const store = new FileStore({ ...optionsOf(folder, scenario), journal: { fileBytes: 1e12 } });
  try {
    const { status, tags } = await store.read();
    if (status.kind === 'readOnly') return { readOnly: true, text: `read-only: ${status.problem}` };
    const bytes = await store.databaseBytes();
    if (bytes === undefined) return { readOnly: false, text: 'nothing' };
    const count = [...tags.values()].reduce((sum, { size }) => sum + size, 0);
    other.add(bytes, count, where);
    const db = engine.open(Uint8Array.from(bytes));
    const rows = ownTables(db).map((table) => [table.name, exactRows(db, table).map(rowKey)]);
    db.close();
    return { readOnly: false, text: JSON.stringify(rows) };
  } finally {
    store.dispose();
  }
}

/** Every content of a file in a folder, but for what belongs to a lock. */
function contents(folder: string): Set<string> {
  if (!existsSync(folder)) return new Set();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => !name.includes('.lock') && statSync(path.join(folder, name)).isFile());
  return new Set(files.map((name) => readFileSync(path.join(folder, name), 'base64')));
}

/** One attempt with one fault, and what is to be held of it. */
async function judge(traced: Traced, { fault, index }: Attempt, bench: Bench): Promise<void> {
  const { work, totals } = bench;
  const { scenario, template, places, before, after } = traced;
  const where = `${scenario.name}: ${fault.name} at call ${index}, ${places[index]?.key ?? ''}`;
  const problem = (text: string): void => void totals.problems.push(`${where}: ${text}`);
  const folder = fresh(work, template);
  const faulty = new FaultyFiles();
  faulty.arm({ index, fault }, scenario.always);
  current = faulty;
  const store = new FileStore({ ...optionsOf(folder, scenario), files: faulty.files });
  let failure: unknown;
  let value: unknown;
  try {
    value = await scenario.run(store, folder);
  } catch (error) {
    failure = error;
  }
  const { injected } = faulty.disarm();
  current = undefined;
  totals.attempts += 1;
  totals.injected += injected.length;
  for (const key of injected) {
    const site = totals.sites.get(key);
    if (site === undefined) problem(`${key} is called, but was not found in the source`);
    else site.injected += 1;
  }
  if (injected.length === 0) problem('the fault was not met');
  if (faulty.open !== 0) problem(`${faulty.open} files stayed open`);

  // What stands now, in the eyes of one who has seen nothing of it.
  const now = await stateOf(folder, where, scenario, bench);
  const isBetween = now.readOnly && scenario.between === true;
  if (failure === undefined) {
    totals.acknowledged += 1;
    if (scenario.reads === true) {
      if (value !== traced.value && value !== 'readOnly') problem(`it read ${String(value)}`);
    } else if (now.text !== after.text) problem(`it was acknowledged, and is not there: ${now.text.slice(0, 200)}`);
  } else if (failure instanceof StoreError || failure instanceof SourceError) {
    totals.refused += 1;
    const saved = failure instanceof StoreError && 'saved' in failure.fault ? failure.fault.saved : 'no';
    const isWhole = now.text === before.text || (now.text === after.text && saved === 'unknown') || isBetween;
    if (!isWhole && scenario.reads !== true) problem(`${failure.message}, and then: ${now.text.slice(0, 200)}`);
  } else problem(`it threw ${detailOf(failure)}`);
  // Nothing of a damaged file goes, whatever happens to it on the way.
  if (before.readOnly) {
    const there = contents(folder);
    if ([...contents(template)].some((bytes) => !there.has(bytes))) problem('something of the damaged file is gone');
  }
  for (const name of await unsoundBackups(folder, template, scenario)) problem(`the backup ${name} is not sound`);
  await judgeNext(traced, { store, folder, where, problem }, bench);
}

/** Of the backups that were not there before. */
async function unsoundBackups(folder: string, template: string, scenario: Scenario): Promise<string[]> {
  const store = new FileStore(optionsOf(folder, scenario));
  try {
    const unsound: string[] = [];
    for (const backup of await store.backups()) {
      if (existsSync(path.join(template, 'backups', backup.name))) continue;
      if (!(await store.checkBackup(backup)).sound) unsound.push(backup.name);
    }
    return unsound;
  } finally {
    store.dispose();
  }
}

/** The next attempt, without a fault, succeeds and clears away what was left. */
async function judgeNext(
  { scenario, after, value }: Traced,
  {
    store,
    folder,
    where,
    problem,
  }: { store: FileStore; folder: string; where: string; problem: (text: string) => void },
  bench: Bench,
): Promise<void> {
  try {
    const again = isDisposed(scenario) ? new FileStore(optionsOf(folder, scenario)) : store;
    const read = await scenario.run(again, folder);
    if (scenario.reads === true && read !== value) problem(`the next attempt read ${String(read)}`);
    again.dispose();
  } catch (error) {
    problem(`the next attempt failed: ${String(error)}`);
  }
  const { text } = await stateOf(folder, where, scenario, bench);
  if (text !== after.text) problem(`after the next attempt: ${text.slice(0, 200)}`);
  const unfinished = scenario.unfinished?.(folder);
  if (unfinished !== undefined) problem(`after the next attempt: ${unfinished}`);
  const left = readdirSync(folder).filter((name) => name.includes('.lock'));
  if (left.length > 0) problem(`${left.join()} was left`);
}

const isDisposed = ({ name }: Scenario): boolean => name.includes('closed');

/** Every call site with what was done to it, as a table. */
export function siteTable({ sites }: FaultTotals): string {
  const width = Math.max(...[...sites.keys()].map((key) => key.length));
  return [...sites]
    .map(
      ([key, { calls, injected }]) =>
        `  ${key.padEnd(width)} ${String(calls).padStart(6)} calls ${String(injected).padStart(7)} failures`,
    )
    .join('\n');
}
