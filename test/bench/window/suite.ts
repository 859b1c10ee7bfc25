/**
 * Runs in an extension host, beside our extension and one that does nothing, neither of which starts by itself. Measures one
 * window start and leaves the figures as JSON in the file that AGENT_EXPERIMENTS_BENCH_RESULT names.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { AgentExperimentsApi } from '../../../src/api';

const OURS = 'agent-experiments.agent-experiments';
const NOTHING = 'agent-experiments-bench.nothing';
const SAMPLE_MS = 10;
const SETTLE_MS = 2000;
const DEADLINE_MS = 120_000;

/** Times in ms, memory in bytes. */
export interface WindowFigures {
  activateMs: number;
  nothingMs: number;
  /** From the call of `activate` to an announced change that shows all sessions. */
  filledMs: number;
  sessions: number;
  /** Longest time that the host's event loop stood still from activation to the filled tree and a little after. */
  longestBlockMs: number;
  /** The same by the processor time of the host's main thread, which leaves out what other programs took; 0 where not known. */
  longestOwnBlockMs: number;
  /** Longest block in the time before activation, by the clock: what the machine and the editor do by themselves. */
  idleBlockMs: number;
  /** The same by processor time. */
  idleOwnBlockMs: number;
  /** Of the process, with all its threads. */
  idleBytes: number;
  peakBytes: number;
}

export async function run(): Promise<void> {
  const expected = Number(process.env['AGENT_EXPERIMENTS_BENCH_SESSIONS']);
  const firstOurs = process.env['AGENT_EXPERIMENTS_BENCH_FIRST'] === 'ours';
  const idleLoop = watchLoop();
  await wait(SETTLE_MS);
  const idle = idleLoop.stop();
  const memory = watchMemory();
  await wait(200);
  memory.idleIsNow();
  let nothingMs = firstOurs ? 0 : await activate(NOTHING);
  const loop = watchLoop();
  const start = performance.now();
  const activateMs = await activate(OURS);
  const filled = await whenFilled(expected, start);
  await wait(SETTLE_MS / 2);
  const blocks = loop.stop();
  memory.stop();
  if (firstOurs) nothingMs = await activate(NOTHING);
  const figures: WindowFigures = {
    activateMs,
    nothingMs,
    ...filled,
    ...blocks,
    idleBlockMs: idle.longestBlockMs,
    idleOwnBlockMs: idle.longestOwnBlockMs,
    idleBytes: memory.idle,
    peakBytes: memory.peak,
  };
  writeFileSync(process.env['AGENT_EXPERIMENTS_BENCH_RESULT'] ?? '', JSON.stringify(figures));
}

async function activate(id: string): Promise<number> {
  const extension = vscode.extensions.getExtension(id);
  if (!extension || extension.isActive) throw new Error(`${id} ${extension ? 'is active already' : 'is not there'}`);
  const start = performance.now();
  await extension.activate();
  return performance.now() - start;
}

/** Shows the sessions and waits for the change that brings them. */
async function whenFilled(expected: number, start: number): Promise<Pick<WindowFigures, 'filledMs' | 'sessions'>> {
  const api = vscode.extensions.getExtension<AgentExperimentsApi>(OURS)?.exports;
  if (!api) throw new Error('our extension has no API');
  let changedAt = 0;
  const listening = api.onDidChange(() => (changedAt = performance.now()));
  void vscode.commands.executeCommand('agentExperiments.sessions.focus');
  try {
    for (let looked = 0; performance.now() - start < DEADLINE_MS;) {
      await wait(5);
      if (changedAt === looked) continue;
      looked = changedAt;
      const agents = (await api.sessions()).filter(({ agent }) => agent !== 'editor');
      if (agents.length >= expected) return { filledMs: changedAt - start, sessions: agents.length };
    }
  } finally {
    listening.dispose();
  }
  throw new Error('the sessions did not appear');
}

type ThreadClock = () => { user: number; system: number };

/** Watches for blocks of this thread's event loop, by the clock and by the processor time between two turns of a timer. */
function watchLoop(): { stop(): Pick<WindowFigures, 'longestBlockMs' | 'longestOwnBlockMs'> } {
  const threadClock = (process as { threadCpuUsage?: ThreadClock }).threadCpuUsage;
  const used = (): number => {
    const usage = threadClock?.();
    return usage ? (usage.user + usage.system) / 1000 : 0;
  };
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  let [before, longest] = [used(), 0];
  const timer = setInterval(() => {
    const now = used();
    longest = Math.max(longest, now - before);
    before = now;
  }, 1);
  return {
    stop: () => {
      delay.disable();
      clearInterval(timer);
      return { longestBlockMs: Math.max(0, delay.max / 1e6 - SAMPLE_MS), longestOwnBlockMs: longest };
    },
  };
}

function watchMemory(): { idle: number; peak: number; idleIsNow(): void; stop(): void } {
  const watched = {
    idle: 0,
    peak: 0,
    idleIsNow: (): void => {
      watched.idle = process.memoryUsage.rss();
    },
    stop: (): void => {
      clearInterval(timer);
    },
  };
  const timer = setInterval(() => {
    watched.peak = Math.max(watched.peak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  return watched;
}
