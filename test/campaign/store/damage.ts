import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Random } from '../../../scripts/demo/random';
import { StoreError } from '../../../src/store/errors';
import { DATABASE_NAME, FileStore } from '../../../src/store/fileStore';
import { author, loadWasm, sampleExperiment, tag } from '../../unit/store/support/fixture';

export interface DamageTotals {
  files: number;
  /** Read-only, and left as they were, byte for byte. */
  readOnly: number;
  /** Every row as it was, in spite of the damage. */
  correct: number;
  problems: string[];
}

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

const flip =
  (count: number): Damage =>
  (bytes, random) => {
    const damaged = Uint8Array.from(bytes);
    for (let n = 0; n < count; n += 1) {
      const at = random.between(0, bytes.length - 1);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random.between(0, 7));
    }
    return damaged;
  };

const DAMAGES: readonly (readonly [string, Damage])[] = [
  ['a flipped bit', flip(1)],
  ['flipped bits', flip(20)],
  ['cut', (bytes, random) => bytes.slice(0, random.between(0, bytes.length - 1))],
  [
    'zeroed',
    (bytes, random) => {
      const from = random.between(0, bytes.length - 1);
      return Uint8Array.from(bytes).fill(0, from, from + random.between(1, 5_000));
    },
  ],
  [
    'noise',
    (bytes, random) => {
      const from = random.between(0, bytes.length - 1);
      return Uint8Array.from(bytes, (byte, at) => (at >= from && at < from + 600 ? random.between(0, 255) : byte));
    },
  ],
  [
    'a page of another place',
    (bytes, random) => {
      const damaged = Uint8Array.from(bytes);
      const pages = Math.max(1, Math.floor(bytes.length / 4096));
      const from = random.between(0, pages - 1) * 4096;
      damaged.set(bytes.subarray(from, from + 4096), random.between(0, pages - 1) * 4096);
      return damaged;
    },
  ],
];

/** Damages a sound file, or an entry of its journal, in one way each time, and asks a new store about it. */
export async function runDamage(seed: number, files: number): Promise<DamageTotals> {
  const random = new Random(seed);
  const totals: DamageTotals = { files: 0, readOnly: 0, correct: 0, problems: [] };
  const folder = mkdtempSync(path.join(tmpdir(), 'experiments-damage-'));
  const options = { folder, loadWasm, now: () => 1, journal: { fileBytes: 0 } };
  try {
    const store = new FileStore(options);
    await store.save(sampleExperiment());
    await store.transition('e1', 'start');
    for (let n = 0; n < 40; n += 1) await store.apply(tag(`file ${n}`, 'Control'), author);
    await store.compact();
    for (let n = 0; n < 12; n += 1) await store.apply(tag(`entry ${n}`, 'Treatment'), author);
    const expected = await rowsOf(store);
    const sound = contentOf(folder);
    for (; totals.files < files; totals.files += 1) {
      const inFile = random.chance(0.6);
      const name = inFile ? DATABASE_NAME : random.pick([...sound.keys()].filter((one) => one.endsWith('.entry')));
      const [how, damage] = random.pick(DAMAGES);
      const damaged = new Map(sound).set(name, damage(sound.get(name) ?? new Uint8Array(), random));
      restore(folder, damaged);
      const problem = await judgeDamage(new FileStore(options), folder, { expected, damaged, totals });
      if (problem !== undefined) totals.problems.push(`file ${totals.files}, ${how} in ${name}: ${problem}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return totals;
}

function restore(folder: string, content: ReadonlyMap<string, Uint8Array>): void {
  for (const name of readdirSync(path.join(folder, 'journal'))) rmSync(path.join(folder, 'journal', name));
  for (const [name, bytes] of content) writeFileSync(path.join(folder, name), bytes);
}

function contentOf(folder: string): Map<string, Uint8Array> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile());
  return new Map(files.map((name) => [name, Uint8Array.from(readFileSync(path.join(folder, name)))]));
}

async function rowsOf(store: FileStore): Promise<unknown> {
  const { experiments, tags } = await store.read();
  return { experiments, tags, history: await store.history('e1') };
}

interface Expectation {
  expected: unknown;
  damaged: ReadonlyMap<string, Uint8Array>;
  totals: DamageTotals;
}

async function judgeDamage(store: FileStore, folder: string, given: Expectation): Promise<string | undefined> {
  const { status } = await store.read();
  if (status.kind === 'ready') {
    given.totals.correct += 1;
    return isDeepStrictEqual(await rowsOf(store), given.expected) ? undefined : 'other rows, and not a word';
  }
  given.totals.readOnly += 1;
  const fault = await store.apply(tag('new', 'Control'), author).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(fault instanceof StoreError) || fault.code !== 'readOnly') return `a write ended with ${String(fault)}`;
  store.dispose();
  return isDeepStrictEqual(contentOf(folder), new Map([...given.damaged].sort())) ? undefined : 'it was written';
}
