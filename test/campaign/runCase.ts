import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { IndexedSession } from '../../src/sessions/model';
import { blockingAccess } from '../../src/sessions/reading/blockingAccess';
import { diskAccess } from '../../src/sessions/reading/fileAccess';
import { HUGE_CASES, writeHuge } from './huge';
import { interfering } from './interfering';
import { closeSockets } from './mutations/places';
import { planCase } from './plan';
import type { Plan, PlanOptions } from './plan';
import { LATER, START, WORKSPACE } from './seeds/seed';
import type { Files, Seed } from './seeds/seed';
import { senseless, sourceOf } from './sources';

export interface CaseResult {
  what: string[];
  /** Undefined where all was right. */
  failure?: string | undefined;
  /** For the scans alone. */
  ms: number;
}

/** A home folder for one case. */
class Home {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'agentx-campaign-'));

  at(name: string): string {
    return path.join(this.folder, name);
  }

  write(files: Files): void {
    for (const [name, content] of files) {
      fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
      fs.writeFileSync(this.at(name), content);
      fs.utimesSync(this.at(name), START / 1000, START / 1000);
    }
  }

  remove(): void {
    closeSockets();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Right {
  good: string;
  victim: string;
}

const rights = new Map<string, Promise<Right>>();

/** How the two sessions of a seed come out where nothing was changed, once per process; its numbers must be the seed's own. */
function rightOf(seed: Seed): Promise<Right> {
  const known = rights.get(seed.name) ?? readRight(seed);
  rights.set(seed.name, known);
  return known;
}

async function readRight(seed: Seed): Promise<Right> {
  const home = new Home();
  try {
    home.write(await seed.make('good'));
    home.write(await seed.make('victim'));
    const problems: string[] = [];
    const scan = sourceOf(seed.agent, home.folder, blockingAccess).scan([WORKSPACE], LATER, (text) =>
      problems.push(text),
    );
    const sessions = await scan;
    assert.deepEqual(problems, []);
    assert.deepEqual(sessions.map(({ id }) => id).sort(), [seed.id('good'), seed.id('victim')].sort());
    for (const session of sessions) {
      for (const [key, value] of Object.entries(seed.numbers)) {
        assert.deepEqual(session[key as keyof IndexedSession], value, `${session.id}: ${key}`);
      }
    }
    const [good, victim] = ['good', 'victim'].map((name) => textOf(sessions, seed.id(name), home));
    return { good: good ?? '', victim: victim ?? '' };
  } finally {
    home.remove();
  }
}

/** One session as text, the same in every home folder; undefined where it is not there exactly once. */
function textOf(sessions: readonly IndexedSession[], id: string, home: Home): string | undefined {
  const [session, ...others] = sessions.filter((each) => each.id === id);
  return session && others.length === 0 ? JSON.stringify(session).replaceAll(home.folder, '~') : undefined;
}

export async function runCase(options: PlanOptions): Promise<CaseResult> {
  const { seed } = options;
  const right = await rightOf(seed);
  const plan = await planCase(options);
  const home = new Home();
  const result: CaseResult = { what: plan.what, ms: 0 };
  try {
    home.write(await seed.make('good'));
    const whole = plan.files.get(plan.target) ?? Buffer.alloc(0);
    const start = plan.growsFrom === undefined ? whole : whole.subarray(0, plan.growsFrom);
    home.write(new Map([...plan.files, [plan.target, start]]));
    plan.place?.change(home.at(plan.place.path), plan.random);
    const before = performance.now();
    result.failure = await scans(seed, plan, home, right, whole);
    result.ms = performance.now() - before;
  } catch (error) {
    result.failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    home.remove();
  }
  return result;
}

/** What went wrong, undefined where nothing did. */
async function scans(seed: Seed, plan: Plan, home: Home, right: Right, whole: Buffer): Promise<string | undefined> {
  const { random, interference, growsFrom } = plan;
  let accesses = 0;
  const meddle =
    interference &&
    ((): void => {
      if (accesses++ === interference.at) {
        interfere(home.at(plan.target), interference);
      }
    });
  const plain = random.chance(0.8) ? blockingAccess : diskAccess;
  const source = sourceOf(seed.agent, home.folder, meddle ? interfering(meddle) : plain);
  const scan = async (from = source): Promise<IndexedSession[]> => {
    let problems = 0;
    const sessions = await from.scan([WORKSPACE], LATER, (text) => {
      assert.equal(typeof text, 'string');
      problems++;
    });
    assert.ok(problems < 10_000, `${problems} problems were told`);
    return sessions;
  };
  const first = await scan();
  const wrong = check(first, seed, home, right);
  if (wrong !== undefined) {
    return wrong;
  }
  if (growsFrom !== undefined) {
    fs.appendFileSync(home.at(plan.target), whole.subarray(growsFrom));
  }
  const meanwhile = interference && accesses <= interference.at;
  let second = await scan();
  if (meanwhile && accesses > interference.at) {
    second = await scan(); // What changes during a scan is found by the next one.
  }
  const wrongAgain = check(second, seed, home, right);
  if (wrongAgain !== undefined) {
    return `second scan: ${wrongAgain}`;
  }
  if (plan.victimCounts && seed.name !== 'cursor' && textOf(second, seed.id('victim'), home) !== right.victim) {
    return `the session that grew is ${textOf(second, seed.id('victim'), home) ?? 'missing'}, not ${right.victim}`;
  }
  // What was read step by step is what another reader finds at once.
  const comparable = !interference || (interference.kind === 'append' && seed.appended);
  if (comparable && random.chance(0.5)) {
    const anew = await scan(sourceOf(seed.agent, home.folder, blockingAccess));
    if (texts(anew) !== texts(second)) {
      return `read anew it is ${texts(anew)}, not ${texts(second)}`;
    }
  }
  return undefined;
}

function texts(sessions: readonly IndexedSession[]): string {
  return sessions
    .map((session) => JSON.stringify(session))
    .sort()
    .join('\n');
}

function check(sessions: readonly IndexedSession[], seed: Seed, home: Home, right: Right): string | undefined {
  const good = textOf(sessions, seed.id('good'), home);
  if (good !== right.good) {
    return `the untouched session is ${good ?? 'missing'}, not ${right.good}`;
  }
  if ((Object.prototype as Record<string, unknown>)['polluted'] !== undefined) {
    return 'Object.prototype was changed';
  }
  return sessions.map(senseless).find((each) => each !== undefined);
}

function interfere(file: string, { kind, bytes }: NonNullable<Plan['interference']>): void {
  switch (kind) {
    case 'append':
      fs.appendFileSync(file, bytes);
      break;
    case 'truncate':
      fs.truncateSync(file, Math.min(bytes.length, fs.statSync(file).size));
      break;
    case 'delete':
      fs.rmSync(file, { force: true });
      break;
    case 'rewrite':
      fs.writeFileSync(file, bytes);
      break;
    case 'replace':
      fs.writeFileSync(`${file}.new`, bytes);
      fs.renameSync(`${file}.new`, file);
      break;
    case 'folder':
      fs.rmSync(file, { force: true });
      fs.mkdirSync(file);
      break;
  }
}

/** One of the cases with files of hundreds of megabytes. */
export async function runHuge(seed: Seed, name: string): Promise<CaseResult> {
  const huge = HUGE_CASES.find((each) => each.name === name);
  assert.ok(huge);
  const right = await rightOf(seed);
  const home = new Home();
  const result: CaseResult = { what: [name], ms: 0 };
  try {
    home.write(await seed.make('good'));
    const files = await seed.make('victim');
    home.write(files);
    const target = [...files.keys()].find((each) => seed.main.test(each)) ?? '';
    writeHuge(huge, home.folder, target, files.get(target) ?? Buffer.alloc(0));
    const source = sourceOf(seed.agent, home.folder, blockingAccess);
    // Of the processor, so that it says the same on a busy machine; whoever waits instead is ended by the watchdog.
    const before = process.cpuUsage();
    result.failure = check(await source.scan([WORKSPACE], LATER, () => undefined), seed, home, right);
    const { user, system } = process.cpuUsage(before);
    result.ms = (user + system) / 1000;
    if (result.failure === undefined && result.ms > huge.seconds * 1000) {
      result.failure = `it took ${Math.round(result.ms)} ms of the processor, more than ${huge.seconds} s`;
    }
  } catch (error) {
    result.failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    home.remove();
  }
  return result;
}

/** The files of a case as it would write them, for a failure that is kept. */
export async function filesOfCase(options: PlanOptions): Promise<{ what: string[]; files: Files }> {
  const { what, files } = await planCase(options);
  return { what, files: new Map([...(await options.seed.make('good')), ...files]) };
}
