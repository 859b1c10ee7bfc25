import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import { generateTranscript } from './claudeTranscript';
import type { GeneratedTranscript, TranscriptPlan, TranscriptTruth } from './claudeTranscript';
import { Random } from './random';
import { SHOP_TASKS } from './shopTasks';
import type { ShopTask } from './shopTasks';

const DAY = 24 * 60 * 60_000;
const MINUTE = 60_000;
/** In the second week CLAUDE.md is shorter, and with it everything that is sent; with chance added, a quarter fewer tokens. */
const SECOND_WEEK_SCALE = 0.8;
/** The live session's last record is as old as this, ms. */
const LIVE_AGE = 20_000;
/** Local times at which a session begins, [hour, minute]. */
const SLOTS = [
  [9, 40],
  [11, 20],
  [14, 10],
] as const;

export interface DemoOptions {
  /** Becomes Claude Code's configuration folder: `<claudeConfigDir>/projects/…`. */
  claudeConfigDir: string;
  workspaceFolder: string;
  /** ms since the epoch. */
  now: number;
}

/** When the sessions of a week took place: days ago and slot. The last one of the second week is moved to now. */
const WEEK = [
  [6, 0],
  [6, 1],
  [6, 2],
  [5, 0],
  [5, 2],
  [4, 1],
  [4, 2],
  [3, 0],
  [3, 1],
  [2, 0],
  [2, 2],
  [1, 1],
] as const;

/**
 * Two weeks of sessions in a web shop's repository: 24 of them, 12 in each week on tasks of about the same size; those of the
 * second week use about a quarter fewer tokens. The newest is still going on. The same for every call but for the times.
 * Returns the session ids, newest first.
 */
export async function writeDemoSessions(options: DemoOptions): Promise<string[]> {
  const cwd = await fs.realpath(options.workspaceFolder);
  const truths: TranscriptTruth[] = [];
  for (const plan of demoPlans(cwd, options.now)) {
    const { transcript, live } = plan;
    const generated = live ? endingAt(transcript, options.now - LIVE_AGE) : generateTranscript(transcript);
    await writeTranscript(options.claudeConfigDir, cwd, generated);
    truths.push(generated.truth);
  }
  return truths.sort((a, b) => b.lastActiveAt - a.lastActiveAt).map((truth) => truth.sessionId);
}

interface DemoPlan {
  transcript: TranscriptPlan;
  live: boolean;
}

/** The plans of all demo sessions, oldest first. */
export function demoPlans(cwd: string, now: number): DemoPlan[] {
  const tasks = [...SHOP_TASKS.map(([first]) => first), ...SHOP_TASKS.map(([, second]) => second)];
  const ids = new Random(20_260_101);
  return tasks.map((task, index) => {
    const live = index === tasks.length - 1;
    const place = index % SHOP_TASKS.length;
    const secondWeek = index >= SHOP_TASKS.length;
    const [day, slot] = WEEK[place] ?? WEEK[0];
    const random = new Random(index + 1);
    return {
      live,
      transcript: planFor(task, {
        seed: 1000 + place,
        sessionId: ids.uuid(),
        cwd,
        startedAt: slotTime(now - (secondWeek ? day : day + 7) * DAY, slot) + random.between(0, 15) * MINUTE,
        tokenScale: (secondWeek ? SECOND_WEEK_SCALE : 1) * random.factor(0.08),
      }),
    };
  });
}

function slotTime(day: number, slot: number): number {
  const [hour, minute] = SLOTS[slot] ?? SLOTS[0];
  return new Date(day).setHours(hour, minute, 0, 0);
}

function planFor(
  task: ShopTask,
  rest: Pick<TranscriptPlan, 'seed' | 'sessionId' | 'cwd' | 'startedAt' | 'tokenScale'>,
): TranscriptPlan {
  const { prompts, reads, edits, branch, size, stumbles = false, delegates = false } = task;
  return { ...rest, prompts, reads, edits, gitBranch: branch, stepsPerPrompt: 7 * size, stumbles, delegates };
}

/** The session moved in time so that its last record is of this moment. */
function endingAt(plan: TranscriptPlan, end: number): GeneratedTranscript {
  const { startedAt, lastActiveAt } = generateTranscript(plan).truth;
  return generateTranscript({ ...plan, startedAt: end - (lastActiveAt - startedAt) });
}

/** Writes a transcript where Claude Code would, with the times of its files. Returns the main file's path. */
export async function writeTranscript(
  claudeConfigDir: string,
  cwd: string,
  { lines, subagents, truth }: GeneratedTranscript,
): Promise<string> {
  const project = path.join(claudeConfigDir, 'projects', claudeSlug(cwd));
  await fs.mkdir(project, { recursive: true });
  const main = path.join(project, `${truth.sessionId}.jsonl`);
  const files = [[main, lines] as const];
  for (const [name, subagentLines] of subagents) {
    files.push([path.join(project, truth.sessionId, 'subagents', name), subagentLines]);
  }
  const when = new Date(truth.lastActiveAt);
  for (const [file, content] of files) {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content.map((line) => `${line}\n`).join(''));
    await fs.utimes(file, when, when);
  }
  return main;
}

/**
 * Sessions in bulk, for benchmarks: `count` transcripts of about `bytesEach` bytes (sizes vary as real ones do) in one project.
 * Returns what they hold.
 */
export async function writeSessionCorpus(options: {
  claudeConfigDir: string;
  cwd: string;
  count: number;
  bytesEach: number;
  now: number;
  seed?: number;
}): Promise<TranscriptTruth[]> {
  const ids = new Random(options.seed ?? 1);
  const tasks = SHOP_TASKS.flat();
  const truths: TranscriptTruth[] = [];
  for (let index = 0; index < options.count; index++) {
    const task = ids.pick(tasks);
    const size = ids.factor(0.7);
    const plan = planFor(task, {
      seed: ids.between(1, 2 ** 31),
      sessionId: ids.uuid(),
      cwd: options.cwd,
      startedAt: options.now - DAY - ids.between(0, 60 * 24 * 60) * MINUTE,
      tokenScale: 1,
    });
    // About 32 steps to a session. A tool's answer stands in its line twice; the rest of a step is about 3,000 bytes.
    const steps = Math.max(2, Math.round((20 * size) / plan.prompts.length));
    const resultChars = Math.max(50, Math.round((options.bytesEach / 32 - 3000) / 2));
    const generated = generateTranscript({ ...plan, stepsPerPrompt: steps, resultChars });
    await writeTranscript(options.claudeConfigDir, options.cwd, generated);
    truths.push(generated.truth);
  }
  return truths;
}
