import type { FileAccess, FolderEntry } from '../../../../src/sessions/reading/fileAccess';

interface MemoryFile {
  content: Buffer;
  ino: number;
  mtimeMs: number;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** A file system in memory (POSIX paths) that counts what is read of it. */
export class MemoryFiles implements FileAccess {
  bytesRead = 0;
  opened: string[] = [];
  /** Paths whose use fails with this error code. */
  readonly failing = new Map<string, string>();
  /** Links to folders: from path to path. */
  readonly links = new Map<string, string>();
  private readonly files = new Map<string, MemoryFile>();
  private clock = 1;

  /** Makes or replaces a file: another inode. */
  write(path: string, content: string | Buffer): void {
    this.clock++;
    this.files.set(path, { content: Buffer.from(content), ino: this.clock, mtimeMs: this.clock });
  }

  /** Writes into the file that is there: the same inode. */
  rewrite(path: string, content: string | Buffer): void {
    this.clock++;
    const file = this.file(path);
    file.content = Buffer.from(content);
    file.mtimeMs = this.clock;
  }

  /** Another inode with the time of the one before. */
  replace(path: string, content: string): void {
    const { mtimeMs } = this.file(path);
    this.write(path, content);
    this.file(path).mtimeMs = mtimeMs;
  }

  append(path: string, content: string | Buffer): void {
    this.rewrite(path, Buffer.concat([this.file(path).content, Buffer.from(content)]));
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  forgetCounts(): void {
    this.bytesRead = 0;
    this.opened = [];
  }

  stat(path: string): ReturnType<FileAccess['stat']> {
    return this.promise(() => {
      const { content, ino, mtimeMs } = this.file(path);
      return { isFile: true, ino, size: content.length, mtimeMs, birthtimeMs: ino };
    }, path);
  }

  list(asked: string): Promise<FolderEntry[]> {
    const path = this.follow(asked);
    return this.promise(() => {
      const entries = new Map<string, FolderEntry>();
      for (const file of [...this.files.keys(), ...this.links.keys()].filter((name) => name.startsWith(`${path}/`))) {
        const [name = '', ...below] = file.slice(path.length + 1).split('/');
        const folder = below.length > 0 || this.links.has(file);
        entries.set(name, { name, maybeFile: !folder, maybeFolder: folder });
      }
      if (entries.size === 0) {
        throw failure('ENOENT', path);
      }
      return [...entries.values()];
    }, path);
  }

  realpath(path: string): Promise<string> {
    return Promise.resolve(this.follow(path));
  }

  open(path: string): ReturnType<FileAccess['open']> {
    return this.promise(() => {
      this.file(path);
      this.opened.push(path);
      return {
        read: (buffer: Buffer, position: number) => {
          const copied = this.file(path).content.copy(buffer, 0, position);
          this.bytesRead += copied;
          return Promise.resolve(copied);
        },
        close: () => Promise.resolve(),
      };
    }, path);
  }

  readText(path: string): Promise<string> {
    return this.promise(() => this.file(path).content.toString('utf8'), path);
  }

  private follow(path: string): string {
    for (const [link, target] of this.links) {
      if (path === link || path.startsWith(`${link}/`)) {
        return target + path.slice(link.length);
      }
    }
    return path;
  }

  private file(path: string): MemoryFile {
    const file = this.files.get(this.follow(path));
    if (!file) {
      throw failure('ENOENT', path);
    }
    return file;
  }

  private promise<T>(work: () => T, path: string): Promise<T> {
    const code = this.failing.get(path);
    return new Promise((resolve) => {
      if (code !== undefined) {
        throw failure(code, path);
      }
      resolve(work());
    });
  }
}
