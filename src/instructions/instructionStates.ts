import { realpathSync } from 'node:fs';
import { evidenceOf, stateAt, type Evidence, type InstructionLook } from '../domain/instructionLooks';
import type { InstructionFiles } from './fingerprint';
import { LookLog } from './lookLog';
import type { LookLine } from './lookLines';
import { readInstructions, type InstructionReading, type InstructionState, type ReadBefore } from './readInstructions';

export interface InstructionStatesOptions {
  /** Where the logs are. */
  storage: string;
  /** Names this window in them. */
  window: string;
  now: () => number;
  log: (problem: string) => void;
}

/** A state that was seen in a folder. */
export interface SeenState extends InstructionState {
  /** When it was seen first, and last (ms since the epoch). */
  first: number;
  last: number;
}

/**
 * Which instruction files were in force when: what windows saw while they were there, and what the times of files prove. A look
 * is kept where it tells something new; what no look can tell stays unknown.
 */
export class InstructionStates {
  private readonly folders = new Map<string, WatchedFolder>();

  constructor(private readonly options: InstructionStatesOptions) {}

  private folder(path: string): WatchedFolder {
    const known = this.folders.get(path) ?? new WatchedFolder(path, this.options);
    this.folders.set(path, known);
    return known;
  }

  /** The fingerprint in force in a folder at a moment, as far as it is known by now. */
  at(folder: string, time: number): string | undefined {
    return this.folder(folder).at(time);
  }

  /**
   * Looks, and keeps the look where it tells something new, for instance of one of the moments (starts of sessions). Whether
   * something is now known that was not. Never rejects.
   */
  observe(folder: string, moments: readonly number[] = []): Promise<boolean> {
    return this.folder(folder).observe(moments);
  }

  /** The files as they are now. Throws Error where they cannot be read in full. */
  async present(folder: string): Promise<InstructionState> {
    const known = this.folder(folder);
    await known.observe([]);
    return known.present();
  }

  /** Why the last look at a folder found nothing out; undefined where it did. */
  failure(folder: string): string | undefined {
    return this.folder(folder).failure;
  }

  /** The states that were seen in a folder, the one that was seen last first. */
  seen(folder: string): SeenState[] {
    return this.folder(folder).seen();
  }

  /** Keeps what a state that nobody saw is made of, so that it can be shown. */
  remember(folder: string, state: InstructionState): void {
    this.folder(folder).remember(state);
  }

  /** The files of a state that was seen or remembered. */
  filesOf(folder: string, fingerprint: string): InstructionFiles | undefined {
    return this.folder(folder).filesOf(fingerprint);
  }

  /** From now on this window is told of every change in the folder, through `disturbed`. */
  watch(folder: string): void {
    this.folder(folder).watched = true;
  }

  unwatch(folder: string): void {
    this.folder(folder).watched = false;
  }

  /** Something was changed there. */
  disturbed(folder: string): void {
    this.folder(folder).disturbed();
  }
}

/** A time in which this window is told of every change; `told` is when it was first. */
interface Quiet {
  told?: number | undefined;
}

/** How long the news of a change that is there may be on its way. */
const NEWS_MS = 1_500;

class WatchedFolder {
  private readonly path: string;
  private readonly log: LookLog;
  private readonly readBefore: ReadBefore = new Map();
  private looks: InstructionLook[] = [];
  private states = new Map<string, InstructionFiles>();
  private evidence: Evidence[] = [];
  private known = new Map<number, string | undefined>();
  /** The last look of this window that was kept. */
  private own: InstructionLook | undefined;
  /** Since the last look that was kept; absent while this window is told of nothing. */
  private quiet: Quiet | undefined;
  private news: (() => void) | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private latest: InstructionReading | undefined;
  private problem: string | undefined;
  private isWatched = false;
  private isFull = false;

  constructor(
    path: string,
    private readonly options: InstructionStatesOptions,
  ) {
    this.path = realPathOf(path);
    this.log = new LookLog(options.storage, this.path);
  }

  set watched(is: boolean) {
    this.isWatched = is;
    // What happened before this is not known to have been told.
    this.quiet = undefined;
  }

  disturbed(): void {
    if (this.quiet === undefined) return;
    this.quiet.told ??= this.options.now();
    this.news?.();
  }

  at(time: number): string | undefined {
    if (!this.known.has(time)) this.known.set(time, stateAt(this.evidence, time));
    return this.known.get(time);
  }

  /** Why the last look found nothing out; undefined where it did. */
  get failure(): string | undefined {
    return this.problem;
  }

  present(): InstructionState {
    if (this.latest === undefined) throw new Error(this.problem ?? this.path);
    return { fingerprint: this.latest.fingerprint, files: this.latest.files };
  }

