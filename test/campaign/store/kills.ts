import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { Random } from '../../../scripts/demo/random';
import type { Variant } from '../../../src/api';
import type { TagDecision, TagRequest } from '../../../src/domain/tags';
import { FileStore, type FileStoreOptions } from '../../../src/store/fileStore';
import { LOCK_TIMEOUT_MS } from '../../../src/store/lock';
import { loadWasm, sampleExperiment, WASM } from '../../unit/store/support/fixture';
import { historyProblems, type Asked } from './judge';

type StoreOptions = Pick<FileStoreOptions, 'staleMs' | 'journal' | 'quietMs'>;

export interface KillWorkerOptions {
  folder: string;
  wasm: string;
  name: string;
  seed: number;
  round: string;
  /** It ends by itself after so many requests. */
  writes: number;
  /** The number of the file system call at which it kills itself. */
  dieAtCall?: number;
  dieMoment?: 'before' | 'after';
  store: StoreOptions;
}

/** What a worker tells: every request before it is made, and every answer. */
export type Report =
  | { kind: 'asked'; number: number; request: TagRequest }
  | {
      kind: 'answered';
      number: number;
      outcome: TagDecision['outcome'];
      existing?: Variant;
      after?: Variant;
      waitedMs: number;
    }
  | { kind: 'failed'; number: number; fault: unknown }
  | { kind: 'done' };

export interface KillTotals {
  kills: number;
  /** Of these, processes that were stopped for longer than the staleness of the lock before. */
  pauses: number;
  answers: number;
  /** Answers that a row was written for. */
  acknowledgedWrites: number;
  conflicts: number;
  /** Requests of killed processes that had no answer, and those of them that were there as a whole. */
  unanswered: number;
  unansweredWritten: number;
  /** Files that another SQLite was asked about while the processes were at work, and in the end. */
  checkedFiles: number;
  /** How long calls took, but for those in which their own process was paused. */
  longestMs: number;
  p99Ms: number;
  medianMs: number;
  problems: string[];
}

/** A dead holder delays others by 25 ms, a paused one by the staleness; the rest is the work of up to eight processes in line. */
export const STALE_IN_CAMPAIGN_MS = 2_000;

const MODES: readonly { name: string; store: StoreOptions }[] = [
  { name: 'whole file', store: { journal: { fileBytes: 1e12 } } },
  { name: 'journal', store: { journal: { fileBytes: 0 } } },
  { name: 'journal, often put into the file', store: { journal: { fileBytes: 0, entries: 5 }, quietMs: 20 } },
  { name: 'as shipped', store: {} },
];

export interface KillPlan {
  seed: number;
  kills: number;
  acknowledgedWrites: number;
  processes: number;
  /** Each segment starts with a new store, in the next of the ways to write. */
  segments: number;
  log: (line: string) => void;
}

interface Life {
  asked: Asked[];
  child: ChildProcess;
}

