import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { answerHook } from '../../src/assignment/answer';
import { newSeed, variantAt } from '../../src/assignment/blocks';
import { writeLauncher } from '../../src/assignment/launcher';
import { projectFolder } from '../../scripts/editor/paths';
import { Engine } from '../../src/store/engine';
import { DATABASE_NAME, FileStore } from '../../src/store/fileStore';
import { nodeFiles } from '../../src/store/files';
import { parseHeader } from '../../src/store/header';
import { sealedExport } from '../../src/store/seal';
import { wholeDatabase } from '../../src/store/whole';
import { givenText, hookInput } from '../campaign/assignments/program';
import { runningExperiment } from '../campaign/assignments/starts';
import { median } from './figures';

export interface SessionStartFigures {
  assignments: number;
  /** A program that does nothing, on the same runtime; medians of wall time from the start to the end of the process. */
  emptyMs: number;
  /** As an agent runs it: the launcher, a draw that is stored, the text on its standard output. */
  drawnMs: number;
  /** A session of a folder that no experiment is about. */
  otherFolderMs: number;
  /** Medians of the ratios to the empty program of the same round. */
  drawnRatio: number;
  otherFolderRatio: number;
}

/** Of the assignments the newest are in the journal, as they are while sessions start. */
const IN_JOURNAL = 100;

/** Starts sessions one after the other, each beside an empty program. Needs a build for production. */
export async function benchSessionStart(assignments: number, rounds: number): Promise<SessionStartFigures> {
  const root = mkdtempSync(path.join(tmpdir(), 'experiments-start-bench-'));
  try {
    const storage = path.join(root, 'storage');
    await fill(storage, root, assignments);
    const program = path.join(projectFolder, 'dist', 'sessionStart.js');
    const launcher = writeLauncher({ storage, program, runtime: process.execPath, platform: process.platform });
    const empty = path.join(root, 'empty.js');
    writeFileSync(empty, '');
    const each: Record<'empty' | 'drawn' | 'other', number>[] = [];
    for (let round = -1; round < rounds; round++) {
      const start = (folder: string): string => hookInput({ storage, folder, sessionId: `bench-${round}` });
      const [drawn, other, nothing] = [
        await timed(launcher, ['codex'], start(root)),
        await timed(launcher, ['codex'], start(tmpdir())),
        await timed(process.execPath, [empty], start(root)),
      ];
      if (givenText(drawn.output) === undefined) throw new Error('the session was not drawn');
      if (other.output !== '') throw new Error('a session of another folder was drawn');
      // The first round warms the file cache.
      if (round >= 0) each.push({ empty: nothing.ms, drawn: drawn.ms, other: other.ms });
    }
    return {
      assignments,
      emptyMs: median(each.map(({ empty: ms }) => ms)),
      drawnMs: median(each.map(({ drawn }) => drawn)),
      otherFolderMs: median(each.map(({ other }) => other)),
      drawnRatio: median(each.map(({ drawn, empty: ms }) => drawn / ms)),
      otherFolderRatio: median(each.map(({ other, empty: ms }) => other / ms)),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A store with a running experiment and so many assignments of two agents, each drawn as the program would. */
async function fill(storage: string, folder: string, assignments: number): Promise<void> {
  const wasmFile = path.join(projectFolder, 'dist', 'sql-wasm.wasm');
  (await runningExperiment(storage, wasmFile)).dispose();
  const engine = await Engine.load(() => readFileSync(wasmFile));
  const file = path.join(storage, DATABASE_NAME);
  const bytes = wholeDatabase(nodeFiles, file, engine) ?? new Uint8Array();
  const counter = (parseHeader(bytes)?.counter ?? 0) + 1;
  const db = engine.open(bytes);
  const seed = newSeed();
  db.begin();
  db.change('insertSeed', ['e1', seed]);
  for (let n = 0; n < assignments - IN_JOURNAL; n++) {
    const agent = n % 2 === 0 ? 'codex' : 'claude-code';
    const position = Math.floor(n / 2);
    const variant = variantAt({ seed, experimentId: 'e1', agent, allocation: 0.5 }, position);
    const transcript = path.join(folder, '.codex', 'sessions', '2026', '11', '25', `rollout-${n}.jsonl`);
    db.change('insertAssignment', ['e1', `session-${n}`, agent, variant, position, n, 'hook', transcript]);
  }
  db.commit();
  writeFileSync(file, sealedExport(db, counter));
  db.close();
  // Not disposed, since that would put the journal into the file.
  const store = new FileStore({ folder: storage, loadWasm: () => readFileSync(wasmFile), now: Date.now, quietMs: 1e9 });
  for (let n = 0; n < IN_JOURNAL; n++) {
    await answerHook(store, hookInput({ storage, folder, sessionId: `journal-${n}` }), 'codex');
  }
}

function timed(command: string, args: readonly string[], input: string): Promise<{ ms: number; output: string }> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    // An empty program reads no input.
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`${command} ended with ${code}`));
      else resolve({ ms: performance.now() - start, output });
    });
    child.stdin.end(input);
  });
}
