import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ExperimentInput } from '../../src/api';
import { drawing } from '../../src/assignment/drawing';
import { createExperiment } from '../../src/domain/experiment';
import { FileStore } from '../../src/store/fileStore';
import { writeTranscript } from './claudeSessions';
import { generateTranscript } from './claudeTranscript';
import { Random } from './random';
import { SHOP_TASKS } from './shopTasks';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** A seed is drawn by chance; the demo's is the same each time. */
const DEMO_SEED = '2026'.repeat(16);
const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');

interface DemoExperiment {
  name: string;
  hypothesis: string;
  changeDescription: string;
  /** Sessions per variant. */
  perVariant: number;
  /** What the change truly does to the tokens of a session. */
  ratio: number;
  /** Percent of change. */
  target: number;
  /** How much the tokens of two equal tasks differ by chance. */
  spread: number;
  /** Days ago. */
  began: number;
  /** The text that Treatment gets, where the tool draws; else a person tags, in turn. */
  drawnText?: string;
  /** What its report says at the top. */
  heading: RegExp;
  picture: string;
}

/** A clear gain, nothing there, and a harm. */
export const DEMO_EXPERIMENTS: readonly DemoExperiment[] = [
  {
    name: 'Explain every step',
    hypothesis: 'With an explanation before each step, less has to be done again',
    changeDescription: 'CLAUDE.md asks for a paragraph before and after every edit',
    perVariant: 22,
    ratio: 1.75,
    target: -15,
    spread: 0.2,
    began: 80,
    heading: /Drop the change/,
    picture: 'harm',
  },
  {
    name: 'Politer prompts',
    hypothesis: 'An agent that is asked kindly needs fewer attempts',
    changeDescription: 'Prompts begin with “please” and end with “thank you”',
    perVariant: 48,
    ratio: 1,
    target: -25,
    spread: 0.12,
    began: 62,
    heading: /Not worth it/,
    picture: 'nothing',
  },
  {
    name: 'Shorter CLAUDE.md',
    hypothesis: 'Less is read before every task, so fewer tokens are used',
    changeDescription: 'The rules are cut from nine lines to two',
    drawnText: 'Rules: run the tests before you are done. Change nothing that the task does not need.',
    perVariant: 26,
    ratio: 0.5,
    target: -15,
    spread: 0.2,
    began: 34,
    heading: /Keep the change/,
    picture: 'win',
  },
];

export interface DemoExperimentsOptions {
  claudeConfigDir: string;
  workspaceFolder: string;
  /** The extension's global storage folder. */
  storage: string;
  /** ms since the epoch. */
  now: number;
}

/**
 * Three experiments with their sessions, stored as the extension does it: each session is drawn when it starts, or tagged while it
 * runs, Control and Treatment in turn on tasks of the same size. The same for every call but for the times. Returns the number of
 * sessions.
 */
export async function writeDemoExperiments(options: DemoExperimentsOptions): Promise<number> {
  const { claudeConfigDir, storage, now } = options;
  const cwd = await realpath(options.workspaceFolder);
  let clock = now;
  const store = new FileStore({ folder: storage, loadWasm: () => readFile(wasm), now: () => clock });
  const author = { who: 'demo', via: 'program', window: 'demo' } as const;
  const random = new Random(2026);
  let sessions = 0;
  for (const [place, experiment] of DEMO_EXPERIMENTS.entries()) {
    const id = `demo-${place + 1}`;
    const began = now - experiment.began * DAY;
    clock = began;
    await store.save(createExperiment({ id, now: clock, input: inputOf(experiment, cwd) }));
    await store.transition(id, 'start');
    for (let index = 0; index < 2 * experiment.perVariant; index++) {
      const sessionId = random.uuid();
      const startedAt = began + HOUR + Math.floor(index / 4) * DAY + (index % 4) * 2 * HOUR;
      let variant = index % 2 === 0 ? ('Control' as const) : ('Treatment' as const);
      if (experiment.drawnText !== undefined) {
        clock = startedAt;
        const start = { agent: 'claude-code', sessionId, folder: cwd, begins: true, source: 'hook' } as const;
        const [drawn] = await store.assign(start, { ...drawing, newSeed: () => DEMO_SEED });
        if (drawn === undefined) throw new Error(`${experiment.name} draws nothing`);
        await store.delivered([drawn.assignment]);
        ({ variant } = drawn.assignment);
      }
      const pair = SHOP_TASKS[Math.floor(index / 2) % SHOP_TASKS.length] ?? SHOP_TASKS[0];
      const task = pair?.[index % 2] ?? SHOP_TASKS[0]?.[0];
      if (task === undefined) continue;
      const generated = generateTranscript({
        seed: 5000 + Math.floor(index / 2),
        sessionId,
        cwd,
        gitBranch: task.branch,
        startedAt,
        prompts: task.prompts,
        reads: task.reads,
        edits: task.edits,
        stepsPerPrompt: 4 * task.size,
        tokenScale: random.factor(experiment.spread) * (variant === 'Treatment' ? experiment.ratio : 1),
      });
      await writeTranscript(claudeConfigDir, cwd, generated);
      if (experiment.drawnText === undefined) {
        clock = startedAt + 60_000;
        await store.apply({ action: 'tag', experimentId: id, sessionId, variant }, author);
      }
      sessions += 1;
    }
  }
  store.dispose();
  return sessions;
}

function inputOf(
  { name, hypothesis, changeDescription, perVariant, target, drawnText }: DemoExperiment,
  cwd: string,
): ExperimentInput {
  return {
    name,
    hypothesis,
    changeDescription,
    metric: 'TokensPerSession',
    durationDays: 14,
    binding: { kind: 'ManualTag' },
    successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: target },
    workspace: pathToFileURL(cwd).toString(),
    plannedPerVariant: perVariant,
    ...(drawnText === undefined ? {} : { randomised: { treatmentText: drawnText } }),
  };
}
