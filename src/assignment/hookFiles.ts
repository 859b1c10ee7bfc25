import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import {
  hookState,
  planInstall,
  planRemove,
  type HookState,
  type SettingsPlan,
  type SettingsProblem,
} from './hookSettings';
import type { HookTarget } from './hookTargets';

/** What was changed in a settings file, so that just that can be taken back. */
interface Installed {
  file: string;
  /** False where our installing made the file. */
  existed: boolean;
  /** Folders that installing made, the innermost last. */
  folders: string[];
  /** The part of the file that was replaced, and what stands there since. */
  before: string;
  after: string;
  /** A copy of the file as it was. */
  backup?: string;
  at: number;
}

/** A settings file before and after, to be shown before anything is written. */
export type FileChange =
  | { ok: true; target: HookTarget; before: string | undefined; after: string | undefined; changed: boolean }
  | { ok: false; target: HookTarget; problem: SettingsProblem | 'unreadable' | 'shared'; detail: string };

const LARGEST_SETTINGS = 4 * 1024 * 1024;

export interface HookFilesOptions {
  /** The extension's global storage. */
  storage: string;
  now: () => number;
}

/**
 * Names our program in the settings of agents and takes it out again. What is shown by `planInstall` and `planRemove` is what
 * `write` does, unless the file has changed in between: then it is refused.
 */
export class HookFiles {
  private readonly folder: string;
  private readonly records: string;

  constructor(private readonly options: HookFilesOptions) {
    this.folder = path.join(options.storage, 'hooks');
    this.records = path.join(this.folder, 'installed.json');
  }

  state(target: HookTarget, command: string): HookState | 'unreadable' {
    const read = readSettings(target.file);
    return read.ok ? hookState(read.text, command) : 'unreadable';
  }

  planInstall(target: HookTarget, command: string): FileChange {
    return plan(target, (text) => planInstall(text, target.agent, command));
  }

  planRemove(target: HookTarget): FileChange {
    const installed = this.installed(target.file);
    return plan(target, (text) => {
      if (text === undefined) return { ok: true, text, changed: false };
      const back = installed && takeBack(text, installed);
      return back ?? planRemove(text);
    });
  }

  /** Throws what the file system says, and Error where the file is not what the plan saw. */
  write(change: FileChange): void {
    if (!change.ok) throw new Error(change.detail);
    const { target, before, after } = change;
    if (!change.changed) return;
    const now = readSettings(target.file);
    if (!now.ok || now.text !== before) throw new Error(`${target.file} has changed meanwhile`);
    const known = this.installed(target.file);
    if (after === undefined || hookState(after, '') === 'missing') this.remove(target.file, after, known);
    else this.install(target.file, before, after, known);
  }

  private install(file: string, before: string | undefined, after: string, known: Installed | undefined): void {
    const { now } = this.options;
    // What an earlier installing changed is still to be taken back by one removal.
    const original = known && before !== undefined ? (takeBack(before, known)?.text ?? before) : before;
    const existed = known === undefined ? before !== undefined : known.existed;
    const backup = before === undefined ? undefined : this.backUp(file, before);
    const folders = missingFolders(path.dirname(file));
    mkdirSync(path.dirname(file), { recursive: true });
    const record: Installed = {
      file,
      existed,
      folders: [...(known?.folders ?? []), ...folders],
      ...difference(existed ? (original ?? '') : '', after),
      ...(backup === undefined ? {} : { backup }),
      at: now(),
    };
    // First the record: a removal that finds nothing to take back does no harm, a change without a record might.
    this.keep(file, record);
    replaceFile(file, after);
  }

  private remove(file: string, after: string | undefined, known: Installed | undefined): void {
    if (after === undefined || (known?.existed === false && after === '')) {
      unlinkSync(file);
      for (const folder of [...(known?.folders ?? [])].reverse()) removeIfEmpty(folder);
    } else replaceFile(file, after);
    this.keep(file, undefined);
  }

