import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installOnce } from '../../scripts/editor/installOnce';
import { cacheFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';
import { AGENT_NAMES, type AgentName, type AgentPrograms, type Program } from './support/programs';

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

interface Source {
  /** The folder in the cache. */
  folder: string;
  packages: readonly string[];
  /** The program in an installed folder; undefined when it is not there. */
  program(folder: string): Program | undefined;
}

const inFolder = (folder: string, ...parts: string[]): string => path.join(folder, 'node_modules', ...parts);
const existing = (command: string): Program | undefined => (existsSync(command) ? { command, args: [] } : undefined);

/** Pinned, because each version writes its sessions in its own way: a new one is tried on purpose. */
const SOURCES: Record<AgentName, Source> = {
  codex: {
    folder: `codex-0.169.0-${platform}`,
    packages: ['@openai/codex@0.169.0', `@openai/codex-${platform}@npm:@openai/codex@0.169.0-${platform}`],
    program: (folder) => {
      const vendor = inFolder(folder, '@openai', `codex-${platform}`, 'vendor');
      const [target] = existsSync(vendor) ? readdirSync(vendor) : [];
      return target === undefined ? undefined : existing(path.join(vendor, target, 'bin', 'codex'));
    },
  },
  opencode: {
    folder: `opencode-1.18.33-${platform}`,
    packages: [`opencode-${platform}@1.18.33`],
    program: (folder) => existing(inFolder(folder, `opencode-${platform}`, 'bin', 'opencode')),
  },
  gemini: {
    folder: 'gemini-cli-0.61.0',
    packages: ['@google/gemini-cli@0.61.0'],
    // It runs on Node 20 and later, so on this one.
    program: (folder) => {
      const main = inFolder(folder, '@google', 'gemini-cli', 'bundle', 'gemini.js');
      return existsSync(main) ? { command: process.execPath, args: [main] } : undefined;
    },
  },
};

/** Installs the agents from the npm registry into the cache, once. One that cannot be had is told of, loudly, and left out. */
export async function installAgents(): Promise<AgentPrograms> {
  const programs: AgentPrograms = {};
  for (const name of AGENT_NAMES) {
    try {
      programs[name] = await installAgent(SOURCES[name]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      console.warn(`\n!!! SKIPPED: the tests with the real ${name}. It could not be installed: ${reasonIn(why)}\n`);
    }
  }
  return programs;
}

/** npm gives the reason first, then advice. */
function reasonIn(text: string): string {
  const lines = text.split('\n');
  const errors = lines.filter((line) => line.startsWith('npm error'));
  return (errors.length > 0 ? errors : lines).slice(0, 3).join('; ');
}

async function installAgent(source: Source): Promise<Program> {
  const folder = path.join(cacheFolder(), source.folder);
  await installOnce(folder, async (temporary) => {
    console.log(`Installing ${source.packages.join(' and ')} into ${folder}`);
    await writeFile(path.join(temporary, 'package.json'), '{"private":true}\n');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runOrThrow(npm, ['install', '--prefix', temporary, ...source.packages, ...quiet], { cwd: temporary });
    if (source.program(temporary) === undefined) {
      throw new Error(`${source.packages.join(' and ')} brought no program for ${platform}`);
    }
  });
  const program = source.program(folder);
  if (program === undefined) {
    throw new Error(`the program is missing in ${folder}; remove that folder to install it anew`);
  }
  return program;
}
