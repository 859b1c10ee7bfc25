import * as fs from 'node:fs/promises';
import type { Dirent } from 'node:fs';

/** What a file is and which version of it; times in ms since the epoch. */
export interface FileStamp {
  isFile: boolean;
  ino: number;
  size: number;
  mtimeMs: number;
  birthtimeMs: number;
}

/** Whether a file is as it was: the same one, of the same size and time. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

export interface FolderEntry {
  name: string;
  /** True also for a symbolic link: what it leads to is looked at when it is used. */
  maybeFile: boolean;
  maybeFolder: boolean;
}

export interface OpenFile {
  /** Reads up to `buffer.length` bytes at `position`; 0 at the end of the file. */
  read(buffer: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

/** The few file operations that reading sessions needs, all read-only, so that tests can count and refuse them. */
export interface FileAccess {
  stat(path: string): Promise<FileStamp>;
  /** The same at once, where waiting harms nobody: thousands of promises take a while. */
  statNow?(path: string): FileStamp;
  list(path: string): Promise<FolderEntry[]>;
  realpath(path: string): Promise<string>;
  open(path: string): Promise<OpenFile>;
  readText(path: string, maxBytes: number): Promise<string>;
}

export function toEntry(entry: Dirent): FolderEntry {
  const link = entry.isSymbolicLink();
  return { name: entry.name, maybeFile: link || entry.isFile(), maybeFolder: link || entry.isDirectory() };
}

async function open(path: string): Promise<OpenFile> {
  const handle = await fs.open(path, 'r');
  return {
    read: async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead,
    close: () => handle.close(),
  };
}

async function readText(path: string, maxBytes: number): Promise<string> {
  const stat = await fs.stat(path);
  if (!stat.isFile() || stat.size > maxBytes) {
    throw new Error(`${path} is not a file of at most ${maxBytes} bytes`);
  }
  return fs.readFile(path, 'utf8');
}

export const diskAccess: FileAccess = {
  stat: async (path) => {
    const stat = await fs.stat(path);
    const { ino, size, mtimeMs, birthtimeMs } = stat;
    return { isFile: stat.isFile(), ino, size, mtimeMs, birthtimeMs };
  },
  list: async (path) => (await fs.readdir(path, { withFileTypes: true })).map(toEntry),
  realpath: (path) => fs.realpath(path),
  open,
  readText,
};

/** True for the error of a file or folder that simply is not there, which is nothing to report. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The short reason of an error, for a log. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
