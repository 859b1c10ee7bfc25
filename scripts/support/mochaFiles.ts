import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { projectFolder } from '../editor/paths';
import type { Counts } from './counts';
import { runMocha } from './runMocha';

export interface MochaOptions {
  /** Relative to the project's folder. */
  folder: string;
  ending: string;
  /** Only files whose path contains this. */
  filter?: string | undefined;
  timeoutMs: number;
}

/** Runs every test file of a folder in this process. None found is an error, as is `.only`. */
export async function runMochaFiles(options: MochaOptions): Promise<Counts> {
  const folder = path.join(projectFolder, options.folder);
  const files = (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [])
    .filter((file) => file.endsWith(options.ending) && file.includes(options.filter ?? ''))
    .sort();
  if (files.length === 0) {
    throw new Error(`No *${options.ending} in ${options.folder} has "${options.filter ?? ''}" in its path.`);
  }
  const mocha = new Mocha({ ui: 'bdd', forbidOnly: true, timeout: options.timeoutMs, reporter: 'spec' });
  for (const file of files) {
    mocha.addFile(path.join(folder, file));
  }
  await mocha.loadFilesAsync();
  const counts = await runMocha(mocha);
  console.log(`${files.length} test files`);
  return counts;
}
