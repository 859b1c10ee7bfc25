import { Random } from '../../scripts/demo/random';
import { BYTE_MUTATIONS } from './mutations/bytes';
import { JSON_MUTATIONS } from './mutations/json';
import { FILE_PLACES, FOLDER_PLACES } from './mutations/places';
import { SQLITE_MUTATIONS } from './mutations/sqlite';
import { samplesFor } from './samples';
import type { Files, Seed } from './seeds/seed';
import { zstdFrame, zstdRepeated } from './zstd';

/** What another program does to the victim's file between two accesses of the reader. */
export type Interference = 'append' | 'truncate' | 'delete' | 'rewrite' | 'replace' | 'folder';

/** One case: what it does and with which files, before anything is written. */
export interface Plan {
  /** Names of the mutations, for the report. */
  what: string[];
  /** The victim's files after the mutations of their bytes. */
  files: Files;
  /** The file that was changed. */
  target: string;
  /** A change of the file system after the files were written. */
  place?: { path: string; change: (path: string, random: Random) => void };
  /** The target comes in two parts, with a scan between them. */
  growsFrom?: number;
  interference?: { kind: Interference; at: number; bytes: Buffer };
  /** The victim itself must come out right, too: its bytes are whole in the end. */
  victimCounts: boolean;
  /** For what remains to be decided while the case runs. */
  random: Random;
}

export interface PlanOptions {
  seed: Seed;
  campaignSeed: number;
  number: number;
  /** Recorded sessions take part. */
  samples: boolean;
}

/** A repeatable source of chance for one case, whatever ran before it. */
function randomFor({ seed, campaignSeed, number }: PlanOptions): Random {
  let hash = campaignSeed ^ 0x9e3779b9;
  for (const unit of `${seed.name}:${number}`) {
    hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193);
  }
  const random = new Random(hash);
  random.next();
  return random;
}

export async function planCase(options: PlanOptions): Promise<Plan> {
  const { seed } = options;
  const random = randomFor(options);
  const files = new Map(await seed.make('victim'));
  const main = [...files.keys()].filter((name) => seed.main.test(name));
  const target = random.chance(0.75) ? random.pick(main) : random.pick([...files.keys()]);
  const what: string[] = [];
  const recorded = options.samples && main.includes(target) ? samplesFor(seed) : [];
  if (recorded.length > 0 && random.chance(0.35)) {
    files.set(target, random.pick(recorded));
    what.push('recorded');
  }
  const plan: Plan = { what, files, target, victimCounts: false, random };
  const way = random.next();
  if (way < 0.08) {
    planPlace(plan);
  } else if (way < 0.16) {
    await mutateSome(plan, random.between(0, 1));
    planInterference(plan);
  } else if (way < 0.26 && seed.appended && target.endsWith('.jsonl')) {
    planGrowth(plan);
  } else {
    await mutateSome(plan, random.pick([1, 1, 1, 2, 3]));
  }
  return plan;
}

function bytesOf({ files, target }: Plan): Buffer {
  return files.get(target) ?? Buffer.alloc(0);
}

async function mutateSome(plan: Plan, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const { target } = plan;
    if (target.endsWith('.db')) {
      await mutateDatabase(plan);
    } else if (target.endsWith('.zst')) {
      mutateZstd(plan);
    } else {
      mutateText(plan);
    }
  }
}

function mutateText(plan: Plan): void {
  const { random, files, target, what } = plan;
  const [name, mutate] = random.pick(
    Object.entries(random.chance(target.includes('.json') ? 0.5 : 0.1) ? JSON_MUTATIONS : BYTE_MUTATIONS),
  );
  files.set(target, mutate(bytesOf(plan), random, random.pick([...files.values()])));
  what.push(name);
}

async function mutateDatabase(plan: Plan): Promise<void> {
  const { random, files, target, what } = plan;
  const known = bytesOf(plan);
  const [name, mutate] = random.pick(Object.entries(SQLITE_MUTATIONS));
  const { database, wal } = known.length < 200 ? { database: known } : await mutate(known, random);
  files.set(target, database);
  if (wal) {
    files.set(`${target}-wal`, wal);
  }
  what.push(name);
}

/** Half of the changes happen to what was compressed, half to the compressed bytes. */
function mutateZstd(plan: Plan): void {
  const { random, files, target, what } = plan;
  const known = bytesOf(plan);
  const content = known.subarray(9, -3); // One raw block, as the seed writes it.
  const way = random.next();
  const mutations = Object.entries(random.chance(0.5) ? JSON_MUTATIONS : BYTE_MUTATIONS);
  if (way < 0.4) {
    const [name, mutate] = random.pick(mutations);
    files.set(target, zstdFrame(mutate(content, random, known)));
    what.push(`compressed ${name}`);
  } else if (way < 0.85) {
    const [name, mutate] = random.pick(Object.entries(BYTE_MUTATIONS));
    files.set(target, mutate(known, random, zstdFrame(content)));
    what.push(name);
  } else if (way < 0.95) {
    const byte = random.pick([0x0a, 0x20, 0x00, 0x61, 0x5b, 0x7b]);
    files.set(target, zstdFrame(random.chance(0.7) ? content : Buffer.alloc(0), { byte, bytes: 4 * 1024 * 1024 }));
    what.push('small bomb');
  } else {
    files.set(target, zstdRepeated(content, random.between(2, 300)));
    what.push('frames');
  }
}

function planPlace(plan: Plan): void {
  const { random, files, target, what } = plan;
  const folders = ownFolders([...files.keys()]);
  if (folders.length > 0 && random.chance(0.5)) {
    const [name, change] = random.pick(Object.entries(FOLDER_PLACES));
    plan.place = { path: random.pick(folders), change };
    what.push(`folder: ${name}`);
  } else {
    const [name, change] = random.pick(Object.entries(FILE_PLACES));
    plan.place = { path: target, change };
    what.push(`place: ${name}`);
  }
}

/** Folders that are the victim's alone. */
function ownFolders(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => {
    const parts = file.split('/');
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
  });
  const id = /victim|vic/;
  const last = (folder: string): string => folder.slice(folder.lastIndexOf('/') + 1);
  return [...new Set(folders)].filter((folder) => id.test(last(folder)) || /[0-9a-f]{8}-[0-9a-f]{4}/.test(folder));
}

function planInterference(plan: Plan): void {
  const { random, what } = plan;
  const kind = random.pick(['append', 'append', 'truncate', 'delete', 'rewrite', 'replace', 'folder'] as const);
  const bytes = bytesOf(plan);
  plan.interference = { kind, at: random.between(0, 40), bytes: bytes.subarray(0, random.between(0, bytes.length)) };
  what.push(`meanwhile: ${kind}`);
}

function planGrowth(plan: Plan): void {
  const { random, what } = plan;
  plan.victimCounts = what.length === 0;
  if (random.chance(0.4)) {
    mutateText(plan);
    plan.victimCounts = false;
  }
  plan.growsFrom = random.between(0, bytesOf(plan).length);
  what.push('grows');
}
