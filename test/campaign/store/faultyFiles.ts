import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { nodeFiles, type Files } from '../../../src/store/files';
import { systemError } from '../../unit/store/support/hookedFiles';

type FileCall = keyof Files;
/** Calls of `node:fs` that do not go through the interface. */
type DirectCall = 'watch' | 'readlinkSync';
export type Call = FileCall | DirectCall;

/** A way in which a call fails. */
export interface Fault {
  name: string;
  /** Thrown in place of the call (`close` closes all the same); without it, less is read or written than was asked. */
  errno?: string;
  /** How much of what was asked is done where nothing is thrown. */
  part?: 'half' | 'nothing';
  calls: ReadonlySet<Call>;
  /** Not once: that call, and all of these from there on, as long as the fault is there. */
  lasting?: boolean;
}

const ON_PATHS = ['lstat', 'stat', 'openRead', 'createNew', 'rename', 'link', 'unlink', 'rmdir'] as const;
const FOLDERS = ['mkdir', 'mkdirs', 'readdir'] as const;
const DIRECT = ['watch', 'readlinkSync'] as const;
const GROWING = ['mkdir', 'mkdirs', 'createNew', 'write', 'fsync', 'close', 'rename', 'link'] as const;
const ALL = [...ON_PATHS, ...FOLDERS, ...DIRECT, 'fstat', 'read', 'write', 'fsync', 'close'] as const;

const fault = (name: string, calls: readonly Call[], more: Omit<Fault, 'name' | 'calls'>): Fault => ({
  name,
  calls: new Set(calls),
  ...more,
});

export const FAULTS: readonly Fault[] = [
  fault('EIO', ALL, { errno: 'EIO' }),
  fault('EACCES', [...ON_PATHS, ...FOLDERS, ...DIRECT], { errno: 'EACCES' }),
  fault('EPERM', [...ON_PATHS, ...FOLDERS], { errno: 'EPERM' }),
  fault('EBUSY', ['rename', 'unlink', 'rmdir'], { errno: 'EBUSY' }),
  fault('ENOSPC', GROWING, { errno: 'ENOSPC' }),
  fault('EROFS', GROWING, { errno: 'EROFS' }),
  fault('EMFILE', ['openRead', 'createNew', 'readdir', 'watch'], { errno: 'EMFILE' }),
  fault('half of it', ['read', 'write'], { part: 'half' }),
  fault('nothing written', ['write'], { part: 'nothing' }),
  fault('EIO from there on', ALL, { errno: 'EIO', lasting: true }),
  fault('ENOSPC from there on', GROWING, { errno: 'ENOSPC', lasting: true }),
  // As Windows refuses it while somebody has the file open.
  fault('EPERM of every rename from there on', ['rename'], { errno: 'EPERM', lasting: true }),
];

/** What is refused in any case, whether a fault is injected or not: so that what only comes after a failure is reached, too. */
export type Always = (call: Call, path: string) => string | undefined;

interface Armed {
  /** Counts the calls of the store since it was armed. */
  calls: number;
  at: { index: number; fault: Fault } | undefined;
  always: Always | undefined;
  /** Places of all calls, in order. */
  places: { key: string; call: Call }[];
  injected: string[];
}

/** The place in the store that calls, as `findCallSites` names it. */
function placeOf(call: Call): string | undefined {
  const root = `${process.cwd()}/src/`;
  const frames = (new Error().stack ?? '').split('\n').filter((line) => line.includes(root));
  const [frame] = frames.filter((line) => !line.includes('/src/store/files.ts'));
  const [, where] = /\/(src\/[^:()]+:\d+):\d+\)?$/.exec(frame ?? '') ?? [];
  return where && `${where} ${call}`;
}

/** Real files, of which any call can be made to fail. */
export class FaultyFiles {
  /** Descriptors that were opened and not closed. */
  open = 0;
  #armed: Armed | undefined;
  readonly files: Files = this.#wrap();

  /** From here on calls are counted; the one with this number fails. */
  arm(at?: Armed['at'], always?: Always): void {
    this.#armed = { calls: 0, at, always, places: [], injected: [] };
  }

  /** Everything works again. What was called, and what failed of it by the fault. */
  disarm(): Pick<Armed, 'places' | 'injected'> {
    const { places, injected } = this.#armed ?? { places: [], injected: [] };
    this.#armed = undefined;
    return { places, injected };
  }

  /** Runs a call of the store with what is to happen to it. */
  run(call: Call, args: unknown[], real: (...given: unknown[]) => unknown): unknown {
    const failing = this.#failing(call, args);
    if (failing?.errno !== undefined) {
      if (call === 'close') this.#count(call, real(...args));
      throw systemError(failing.errno);
    }
    if (failing?.part === undefined) return this.#count(call, real(...args));
    const length = Number(args[3]);
    const less = failing.part === 'nothing' ? 0 : Math.max(1, Math.floor(length / 2));
    return less === 0 ? 0 : real(...args.with(3, Math.min(length, less)));
  }

  #failing(call: Call, args: unknown[]): Pick<Fault, 'errno' | 'part'> | undefined {
    const armed = this.#armed;
    if (armed === undefined) return undefined;
    const { at, always } = armed;
    const index = armed.calls;
    armed.calls += 1;
    const isDue = at !== undefined && (at.fault.lasting === true ? index >= at.index : index === at.index);
    const isHit = isDue && at.fault.calls.has(call);
    if (at === undefined || isHit) {
      const key = placeOf(call) ?? `nowhere ${call}`;
      if (at === undefined) armed.places.push({ key, call });
      if (isHit) {
        armed.injected.push(key);
        return at.fault;
      }
    }
    const errno = always?.(call, typeof args[0] === 'string' ? args[0] : '');
    return errno === undefined ? undefined : { errno };
  }

  #count(call: Call, result: unknown): unknown {
    if (call === 'openRead' || call === 'createNew') this.open += 1;
    if (call === 'close') this.open -= 1;
    return result;
  }

  #wrap(): Files {
    const wrapped = Object.entries(nodeFiles).map(([name, method]) => {
      const real = (...args: unknown[]): unknown =>
        Reflect.apply(method as (...given: unknown[]) => unknown, nodeFiles, args);
      return [name, (...args: unknown[]): unknown => this.run(name as FileCall, args, real)];
    });
    return Object.fromEntries(wrapped) as Files;
  }
}

/** Lets the calls of `node:fs` that do not go through the interface run through these files, while `work` runs. */
export async function withDirectCalls<T>(current: () => FaultyFiles | undefined, work: () => Promise<T>): Promise<T> {
  const real = { watch: fs.watch, readlinkSync: fs.readlinkSync };
  const hooked =
    (call: DirectCall) =>
    (...args: unknown[]): unknown => {
      const method = (...given: unknown[]): unknown => Reflect.apply(real[call], fs, given) as unknown;
      const files = placeOf(call) === undefined ? undefined : current();
      return files === undefined ? method(...args) : files.run(call, args, method);
    };
  Object.assign(fs, { watch: hooked('watch'), readlinkSync: hooked('readlinkSync') });
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}