  remember({ fingerprint, files }: InstructionState): void {
    this.reload();
    if (this.states.has(fingerprint)) return;
    this.log.add([{ kind: 'state', fingerprint, files }], this.options.now());
    this.reload();
  }

  filesOf(fingerprint: string): InstructionFiles | undefined {
    this.reload();
    return this.states.get(fingerprint);
  }

  seen(): SeenState[] {
    const seen = new Map<string, SeenState>();
    for (const { state, at } of [...this.looks].sort((a, b) => a.at - b.at)) {
      const files = this.states.get(state);
      if (files === undefined) continue;
      seen.set(state, { fingerprint: state, files, first: seen.get(state)?.first ?? at, last: at });
    }
    return [...seen.values()].sort((a, b) => b.last - a.last);
  }

  /** One look at a time. */
  observe(moments: readonly number[]): Promise<boolean> {
    const observed = this.running.then(() => this.look(moments));
    this.running = observed;
    return observed;
  }

  private async look(moments: readonly number[]): Promise<boolean> {
    const { now, log } = this.options;
    // What is told from here on may be in the reading or not: it counts for the next look.
    const before = this.quiet;
    this.quiet = this.isWatched ? {} : undefined;
    // What was kept counts, whether or not the files can be read now.
    let others = false;
    try {
      others = this.reload();
      this.latest = await readInstructions(this.path, now, this.readBefore);
      this.problem = undefined;
      const told = await this.toldOf(this.latest, before);
      const look = this.lookOf(this.latest, before && { told });
      const begins = this.isWatched && before === undefined;
      if (!begins && told === undefined && !this.isWorthKeeping(look, moments)) {
        this.quiet = joined(before, this.quiet);
        return others;
      }
      this.keep(look, this.latest);
      return this.reload() || others;
    } catch (error) {
      this.latest = undefined;
      this.quiet = undefined;
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.problem) log(`No look at the instruction files of ${this.path}: ${problem}`);
      this.problem = problem;
      return others;
    }
  }

  /** When this window was told of a change. A look may see it first; then it waits for the news, which is to be relied on. */
  private async toldOf(
    { at, fingerprint }: InstructionReading,
    before: Quiet | undefined,
  ): Promise<number | undefined> {
    if (before === undefined || before.told !== undefined || fingerprint === this.own?.state) return before?.told;
    if (this.quiet === undefined) return undefined;
    if (this.quiet.told === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, NEWS_MS);
        this.news = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.news = undefined;
    }
    const { told } = this.quiet;
    this.quiet = {};
    return told === undefined ? undefined : Math.min(told, at - 1);
  }

  private lookOf(reading: InstructionReading, quiet: Quiet | undefined): InstructionLook {
    const { at, fingerprint: state, untouchedSince, rootSince } = reading;
    return {
      ...{ at, window: this.options.window, state, untouchedSince, rootSince },
      ...(quiet === undefined || this.own === undefined ? {} : { quietUntil: Math.min(quiet.told ?? at, at) }),
    };
  }

  private isWorthKeeping(look: InstructionLook, moments: readonly number[]): boolean {
    if (this.own?.state !== look.state) return true;
    const open = moments.filter((moment) => moment <= look.at && this.at(moment) === undefined);
    if (open.length === 0) return false;
    const then = evidenceOf([...this.looks, look]);
    return open.some((moment) => stateAt(then, moment) !== undefined);
  }

  private keep(look: InstructionLook, { fingerprint, files }: InstructionReading): void {
    const lines: LookLine[] = [{ kind: 'look', look }];
    if (!this.states.has(fingerprint)) lines.unshift({ kind: 'state', fingerprint, files });
    const isKept = this.log.add(lines, look.at);
    if (isKept) this.own = look;
    else {
      this.quiet = undefined;
      if (!this.isFull) this.options.log(`No more looks at ${this.path} are kept this month.`);
    }
    this.isFull = !isKept;
  }

  /** Reads what this and other windows have kept. Whether it is more than before. */
  private reload(): boolean {
    const { lines, grown } = this.log.lines();
    if (!grown) return false;
    this.looks = lines.flatMap((line) => (line.kind === 'look' ? [line.look] : []));
    this.states = new Map(lines.flatMap((line) => (line.kind === 'state' ? [[line.fingerprint, line.files]] : [])));
    this.evidence = evidenceOf(this.looks);
    this.known = new Map();
    return true;
  }
}

/** Two times that follow each other, as one. */
function joined(before: Quiet | undefined, after: Quiet | undefined): Quiet | undefined {
  if (before === undefined || after === undefined) return undefined;
  return before.told === undefined ? after : before;
}

function realPathOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}
