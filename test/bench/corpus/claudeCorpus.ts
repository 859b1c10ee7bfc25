import * as fs from 'node:fs';
import * as path from 'node:path';
import { cacheFolder } from '../../../scripts/editor/paths';
import { Random } from '../../../scripts/demo/random';
import { claudeSlug } from '../../../src/sessions/claude/claudeSlug';
import { type CorpusTruth, TranscriptLines } from './transcriptLines';
import { TextPool } from './transcriptText';

/** Changes with every change of the generator, so that an older corpus is not taken for a current one. */
const GENERATOR = 3;
const START = Date.UTC(2026, 0, 5, 9);
const HOUR = 60 * 60_000;

export interface Corpus {
  /** Claude Code's configuration folder. */
  configDir: string;
  /** The folder that all sessions worked in. */
  cwd: string;
  truth: CorpusTruth;
}

export function sessionIdsOf({ configDir, cwd }: Corpus): string[] {
  const project = path.join(configDir, 'projects', claudeSlug(cwd));
  return fs.readdirSync(project).map((name) => path.basename(name, '.jsonl'));
}

/** A corpus of at least `bytesEach` × `count` bytes in one project, generated once and kept in the cache folder. */
export function claudeCorpus(count: number, bytesEach = 270_000): Corpus {
  const configDir = path.join(cacheFolder(), 'bench', `claude-${GENERATOR}-${count}x${bytesEach}`);
  const cwd = path.join(cacheFolder(), 'bench', 'shop');
  fs.mkdirSync(cwd, { recursive: true });
  const truthFile = path.join(configDir, 'truth.json');
  if (fs.existsSync(truthFile)) {
    return { configDir, cwd, truth: JSON.parse(fs.readFileSync(truthFile, 'utf8')) as CorpusTruth };
  }
  fs.rmSync(configDir, { recursive: true, force: true });
  const project = path.join(configDir, 'projects', claudeSlug(cwd));
  fs.mkdirSync(project, { recursive: true });
  const truth = newTruth();
  const pool = new TextPool(7);
  for (let n = 0; n < count; n++) {
    writeSession(project, { seed: n + 1, cwd, pool, truth, bytes: bytesEach });
  }
  fs.writeFileSync(truthFile, JSON.stringify(truth));
  return { configDir, cwd, truth };
}

/** Lines of one more turn at the end of a session, a prompt with a step and an answer. */
export function oneMoreTurn(file: string, cwd: string, seed: number): string {
  const random = new Random(seed + 1_000_000);
  const id = path.basename(file, '.jsonl');
  const session = { id, cwd, model: 'claude-opus-4-6' };
  const lines = new TranscriptLines(random, new TextPool(7), newTruth(), session, START + 10_000 * HOUR);
  lines.prompt();
  lines.step();
  lines.end();
  return lines.lines.map((line) => `${line}\n`).join('');
}

function newTruth(): CorpusTruth {
  const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  return { sessions: 0, bytes: 0, tokens, prompts: 0, toolCalls: 0, toolErrors: 0 };
}

interface SessionPlan {
  seed: number;
  cwd: string;
  pool: TextPool;
  truth: CorpusTruth;
  /** At least about so many. */
  bytes: number;
}

/** Sizes vary from session to session around the plan's; the sum over many comes to no less. */
function writeSession(project: string, { seed, cwd, pool, truth, bytes }: SessionPlan): void {
  const random = new Random(seed * 7919);
  const id = seed.toString(16).padStart(8, '0') + random.uuid().slice(8);
  const model = random.pick(['claude-sonnet-4-5-20250929', 'claude-opus-4-6']);
  const lines = new TranscriptLines(random, pool, truth, { id, cwd, model }, START + seed * HOUR);
  const wanted = bytes * random.factor(0.6);
  while (lines.bytes < wanted) {
    lines.prompt();
    for (let step = random.between(3, 14); step > 0; step--) lines.step();
    lines.end();
  }
  const file = path.join(project, `${id}.jsonl`);
  fs.writeFileSync(file, lines.lines.map((line) => `${line}\n`).join(''));
  truth.sessions++;
  truth.bytes += fs.statSync(file).size;
}
