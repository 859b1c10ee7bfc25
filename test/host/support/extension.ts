import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type {
  AgentExperimentsApi,
  DrawResult,
  Experiment,
  ExperimentInput,
  ExportResult,
  HookFileResult,
  HookTestResult,
  ImportResult,
  RestoreResult,
  SalvageResult,
  TagResult,
} from '../../../src/api';
import type { SelfCheckResult } from '../../../src/domain/selfCheck';
import type { HistoryEntry } from '../../../src/domain/tags';
import { EXTENSION_ID } from './environment';

/** The extension as another program meets it: its API and its commands, with their promised types. */

export async function api(): Promise<AgentExperimentsApi> {
  const extension = vscode.extensions.getExtension<AgentExperimentsApi>(EXTENSION_ID);
  assert.ok(extension, `${EXTENSION_ID} is not installed`);
  return extension.activate();
}

interface Results {
  newExperiment: Experiment;
  startExperiment: Experiment;
  concludeExperiment: Experiment;
  archiveExperiment: Experiment;
  tagControl: TagResult;
  tagTreatment: TagResult;
  tagExcluded: TagResult;
  retagSession: TagResult;
  untagSession: TagResult;
  exportReport: string;
  checkFalseAlarms: SelfCheckResult & { message: string };
  showHistory: HistoryEntry[];
  markSucceeded: string;
  markFailed: string;
  clearOutcome: undefined;
  openTranscript: undefined;
  selectExperiment: undefined;
  selectSession: undefined;
  openReport: undefined;
  installHook: HookFileResult[];
  removeHook: HookFileResult[];
  testHook: HookTestResult[];
  drawVariant: DrawResult;
  unblind: Experiment;
  refresh: undefined;
  importDatabase: ImportResult;
  exportDatabase: ExportResult;
  restoreBackup: RestoreResult;
  salvageDatabase: SalvageResult;
}

export function run<K extends keyof Results>(command: K, argument: unknown): Promise<Results[K]> {
  return Promise.resolve(vscode.commands.executeCommand<Results[K]>(`agentExperiments.${command}`, argument));
}

export const sampleInput = (name: string): ExperimentInput => ({
  name,
  hypothesis: 'Less to read, fewer tokens',
  changeDescription: 'The rules file is cut to 60 lines',
  metric: 'TokensPerSession',
  durationDays: 14,
  binding: { kind: 'ManualTag' },
  successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -15 },
});

export async function newRunning(name: string): Promise<Experiment> {
  const { id } = await run('newExperiment', sampleInput(name));
  return run('startExperiment', { experimentId: id });
}

/** Asks until the answer satisfies the check; fails with the last answer after the deadline. */
export async function eventually<T>(ask: () => Promise<T> | T, good: (answer: T) => boolean, what: string): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > deadline) assert.fail(`${what}: still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Records the warnings that the extension shows, instead of showing them; `answer` is the button that is pressed. Undefined where
 * the tests do not share the extension's own `vscode` object, which is so for an installed extension.
 */
export function captureWarnings(answer?: string): { warnings: string[]; restore: () => void } | undefined {
  const extension = vscode.extensions.getExtension(EXTENSION_ID);
  if (extension === undefined || !__dirname.startsWith(extension.extensionPath)) return undefined;
  const original = vscode.window.showWarningMessage;
  const warnings: string[] = [];
  const capture = (message: string): Promise<string | undefined> => {
    warnings.push(message);
    return Promise.resolve(answer);
  };
  Object.assign(vscode.window, { showWarningMessage: capture });
  return { warnings, restore: () => Object.assign(vscode.window, { showWarningMessage: original }) };
}
