import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';

const VERSION = '20.0.24';

export interface Ccusage {
  /** Ms of wall time. */
  ms: number;
  tokens: { input: number; output: number; cacheRead: number; cacheWrite: number };
}

/** Installs ccusage, a native program, into the cache folder, and returns its path. */
export async function installCcusage(): Promise<string> {
  const folder = path.join(cacheFolder(), 'bench', `ccusage-${VERSION}`);
  const native = `@ccusage/ccusage-${process.platform}-${process.arch}`;
  const program = path.join(folder, 'node_modules', ...native.split('/'), 'bin', 'ccusage');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const packages = [`ccusage@${VERSION}`, `${native}@${VERSION}`];
    await runOrThrow('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', ...packages]);
    await runOrThrow('chmod', ['755', program]);
  }
  return path.join(folder, 'node_modules', '.bin', 'ccusage');
}

/** Runs `ccusage AGENT session --json --offline` on the folder that the environment variables name. */
export async function runCcusage(
  program: string,
  agent: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ccusage> {
  const start = performance.now();
  const output = await runOrThrow(program, [agent, 'session', '--json', '--offline'], {
    env: { ...process.env, ...environment },
  });
  const ms = performance.now() - start;
  const { totals } = JSON.parse(output) as { totals: Record<string, number> };
  const of = (name: string): number => totals[name] ?? NaN;
  return {
    ms,
    tokens: {
      input: of('inputTokens'),
      output: of('outputTokens'),
      cacheRead: of('cacheReadTokens'),
      cacheWrite: of('cacheCreationTokens'),
    },
  };
}
