import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { blockAt, variantAt } from '../../../src/assignment/blocks';
import { readableDraws, type Assignment } from '../../../src/domain/assignment';
import { FileStore } from '../../../src/store/fileStore';
import { Random } from '../../../scripts/demo/random';
import { givenText, hookInput, runProgram, type BuiltPrograms } from './program';

export const TREATMENT_TEXT = 'Answer in one sentence.';
export const CONTROL_TEXT = 'Answer as you like.';

/** A store with one running experiment `e1` whose both variants have a text, so that every answer tells the variant. */
export async function runningExperiment(storage: string, wasm: string): Promise<FileStore> {
  const store = new FileStore({ folder: storage, loadWasm: () => readFileSync(wasm), now: Date.now });
  await store.save({
    id: 'e1',
    name: 'One sentence',
    hypothesis: '',
    changeDescription: '',
    metric: 'TokensPerSession',
    durationDays: 14,
    binding: { kind: 'ManualTag' },
    successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -20 },
    guardrails: [],
    alpha: 0.05,
    state: 'Draft',
    createdAt: 1,
    randomised: { treatmentText: TREATMENT_TEXT, controlText: CONTROL_TEXT, allocation: 0.5 },
  });
  const started = await store.transition('e1', 'start');
  assert.ok(started.ok);
  return store;
}

export interface StartsOptions {
  storage: string;
  folder: string;
  processes: number;
  starts: number;
  seed: number;
  built: BuiltPrograms;
}

/**
 * Many processes start sessions at once: each new one, and now and then the same again, as when it is resumed. Checks that each
 * session has one assignment and always its text, that none is lost, that the draws are those of the seed in their order, and
 * that every full block is balanced.
 */
export async function manyStarts({ storage, folder, processes, starts, seed, built }: StartsOptions): Promise<void> {
  const store = await runningExperiment(storage, built.wasm);
  const random = new Random(seed);
  const scripts = Array.from({ length: processes }, (): { sessionId: string; source: string }[] => []);
  for (let n = 0; n < starts; n += 1) {
    const script = scripts[n % processes];
    script?.push({ sessionId: `s${n}`, source: random.chance(0.2) ? 'clear' : 'startup' });
    // Some go on elsewhere, at the same time perhaps as they begin.
    if (random.chance(0.2)) script?.push({ sessionId: `s${n}`, source: 'resume' });
  }
  const answers = await Promise.all(scripts.map((script) => play(built, storage, folder, script)));
  const all = [...readableDraws((await store.read()).assignments.get('e1')).values()];
  store.dispose();
  assert.equal(all.length, starts, 'one assignment for each session');
  const bySession = new Map(all.map((assignment) => [assignment.sessionId, assignment]));
  const expected = (variant: Assignment['variant']): string =>
    variant === 'Treatment' ? TREATMENT_TEXT : CONTROL_TEXT;
  scripts.forEach((script, at) => {
    assert.equal(answers[at]?.length, script.length, 'every start was answered');
    script.forEach(({ sessionId }, index) => {
      const assignment = bySession.get(sessionId);
      assert.ok(assignment, `${sessionId} was drawn`);
      assert.equal(answers[at]?.[index], expected(assignment.variant), sessionId);
    });
  });
  await checkSequence(storage, built, all);
}

async function play(
  built: BuiltPrograms,
  storage: string,
  folder: string,
  script: readonly { sessionId: string; source: string }[],
): Promise<(string | undefined)[]> {
  const child = spawn(process.execPath, [built.worker, storage, built.wasm], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end(script.map((start) => `${hookInput({ storage, folder, ...start })}\n`).join(''));
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return output.split('\n').slice(0, -1).map(givenText);
}

/** The draws in their order are those that the stored seed gives, and full blocks are balanced. */
async function checkSequence(storage: string, built: BuiltPrograms, all: readonly Assignment[]): Promise<void> {
  const [seed] = await seedsOf(storage, built.wasm);
  assert.ok(seed !== undefined);
  const stratum = { seed, experimentId: 'e1', agent: 'codex', allocation: 0.5 };
  const drawn = [...all].sort((a, b) => a.position - b.position);
  drawn.forEach(({ position, variant }, index) => {
    assert.equal(position, index, 'no number is drawn twice or left out');
    assert.equal(variant, variantAt(stratum, position), 'same seed and order, same draws');
  });
  for (let at = 0; at < drawn.length; at += blockAt(stratum, at).size) {
    const { size } = blockAt(stratum, at);
    const block = drawn.slice(at, at + size);
    if (block.length === size) assert.equal(block.filter(({ variant }) => variant === 'Treatment').length * 2, size);
  }
}

async function seedsOf(storage: string, wasm: string): Promise<string[]> {
  const { Engine } = await import('../../../src/store/engine');
  const { nodeFiles } = await import('../../../src/store/files');
  const { wholeDatabase } = await import('../../../src/store/whole');
  const engine = await Engine.load(() => readFileSync(wasm));
  const bytes = wholeDatabase(nodeFiles, `${storage}/experiments.db`, engine);
  const db = engine.open(bytes);
  const seeds = db.rows('SELECT seed FROM assignment_seeds').map(([seed]) => String(seed));
  db.close();
  return seeds;
}

export interface KillsOptions {
  storage: string;
  folder: string;
  kills: number;
  seed: number;
  built: BuiltPrograms;
}

/**
 * Kills the program at random moments of its life. A session that got a text must have its assignment, with that text's variant;
 * one that was killed before may have none, or one that is not known to have reached it. Resolves to how they ended.
 */
export async function killedStarts({
  storage,
  folder,
  kills,
  seed,
  built,
}: KillsOptions): Promise<Record<string, number>> {
  const store = await runningExperiment(storage, built.wasm);
  const random = new Random(seed);
  const life = await lifetime(built.program, storage, folder);
  const ends = { killed: 0, ended: 0, withText: 0, drawnWithoutText: 0 };
  const given = new Map<string, string>();
  // Some end before their moment comes; so many are truly killed.
  for (let n = 0; ends.killed < kills; n += 1) {
    assert.ok(n < 4 * kills + 20, `of ${n} programs only ${ends.killed} were killed in time`);
    const sessionId = `k${n}`;
    const { code, output } = await runProgram(built.program, { storage, folder, sessionId }, (child) => {
      setTimeout(() => child.kill('SIGKILL'), random.between(0, Math.round(life * 1.1)));
    });
    if (code === null) ends.killed += 1;
    else ends.ended += 1;
    const text = output.endsWith('\n') ? givenText(output) : undefined;
    if (text !== undefined) given.set(sessionId, text);
  }
  const assignments = readableDraws((await store.read()).assignments.get('e1'));
  store.dispose();
  for (const [sessionId, text] of given) {
    const assignment = assignments.get(sessionId);
    assert.ok(assignment, `${sessionId} got a text without an assignment`);
    assert.equal(text, assignment.variant === 'Treatment' ? TREATMENT_TEXT : CONTROL_TEXT);
  }
  ends.withText = given.size;
  ends.drawnWithoutText = [...assignments.values()].filter(
    ({ sessionId }) => sessionId.startsWith('k') && !given.has(sessionId),
  ).length;
  await checkSequence(storage, built, [...assignments.values()]);
  return ends;
}

/** How long the program takes when nobody kills it, in milliseconds; the slowest of three. */
async function lifetime(program: string, storage: string, folder: string): Promise<number> {
  let slowest = 0;
  for (let n = 0; n < 3; n += 1) {
    const start = performance.now();
    await runProgram(program, { storage, folder, sessionId: `w${n}` });
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}
