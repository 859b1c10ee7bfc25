import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { projectFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';
import { installCcusage, runCcusage } from './ccusage';
import { claudeCorpus } from './corpus/claudeCorpus';
import { median } from './figures';

export interface FirstFigures {
  /** Reading everything, with the start of the thread. */
  firstMs: number;
  /** After one session grew by a turn, in a thread that has read it all. */
  refreshMs: number;
  /** Where nothing changed. */
  idleMs: number;
}

export interface RestartFigures {
  /** A new process and thread, with an index file that is up to date. */
  restartMs: number;
  /** After one session grew by a turn, as the first thing after a restart. */
  refreshAfterRestartMs: number;
}

export interface IndexRound extends FirstFigures, RestartFigures {
  /** Ms of wall time of ccusage on the same files. */
  ccusageMs: number;
}

export interface Indexing extends IndexRound {
  sessions: number;
  bytes: number;
  indexBytes: number;
  each: IndexRound[];
}

/**
 * Times the index of a generated corpus on the given Node, and ccusage, by turns; medians. Throws where the index counts anything
 * wrong.
 */
export async function benchIndexing(node: string, sessions: number, rounds: number): Promise<Indexing> {
  const corpus = claudeCorpus(sessions);
  const ccusage = await installCcusage();
  const script = buildProcess();
  const work = fs.mkdtempSync(path.join(corpus.cwd, '..', 'index-'));
  let indexBytes = 0;
  try {
    const each: IndexRound[] = [];
    for (let round = -1; round < rounds; round++) {
      const folder = path.join(work, String(round));
      const theirs = await runCcusage(ccusage, 'claude', { CLAUDE_CONFIG_DIR: corpus.configDir });
      assert.deepEqual(theirs.tokens, corpus.truth.tokens, 'ccusage counts what was generated');
      const measured = [String(sessions), folder, String(round)];
      const figures = {
        ...(await inProcess<FirstFigures>(node, [script, 'first', ...measured])),
        ...(await inProcess<RestartFigures>(node, [script, 'restart', ...measured])),
      };
      indexBytes = indexFiles(folder).reduce((sum, file) => sum + fs.statSync(file).size, 0);
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

/**
 * The process as one file of JavaScript, two folders below the project: what translates TypeScript on the way would come along
 * into the thread that is measured.
 */
function buildProcess(): string {
  const outfile = path.join(projectFolder, 'out', 'bench', 'indexingProcess.js');
  buildSync({
    absWorkingDir: projectFolder,
    entryPoints: ['test/bench/indexingProcess.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['esbuild'],
    logLevel: 'warning',
  });
  return outfile;
}

/** An editor that starts is a process of its own. */
async function inProcess<T>(node: string, args: readonly string[]): Promise<T> {
  const output = await runOrThrow(node, args, { cwd: projectFolder });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as T;
}

/** The index files in a folder. */
export function indexFiles(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.index'));
  return names.map((name) => path.join(folder, name));
}
