import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as path from 'node:path';
import { projectFolder } from '../../scripts/editor/paths';
import type { IndexedSession } from '../../src/sessions/model';
import { WorkerIndex } from '../../src/sessions/worker/workerIndex';
import { installCcusage, runCcusage } from './ccusage';
import { type Corpus, claudeCorpus, oneMoreTurn } from './corpus/claudeCorpus';
import { median } from './figures';

export interface IndexRound {
  /** Ms of wall time of ccusage on the same files. */
  ccusageMs: number;
  /** Reading everything, with the start of the thread. */
  firstMs: number;
  /** A new thread with an index file that is up to date. */
  restartMs: number;
  /** After one session grew by a turn, in a thread that has read it all. */
  refreshMs: number;
  /** The same as the first thing after a restart. */
  refreshAfterRestartMs: number;
  /** Where nothing changed. */
  idleMs: number;
}

export interface Indexing extends IndexRound {
  sessions: number;
  bytes: number;
  indexBytes: number;
  each: IndexRound[];
}

const SAVE_DEADLINE_MS = 20_000;
const ENDED_MS = 2_500;

/** Times the index of a generated corpus and ccusage by turns; medians. Throws where the index counts anything wrong. */
export async function benchIndexing(sessions: number, rounds: number): Promise<Indexing> {
  const corpus = claudeCorpus(sessions);
  const ccusage = await installCcusage();
  const work = fs.mkdtempSync(path.join(corpus.cwd, '..', 'index-'));
  let indexBytes = 0;
  try {
    const each: IndexRound[] = [];
    for (let round = -1; round < rounds; round++) {
      const folder = path.join(work, String(round));
      const theirs = await runCcusage(ccusage, 'claude', { CLAUDE_CONFIG_DIR: corpus.configDir });
      assert.deepEqual(theirs.tokens, corpus.truth.tokens, 'ccusage counts what was generated');
      const figures = await oneRound(corpus, folder, round);
      indexBytes = sizeOf(folder);
      // The first round warms the file cache.
      if (round >= 0) each.push({ ccusageMs: theirs.ms, ...figures });
    }
    const of = (field: keyof IndexRound): number => median(each.map((figures) => figures[field]));
    return {
      sessions,
      bytes: corpus.truth.bytes,
      indexBytes,
      ccusageMs: of('ccusageMs'),
      firstMs: of('firstMs'),
      restartMs: of('restartMs'),
      refreshMs: of('refreshMs'),
      refreshAfterRestartMs: of('refreshAfterRestartMs'),
      idleMs: of('idleMs'),
      each,
    };
  } finally {
    // A thread that is about to end may still write its index.
    fs.rmSync(work, { recursive: true, force: true, maxRetries: 20 });
  }
}

async function oneRound(corpus: Corpus, folder: string, round: number): Promise<Omit<IndexRound, 'ccusageMs'>> {
  const first = open(corpus, folder);
  const firstMs = await timed(async () => {
    check(await scan(first, corpus), corpus);
  });
  const idleMs = await timed(() => scan(first, corpus));
  await saved(folder);
  const refreshMs = await grown(corpus, round, () => scan(first, corpus));
  first.dispose();
  // At a restart of the editor, the thread of before is gone; ours keeps what it knows and ends within two seconds.
  await wait(ENDED_MS);
  const second = open(corpus, folder);
  const restartMs = await timed(async () => {
    check(await scan(second, corpus), corpus);
  });
  const refreshAfterRestartMs = await grown(corpus, round + 100, () => scan(second, corpus));
  second.dispose();
  return { firstMs, restartMs, refreshMs, refreshAfterRestartMs, idleMs };
}

function open(corpus: Corpus, indexFolder: string): WorkerIndex {
  return new WorkerIndex({
    file: path.join(projectFolder, 'dist', 'sessionWorker.js'),
    settings: {
      environment: { CLAUDE_CONFIG_DIR: corpus.configDir },
      home: path.join(corpus.cwd, 'no-home'),
      editorSessionsFolder: path.join(corpus.cwd, 'none'),
      wasmFile: path.join(projectFolder, 'dist', 'sql-wasm.wasm'),
      indexFolder,
    },
    inProcess: () => {
      throw new Error('no thread started');
    },
  });
}

function scan(index: WorkerIndex, { cwd }: Corpus): Promise<readonly IndexedSession[]> {
  return index.refresh([cwd], Date.UTC(2027, 0));
}

/** Makes one session a turn longer for as long as the work takes. */
async function grown(corpus: Corpus, seed: number, work: () => Promise<readonly IndexedSession[]>): Promise<number> {
  const projects = path.join(corpus.configDir, 'projects');
  const project = path.join(projects, fs.readdirSync(projects)[0] ?? '');
  const names = fs.readdirSync(project).sort();
  const file = path.join(project, names[(seed + 101) % names.length] ?? '');
  const { size } = fs.statSync(file);
  fs.appendFileSync(file, oneMoreTurn(file, corpus.cwd, seed));
  try {
    return await timed(async () => {
      const prompts = (await work()).reduce((sum, session) => sum + session.prompts, 0);
      assert.equal(prompts, corpus.truth.prompts + 1, 'the new turn is there');
    });
  } finally {
    fs.truncateSync(file, size);
  }
}

/** Waits for the index file, which is written a little after the sessions are there. */
async function saved(folder: string): Promise<void> {
  for (let waited = 0; sizeOf(folder) === 0; waited += 100) {
    if (waited > SAVE_DEADLINE_MS) throw new Error('the index file was not written');
    await wait(100);
  }
  await wait(500);
}

function sizeOf(folder: string): number {
  if (!fs.existsSync(folder)) return 0;
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.index'));
  return files.reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function check(sessions: readonly IndexedSession[], { truth }: Corpus): void {
  const sum = (of: (session: IndexedSession) => number): number =>
    sessions.reduce((total, session) => total + of(session), 0);
  assert.deepEqual(
    {
      sessions: sessions.length,
      prompts: sum((session) => session.prompts),
      toolCalls: sum((session) => session.toolCalls),
      toolErrors: sum((session) => session.toolErrors),
      input: sum((session) => session.tokens?.input ?? 0),
      output: sum((session) => session.tokens?.output ?? 0),
      cacheRead: sum((session) => session.tokens?.cacheRead ?? 0),
      cacheWrite: sum((session) => session.tokens?.cacheWrite ?? 0),
    },
    {
      ...truth.tokens,
      ...{ sessions: truth.sessions, prompts: truth.prompts, toolCalls: truth.toolCalls },
      toolErrors: truth.toolErrors,
    },
  );
}
