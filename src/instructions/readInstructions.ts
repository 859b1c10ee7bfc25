import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { contentDigest, fingerprintOf, type InstructionFiles } from './fingerprint';
import { FIRST_NAMES, isInstructionFile, mayHoldInstructions } from './instructionPaths';

/** More than this is no set of instructions; nothing is said of it then. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 5_000;
const MAX_FILES = 1_000;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** Someone may be writing while we read. */
const ATTEMPTS = 3;
/** A file may change within one tick of the file system's clock and keep its time. */
const TICK_MS = 2_000;

/** The instruction files of a folder at one moment. */
export interface InstructionState {
  fingerprint: string;
  files: InstructionFiles;
}

/** A look at a folder: see `InstructionLook`. */
export interface InstructionReading extends InstructionState {
  at: number;
  untouchedSince: number;
  rootSince: number;
}

/** What cannot be read in full has no fingerprint. */
class Unreadable extends Error {}

/** What was read of files before, by their path: a file that is the same one, as the file system tells, is not read again. */
export type ReadBefore = Map<string, { mark: string; digest: string; readAt: number }>;

/** Reads the instruction files of a folder. Throws Error, with the reason, where there is no knowing all of them. */
export async function readInstructions(
  folder: string,
  now: () => number,
  before: ReadBefore = new Map(),
): Promise<InstructionReading> {
  for (let attempt = 1; ; attempt += 1) {
    const at = now();
    const walk = new Walk(await realpath(folder), now, before);
    await walk.run();
    const { files, untouchedSince, rootSince } = walk;
    // What changed since then was perhaps seen, and perhaps not.
    if (!walk.changedSince(at)) {
      return { at, fingerprint: fingerprintOf(files), files, untouchedSince, rootSince };
    }
    if (attempt === ATTEMPTS) throw new Unreadable('the files change while they are read');
  }
}

class Walk {
  readonly files: Record<string, string> = {};
  untouchedSince = 0;
  rootSince = 0;
  private entries = 0;
  private bytes = 0;

  constructor(
    private readonly root: string,
    private readonly now: () => number,
    private readonly before: ReadBefore,
  ) {}

  async run(): Promise<void> {
    this.rootSince = changedAt(await stat(this.root, { bigint: true }));
    for (const name of FIRST_NAMES) await this.visit(name, path.join(this.root, name), []);
  }

  /** Whether something changed since, and does not only seem so because of a clock that is ahead. */
  changedSince(at: number): boolean {
    const latest = Math.max(this.untouchedSince, this.rootSince);
    return latest > at && latest <= this.now() + TICK_MS;
  }

  /** `at` is relative to the root, `real` where it lies. `above`: the real folders on the way, so that no link leads in a circle. */
  private async visit(at: string, real: string, above: readonly string[]): Promise<void> {
    const isFile = isInstructionFile(at);
    const isFolder = mayHoldInstructions(at);
    if (!isFile && !isFolder) return;
    this.entries += 1;
    if (this.entries > MAX_ENTRIES) throw new Unreadable('too many files');
    const found = await orMissing(lstat(real, { bigint: true }));
    if (found === undefined) return;
    this.touched(found);
    if (!found.isSymbolicLink()) {
      await this.take(at, real, found, above);
      return;
    }
    const target = await orMissing(realpath(real));
    if (target === undefined) return;
    if (isBelow(this.root, target)) {
      const behind = await orMissing(stat(target, { bigint: true }));
      if (behind !== undefined) await this.take(at, target, behind, above);
    } else if (isFile) {
      // What lies outside the folder is not read; that the link leads there counts.
      const link = `link ${await readlink(real)}`;
      this.files[at] = createHash('sha256').update(link).digest('hex');
    }
  }

  private async take(at: string, real: string, found: BigIntStats, above: readonly string[]): Promise<void> {
    this.touched(found);
    if (found.isDirectory() && mayHoldInstructions(at)) {
      if (above.includes(real)) return;
      if (above.length >= MAX_DEPTH) throw new Unreadable(`too deep: ${at}`);
      for (const name of (await orMissing(readdir(real))) ?? []) {
        await this.visit(`${at}/${name}`, path.join(real, name), [...above, real]);
      }
    } else if (found.isFile() && isInstructionFile(at)) {
      if (Object.keys(this.files).length >= MAX_FILES) throw new Unreadable('too many files');
      const digest = await this.digestOf(real, found);
      if (digest !== undefined) this.files[at] = digest;
    }
  }

  private async digestOf(file: string, found: BigIntStats): Promise<string | undefined> {
    this.bytes += Number(found.size);
    if (found.size > MAX_FILE_BYTES || this.bytes > MAX_BYTES) throw new Unreadable(`too long: ${file}`);
    const known = this.before.get(file);
    if (known?.mark === markOf(found) && changedAt(found) < known.readAt - TICK_MS) return known.digest;
    const readAt = this.now();
    const handle = await orMissing(open(file, 'r'));
    if (handle === undefined) return undefined;
    try {
      const content = await handle.readFile();
      const after = await handle.stat({ bigint: true });
      this.touched(after);
      const digest = contentDigest(content);
      this.before.set(file, { mark: markOf(after), digest, readAt });
      return digest;
    } finally {
      await handle.close();
    }
  }

  private touched(found: BigIntStats): void {
    this.untouchedSince = Math.max(this.untouchedSince, changedAt(found));
  }
}

/** A file can be given any time of its last writing; when it was changed in any way is the system's own (if it keeps that). */
const changedAt = ({ ctimeMs, mtimeMs }: BigIntStats): number => Number(ctimeMs > 0n ? ctimeMs : mtimeMs);

const markOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');

function isBelow(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..';
}

async function orMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
