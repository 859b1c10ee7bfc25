import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { decodeLines, encodeLine, type LookLine } from './lookLines';

/** A file per month; older ones than these are deleted, and one that is full takes nothing more. */
const MONTHS_KEPT = 24;
const MAX_FILE_BYTES = 2 * 1024 * 1024;

const MONTH_FILE = /^\d{4}-\d{2}\.jsonl$/;
const monthFile = (time: number): string => `${new Date(time).toISOString().slice(0, 7)}.jsonl`;

/**
 * The looks at one folder, of all windows, on the disk. It cannot be made again: what was on disk at an earlier time is told
 * nowhere else. Several processes add to one file, each line in one write at its end; nothing in it is ever changed.
 */
export class LookLog {
  private readonly folder: string;
  private readonly read = new Map<string, { size: number; lines: LookLine[] }>();

  constructor(storage: string, workspaceFolder: string) {
    this.folder = path.join(storage, createHash('sha256').update(workspaceFolder).digest('hex').slice(0, 32));
  }

  /** All that is there, and whether it is more than at the last call. */
  lines(): { lines: LookLine[]; grown: boolean } {
    let grown = false;
    const names = this.names();
    for (const name of names) {
      const file = path.join(this.folder, name);
      const { size } = fs.statSync(file);
      if (this.read.get(name)?.size === size) continue;
      grown = true;
      this.read.set(name, { size, lines: decodeLines(fs.readFileSync(file, 'utf8')) });
    }
    return { lines: names.flatMap((name) => this.read.get(name)?.lines ?? []), grown };
  }

  /** Adds lines at the end of this month's file. False where it is full. */
  add(lines: readonly LookLine[], now: number): boolean {
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.folder, monthFile(now));
    const text = lines.map(encodeLine).join('');
    if (sizeOf(file) + text.length > MAX_FILE_BYTES) return false;
    if (sizeOf(file) === 0) this.deleteOld();
    fs.appendFileSync(file, text, { mode: 0o600 });
    return true;
  }

  private deleteOld(): void {
    for (const name of this.names().slice(0, -MONTHS_KEPT)) {
      fs.rmSync(path.join(this.folder, name), { force: true });
      this.read.delete(name);
    }
  }

  /** Oldest first. */
  private names(): string[] {
    try {
      return fs
        .readdirSync(this.folder)
        .filter((name) => MONTH_FILE.test(name))
        .sort();
    } catch {
      return [];
    }
  }
}

function sizeOf(file: string): number {
  try {
    return fs.statSync(file).size;
  } catch {
    return 0;
  }
}