  private backUp(file: string, text: string): string {
    const folder = path.join(this.folder, 'backups');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const backup = path.join(folder, `${this.options.now()}-${randomUUID()}-${path.basename(file)}`);
    writeFileSync(backup, text, { mode: 0o600, flag: 'wx' });
    return backup;
  }

  private installed(file: string): Installed | undefined {
    return this.read().find((record) => record.file === file);
  }

  private read(): Installed[] {
    try {
      const parsed: unknown = JSON.parse(readFileSync(this.records, 'utf8'));
      return Array.isArray(parsed) ? parsed.filter(isInstalled) : [];
    } catch {
      // Without records, removal edits the settings instead of taking the change back.
      return [];
    }
  }

  private keep(file: string, record: Installed | undefined): void {
    const others = this.read().filter((other) => other.file !== file);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    replaceFile(this.records, `${JSON.stringify(record ? [...others, record] : others, null, 2)}\n`);
  }
}

function isInstalled(value: unknown): value is Installed {
  if (typeof value !== 'object' || value === null) return false;
  const { file, existed, folders, before, after } = value as Record<string, unknown>;
  return (
    [file, before, after].every((text) => typeof text === 'string') &&
    typeof existed === 'boolean' &&
    Array.isArray(folders) &&
    folders.every((folder) => typeof folder === 'string')
  );
}

function plan(target: HookTarget, decide: (text: string | undefined) => SettingsPlan): FileChange {
  const read = readSettings(target.file);
  if (!read.ok) return { ok: false, target, problem: 'unreadable', detail: read.detail };
  const decided = decide(read.text);
  if (!decided.ok) return { ok: false, target, problem: decided.problem, detail: `${target.file}: ${decided.problem}` };
  return { ok: true, target, before: read.text, after: decided.text, changed: decided.changed };
}

/** The text as it was before we changed it; undefined where what we put there is not there once, as it was. */
function takeBack(text: string, installed: Installed): (SettingsPlan & { ok: true }) | undefined {
  const at = text.indexOf(installed.after);
  if (installed.after === '' || at < 0 || text.includes(installed.after, at + 1)) return undefined;
  const back = text.slice(0, at) + installed.before + text.slice(at + installed.after.length);
  if (back === '' && !installed.existed) return { ok: true, text: undefined, changed: true };
  return hookState(back, '') === 'missing' ? { ok: true, text: back, changed: true } : undefined;
}

/** What differs between two texts, as one part that stands for another. */
function difference(from: string, to: string): { before: string; after: string } {
  let start = 0;
  while (start < from.length && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < from.length - start && end < to.length - start && from.at(-1 - end) === to.at(-1 - end)) end += 1;
  return { before: from.slice(start, from.length - end), after: to.slice(start, to.length - end) };
}

type Read = { ok: true; text: string | undefined } | { ok: false; detail: string };

function readSettings(file: string): Read {
  try {
    const { size } = statSync(file);
    if (size > LARGEST_SETTINGS) return { ok: false, detail: `${file} is larger than ${LARGEST_SETTINGS} bytes` };
    const bytes = readFileSync(file);
    const text = bytes.toString('utf8');
    // What is not UTF-8 could not be written back as it was.
    return bytes.equals(Buffer.from(text, 'utf8')) ? { ok: true, text } : { ok: false, detail: `${file} is not UTF-8` };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { ok: true, text: undefined };
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Replaces a file as a whole, where a link leads, with the permissions that it had. */
function replaceFile(file: string, text: string): void {
  let real = file;
  let mode = 0o600;
  try {
    real = realpathSync(file);
    mode = statSync(real).mode & 0o777;
  } catch {
    // There is none yet.
  }
  const next = `${real}.${randomUUID()}.tmp`;
  const fd = openSync(next, 'wx', mode);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  chmodSync(next, mode);
  renameSync(next, real);
}

function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !exists(at) && path.dirname(at) !== at; at = path.dirname(at)) missing.unshift(at);
  return missing;
}

function exists(file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch {
    return false;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else uses it by now.
  }
}
