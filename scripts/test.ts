/**
 * Runs every check and every test, or the stages that are named, repeats what failed, and adds up what they did. The last line is
 * `N passed, N failed`; the exit code is 0 only when nothing failed and every stage ran something.
 *
 *   tsx scripts/test.ts [STAGE…]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectFolder } from './editor/paths';
import { add, countsEnvironment, describeCounts, isGood, NONE, readCounts, type Counts } from './support/counts';
import { runMain } from './support/main';
import { vsixPath } from './support/vsix';

interface Stage {
  name: string;
  /** Arguments of Node. */
  command: string[];
  /** A check counts as one test, by its exit code; tests count themselves. */
  kind: 'check' | 'tests';
  /** The stage that makes what this one works on. */
  needs?: string;
}

const bin = (...parts: string[]): string => path.join('node_modules', ...parts);
const typescript = ['--import', 'tsx'];

const STAGES: readonly Stage[] = [
  { name: 'format', kind: 'check', command: [bin('prettier', 'bin', 'prettier.cjs'), '--check', '.'] },
  { name: 'lint', kind: 'check', command: [bin('eslint', 'bin', 'eslint.js'), '--max-warnings=0', '.'] },
  { name: 'types', kind: 'check', command: [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'] },
  {
    name: 'page-types',
    kind: 'check',
    command: [bin('typescript', 'bin', 'tsc'), '-p', 'src/webview/browser/tsconfig.json'],
  },
  { name: 'build', kind: 'check', command: ['scripts/build.mjs'] },
  { name: 'unit', kind: 'tests', command: [...typescript, 'test/run.ts', 'unit'] },
  { name: 'corpus', kind: 'tests', command: [...typescript, 'test/run.ts', 'corpus'] },
  { name: 'vsix', kind: 'check', command: [bin('@vscode', 'vsce', 'vsce'), 'package', '--no-dependencies'] },
  { name: 'package', kind: 'tests', command: [...typescript, 'test/run.ts', 'package'], needs: 'vsix' },
  { name: 'page', kind: 'tests', command: [...typescript, 'test/page/run.ts'], needs: 'build' },
  { name: 'host', kind: 'tests', command: [...typescript, 'test/host/run.ts'], needs: 'build' },
  {
    name: 'host-vsix',
    kind: 'tests',
    command: [...typescript, 'test/host/run.ts', `--vsix=${vsixPath()}`],
    needs: 'vsix',
  },
  { name: 'windows', kind: 'tests', command: [...typescript, 'test/host/twoWindows.ts'], needs: 'build' },
  { name: 'agents', kind: 'tests', command: [...typescript, 'test/agents/run.ts'], needs: 'build' },
  { name: 'e2e', kind: 'tests', command: [...typescript, 'test/e2e/run.ts'], needs: 'build' },
  { name: 'demo', kind: 'tests', command: [...typescript, 'scripts/demo/demo.ts', '--check'] },
];

interface Outcome {
  stage: Stage;
  counts: Counts;
  seconds: number;
}

runMain(async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agentx-counts-'));
  const outcomes: Outcome[] = [];
  try {
    for (const stage of chosenStages(process.argv.slice(2))) {
      console.log(`\n=== ${stage.name}`);
      const outcome = await runStage(stage, path.join(folder, stage.name));
      outcomes.push(outcome);
      console.log(`=== ${describe(outcome)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const total = outcomes.map(({ counts }) => counts).reduce(add, NONE);
  for (const { stage, counts } of outcomes) {
    for (const failure of counts.failures) console.log(`\nFAILED in ${stage.name}: ${failure}`);
  }
  console.log(`\n${outcomes.map(describe).join('\n')}\n`);
  console.log(describeCounts({ ...total, skipped: 0 }));
  return isGood(total) ? 0 : 1;
});

/** The named stages with what they need before them; all when none is named. */
function chosenStages(names: readonly string[]): Stage[] {
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    throw new Error(`Not a stage: ${unknown.join(', ')}. Stages: ${STAGES.map(({ name }) => name).join(', ')}.`);
  }
  if (names.length === 0) {
    return [...STAGES];
  }
  const wanted = new Set(names);
  for (const { name, needs } of STAGES) {
    if (names.includes(name) && needs !== undefined) {
      wanted.add(needs);
    }
  }
  return STAGES.filter(({ name }) => wanted.has(name));
}

async function runStage(stage: Stage, countsFile: string): Promise<Outcome> {
  const start = Date.now();
  const code = await runNode(stage.command, countsFile);
  const counts = countsOf(stage, code, readCounts(countsFile));
  return { stage, counts, seconds: Math.round((Date.now() - start) / 1000) };
}

function countsOf({ kind }: Stage, code: number, counts: Counts): Counts {
  const { passed, failures, skipped } = counts;
  if (code !== 0 && failures.length === 0) return add(counts, { ...NONE, failures: [`ended with code ${code}`] });
  if (kind === 'check' && code === 0) return { ...NONE, passed: 1 };
  return passed + failures.length + skipped === 0 ? { ...NONE, failures: ['ran no test'] } : counts;
}

function runNode(args: readonly string[], countsFile: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: projectFolder,
      env: countsEnvironment(countsFile),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

function describe({ stage, counts, seconds }: Outcome): string {
  return `${stage.name.padEnd(10)} ${describeCounts(counts)} (${seconds} s)`;
}
