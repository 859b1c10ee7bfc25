import { basename } from 'node:path';
import { nodeFiles, type Files } from '../../../../src/store/files';

export type FileCall = keyof Files;

export interface Site {
  /** Counts the calls since the hook was set. */
  index: number;
  call: FileCall;
  /** The last part of the path, or undefined for a call on a descriptor. */
  name: string | undefined;
}

/** Called before each file system call, and after it, whether it failed or not. May throw in place of it, stop the process, or end it. */
export type Hook = (site: Site, moment: 'before' | 'after') => void;

/** Real files, with a hook at every call. */
export class HookedFiles {
  readonly sites: Site[] = [];
  #hook: Hook | undefined;

  /** Starts counting anew. */
  setHook(hook: Hook | undefined): void {
    this.#hook = hook;
    this.sites.length = 0;
  }

  readonly files: Files = this.#wrap(nodeFiles);

  #wrap(real: Files): Files {
    const wrapped = Object.entries(real).map(([name, method]) => {
      const call = name as FileCall;
      const hooked = (...args: unknown[]): unknown => {
        const [first] = args;
        const site = {
          index: this.sites.length,
          call,
          name: typeof first === 'string' ? basename(first).replace(/\d+_.*_\d+$/, '<token>') : undefined,
        };
        this.sites.push(site);
        this.#hook?.(site, 'before');
        try {
          return Reflect.apply(method as (...given: unknown[]) => unknown, real, args);
        } finally {
          this.#hook?.(site, 'after');
        }
      };
      return [name, hooked];
    });
    return Object.fromEntries(wrapped) as Files;
  }
}

/** An error as Node's fs throws it. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}
