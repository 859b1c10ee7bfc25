import * as fs from 'node:fs';

export type FileKind = 'file' | 'directory' | 'link' | 'other';

/** What a stat tells. The times are in nanoseconds. */
export interface FileFacts {
  kind: FileKind;
  dev: bigint;
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

/**
 * Every file system call that the store makes: synchronous, and throwing Node's errors (`code` ENOENT and so on). One object,
 * so that a test can make any call at any place fail, stop or die.
 */
export interface Files {
  /** Never follows a link. */
  lstat(path: string): FileFacts;
  stat(path: string): FileFacts;
  fstat(fd: number): FileFacts;
  openRead(path: string): number;
  /** Creates a file that must not exist, for its owner only. Never follows a link. */
  createNew(path: string): number;
  /** May read fewer bytes than asked. */
  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number;
  /** May write fewer bytes than asked. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  fsync(fd: number): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  /** Gives a file a second name, which must not exist. Not every file system can. Never follows a link. */
  link(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  /** For its owner only. Fails where it exists. */
  mkdir(path: string): void;
  /** Creates the missing folders of a path; does nothing where it exists. */
  mkdirs(path: string): void;
  readdir(path: string): string[];
}

function factsOf(stats: fs.BigIntStats): FileFacts {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other',
    dev: stats.dev,
    ino: stats.ino,
    size: stats.size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
// Windows has no such flag; O_EXCL alone refuses a link there.
const O_NOFOLLOW = process.platform === 'win32' ? 0 : fs.constants.O_NOFOLLOW;

export const nodeFiles: Files = {
  lstat: (path) => factsOf(fs.lstatSync(path, { bigint: true })),
  stat: (path) => factsOf(fs.statSync(path, { bigint: true })),
  fstat: (fd) => factsOf(fs.fstatSync(fd, { bigint: true })),
  openRead: (path) => fs.openSync(path, 'r'),
  createNew: (path) => fs.openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600),
  read: (fd, into, offset, length, position) => fs.readSync(fd, into, offset, length, position),
  write: (fd, bytes, offset, length) => fs.writeSync(fd, bytes, offset, length),
  fsync: (fd) => {
    fs.fsyncSync(fd);
  },
  close: (fd) => {
    fs.closeSync(fd);
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  link: (from, to) => {
    fs.linkSync(from, to);
  },
  unlink: (path) => {
    fs.unlinkSync(path);
  },
  rmdir: (path) => {
    fs.rmdirSync(path);
  },
  mkdir: (path) => {
    fs.mkdirSync(path, { mode: 0o700 });
  },
  mkdirs: (path) => {
    fs.mkdirSync(path, { mode: 0o700, recursive: true });
  },
  readdir: (path) => fs.readdirSync(path),
};