/** Runs the races, one segment after the other, until there were enough kills and enough acknowledged writes. */
export async function runKills(plan: KillPlan): Promise<KillTotals> {
  const random = new Random(plan.seed);
  const waits: number[] = [];
  const totals: KillTotals = {
    ...{ kills: 0, pauses: 0, answers: 0, acknowledgedWrites: 0, conflicts: 0, unanswered: 0, unansweredWritten: 0 },
    ...{ checkedFiles: 0, longestMs: 0, p99Ms: 0, medianMs: 0, problems: [] },
  };
  const build = mkdtempSync(path.join(tmpdir(), 'experiments-campaign-'));
  const script = path.join(build, 'worker.cjs');
  const entry = path.join(process.cwd(), 'test/campaign/store/killWorker.ts');
  buildSync({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', format: 'cjs', target: 'node20' });
  try {
    for (
      let segment = 0;
      totals.kills < plan.kills || totals.acknowledgedWrites < plan.acknowledgedWrites;
      segment += 1
    ) {
      const mode = MODES[segment % MODES.length];
      if (mode === undefined) throw new Error('there is no way to write');
      const until = totals.kills + Math.ceil(plan.kills / plan.segments);
      const before = totals.problems.length;
      await runSegment({ plan, random, script, segment, mode, until, totals, waits });
      for (const problem of totals.problems.slice(before)) plan.log(`  !! ${problem}`);
      tellWaits(totals, waits);
      const { kills, acknowledgedWrites, problems, longestMs, p99Ms } = totals;
      plan.log(
        `  ${mode.name}: ${kills} kills, ${acknowledgedWrites} acknowledged writes, longest wait ${longestMs} ms, 99 of 100 below ${p99Ms} ms, ${problems.length} problems`,
      );
    }
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
  // What docs/store.md promises.
  if (totals.longestMs > LOCK_TIMEOUT_MS) totals.problems.push(`a call took ${totals.longestMs} ms`);
  return totals;
}

function tellWaits(totals: KillTotals, waits: number[]): void {
  waits.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(waits[Math.floor(waits.length * share)] ?? 0);
  totals.longestMs = Math.round(waits.at(-1) ?? 0);
  totals.p99Ms = at(0.99);
  totals.medianMs = at(0.5);
}

interface Segment {
  plan: KillPlan;
  random: Random;
  script: string;
  segment: number;
  mode: (typeof MODES)[number];
  until: number;
  totals: KillTotals;
  waits: number[];
}

async function runSegment(given: Segment): Promise<void> {
  const { plan, mode, totals } = given;
  const folder = mkdtempSync(path.join(tmpdir(), 'experiments-campaign-store-'));
  const options = { folder, loadWasm, now: Date.now, staleMs: STALE_IN_CAMPAIGN_MS, ...mode.store };
  const first = new FileStore(options);
  const lives: Life[] = [];
  const work = { done: false };
  try {
    await first.save(sampleExperiment());
    await first.transition('e1', 'start');
    first.dispose();
    const slots = Array.from({ length: plan.processes }, async (_, slot) => {
      for (let life = 0; totals.kills < given.until; life += 1) await runLife(given, folder, `${slot}-${life}`, lives);
    });
    const checks = (async () => {
      while (!work.done) {
        checkFile(path.join(folder, 'experiments.db'), totals);
        await new Promise((resolve) => setTimeout(resolve, 5_000));
      }
    })();
    await Promise.all(slots);
    work.done = true;
    await checks;
    await judgeSegment(options, lives, totals);
  } finally {
    work.done = true;
    for (const { child } of lives) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One process from its start to its violent end. */
async function runLife(
  { random, script, segment, mode, totals, waits }: Segment,
  folder: string,
  name: string,
  lives: Life[],
): Promise<void> {
  const suicide = random.chance(0.5);
  const answersBeforeKill = random.between(6, 36);
  const pause = random.chance(0.03);
  const options: KillWorkerOptions = {
    ...{ folder, wasm: WASM, name: `s${segment}-${name}`, seed: random.between(0, 2 ** 31), writes: 10_000 },
    round: `${segment}-${Math.floor(totals.answers / 200)}`,
    ...(suicide ? { dieAtCall: random.between(0, 1_500), dieMoment: random.pick(['before', 'after'] as const) } : {}),
    store: { staleMs: STALE_IN_CAMPAIGN_MS, ...mode.store },
  };
  const delay = random.next() * 8;
  // Compiling SQLite quickly matters more than running it quickly, in so short a life.
  const child = fork(script, [JSON.stringify(options)], { execArgv: ['--liftoff-only'] });
  const life: Life = { asked: [], child };
  lives.push(life);
  let answers = 0;
  let wasPaused = false;
  child.on('message', (report: Report) => {
    if (report.kind === 'asked') {
      life.asked[report.number] = { request: report.request };
      return;
    }
    if (report.kind === 'done') return;
    const asked = life.asked[report.number];
    if (asked === undefined) throw new Error('an answer without a request');
    if (report.kind === 'failed') {
      totals.problems.push(`${options.name}: ${JSON.stringify(report.fault)}`);
      asked.failed = true;
      return;
    }
    asked.answer = report;
    totals.answers += 1;
    answers += 1;
    if (!wasPaused) waits.push(report.waitedMs);
    wasPaused = false;
    if (['tagged', 'retagged', 'untagged'].includes(report.outcome)) totals.acknowledgedWrites += 1;
    if (report.outcome === 'conflict') totals.conflicts += 1;
    if (answers !== answersBeforeKill) return;
    if (pause) {
      totals.pauses += 1;
      child.kill('SIGSTOP');
      setTimeout(() => {
        wasPaused = true;
        child.kill('SIGCONT');
      }, STALE_IN_CAMPAIGN_MS * 1.5);
      if (!suicide) setTimeout(() => child.kill('SIGKILL'), STALE_IN_CAMPAIGN_MS * 1.5 + 200);
    } else if (!suicide) setTimeout(() => child.kill('SIGKILL'), delay);
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_code, by) => {
      resolve(by);
    });
  });
  if (signal === 'SIGKILL') totals.kills += 1;
  else totals.problems.push(`${options.name} ended by ${signal ?? 'itself'}`);
}

/** Asks another SQLite about a file that processes are replacing meanwhile. */
function checkFile(file: string, totals: KillTotals): void {
  if (!existsSync(file)) return;
  const copy = `${file}.${totals.checkedFiles}.copy`;
  try {
    copyFileSync(file, copy);
    const answer = execFileSync('sqlite3', ['-readonly', copy, 'PRAGMA integrity_check'], { encoding: 'utf8' }).trim();
    totals.checkedFiles += 1;
    if (answer !== 'ok') totals.problems.push(`integrity_check: ${answer}`);
  } finally {
    rmSync(copy, { force: true });
  }
}

async function judgeSegment(
  options: ConstructorParameters<typeof FileStore>[0],
  lives: Life[],
  totals: KillTotals,
): Promise<void> {
  const store = new FileStore(options);
  try {
    const view = await store.read();
    if (view.status.kind !== 'ready') totals.problems.push(`the store is read-only: ${view.status.detail}`);
    const history = await store.history('e1');
    const judged = historyProblems(
      lives.map(({ asked }) => asked),
      history,
      view.tags.get('e1') ?? new Map(),
    );
    totals.unanswered += judged.unanswered;
    totals.unansweredWritten += judged.unansweredWritten;
    totals.problems.push(...judged.problems);
    const whole = path.join(options.folder, 'whole.db');
    writeFileSync(whole, (await store.databaseBytes()) ?? new Uint8Array());
    checkFile(whole, totals);
    // A lock that the last of the dead left is no obstacle either.
    await store.compact();
    checkFile(store.file, totals);
  } finally {
    store.dispose();
  }
}
