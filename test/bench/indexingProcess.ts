/**
 * One process of the bench of the index, as an editor that starts is one: prints its figures as JSON.
 *
 *   tsx test/bench/indexingProcess.ts first|restart SESSIONS INDEX_FOLDER ROUND
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as path from 'node:path';
import { projectFolder } from '../../scripts/editor/paths';
import { runMain } from '../../scripts/support/main';
import type { IndexedSession } from '../../src/sessions/model';
import { WorkerIndex } from '../../src/sessions/worker/workerIndex';
import { type Corpus, claudeCorpus, oneMoreTurn } from './corpus/claudeCorpus';
import { indexFiles, type FirstFigures, type RestartFigures } from './indexing';

const SAVE_DEADLINE_MS = 20_000;

runMain(async () => {
  const [, , kind, sessions, folder = '', round] = process.argv;
  const corpus = claudeCorpus(Number(sessions));
  const index = open(corpus, folder);
  const figures =
    kind === 'first' ? await first(index, corpus, folder, Number(round)) : await restart(index, corpus, Number(round));
  console.log(JSON.stringify(figures));
  index.dispose();
  return 0;
});

async function first(index: WorkerIndex, corpus: Corpus, folder: string, round: number): Promise<FirstFigures> {
  const firstMs = await timed(async () => {
    check(await scan(index, corpus), corpus);
  });
  const idleMs = await timed(() => scan(index, corpus));
  await written(folder);
  const refreshMs = await grown(corpus, round, () => scan(index, corpus));
  // The transcript is as before but for its time: an index of before would not be valid for it.
  check(await scan(index, corpus), corpus);
  const before = newestIndex(folder);
  index.dispose();
  await written(folder, before);
  return { firstMs, idleMs, refreshMs };
}

async function restart(index: WorkerIndex, corpus: Corpus, round: number): Promise<RestartFigures> {
  const restartMs = await timed(async () => {
    check(await scan(index, corpus), corpus);
  });
  const refreshAfterRestartMs = await grown(corpus, round + 100, () => scan(index, corpus));
  return { restartMs, refreshAfterRestartMs };
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

/** Waits for an index file newer than `before`: it is written a little after the sessions are there, and when the index is closed. */
async function written(folder: string, before = 0): Promise<void> {
  for (let waited = 0; newestIndex(folder) <= before; waited += 100) {
    if (waited > SAVE_DEADLINE_MS) throw new Error('the index file was not written');
    await wait(100);
  }
  await wait(500);
}

/** ms since the epoch; 0 where there is none. */
function newestIndex(folder: string): number {
  return Math.max(0, ...indexFiles(folder).map((file) => fs.statSync(file).mtimeMs));
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
