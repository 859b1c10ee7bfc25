import * as fs from 'node:fs';
import * as path from 'node:path';
import { fixturesFolder } from '../../scripts/support/fixtures';
import { WORKSPACE } from './seeds/seed';
import type { Seed } from './seeds/seed';

const TEXT = /\.(?:json|jsonl)$/;
/** Keys with which records name the folder that the agent worked in. */
const FOLDER = /"(cwd|directory|workspace|workspace_root)"\s*:\s*"(?:[^"\\]|\\.)*"/g;
const known = new Map<string, readonly Buffer[]>();

/**
 * Copies of recorded sessions that can stand where the seed keeps its own, with the campaign's workspace as their folder. None
 * where the recorded sessions, which are not part of this repository, are not at hand.
 */
export function samplesFor({ name, samples }: Seed): readonly Buffer[] {
  const found = known.get(name) ?? (samples ? load(path.join(fixturesFolder, samples.folder), samples.ending) : []);
  known.set(name, found);
  return found;
}

function load(folder: string, ending: string): Buffer[] {
  if (!fs.existsSync(folder)) {
    return [];
  }
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => {
      const bytes = fs.readFileSync(path.join(folder, file));
      return TEXT.test(file)
        ? Buffer.from(
            bytes.toString('latin1').replace(FOLDER, (_, key: string) => `"${key}":"${WORKSPACE}"`),
            'latin1',
          )
        : bytes;
    });
}
