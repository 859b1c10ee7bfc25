import { join } from 'node:path';
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import type { Experiment, VerdictKind } from '../api';
import type { Transition, TransitionDecision } from '../domain/experiment';
import type { Look, LookNumbers } from '../domain/looks';
import type { Assignment } from '../domain/assignment';
import type { Author, HistoryEntry, TagDecision, TagRequest } from '../domain/tags';
import {
  applyDelivery,
  applyUnblinding,
  assignSession,
  type AssignmentRequest,
  type AssignedSession,
  type Drawing,
} from './assignments';
import { LostLock } from './atomicFile';
import { applyOutcome, applyTag, deleteDraft, logLook, moveExperiment, saveExperiment } from './commands';
import { DOUBT_PAUSES_MS, doubtOf } from './doubt';
import { Engine, type MemoryDatabase, type WasmSource } from './engine';
import { detailOf, errnoOf, StoreError } from './errors';
import { exportDatabase, type ExportedDatabase } from './exportDatabase';
import type { BackupName } from './backupNames';
import { listBackups } from './backups';
import type { ExperimentFile, MergeRequest } from './experimentFile';
import type {
  DeleteDecision,
  ExperimentStore,
  SaveDecision,
  StoreView,
  Subscription,
  TransitionExtras,
} from './experimentStore';
import { nodeFiles, type Files } from './files';
import { mayHold } from './databaseFile';
import { JOURNAL_FOLDER } from './journal';
import { FolderLock, LOCK_TIMEOUT_MS, STALE_MS, type HeldLock } from './lock';
import { readSource, sourceRows } from './importSource';
import { emptyDatabase, MemoryCopy, type Loaded } from './memoryCopy';
import { mergeRows, type MergeResult, type SourceRows } from './merge';
import { Queue } from './queue';
import { findFrozen, listLooks, type FrozenRecord } from './records';
import { listHistory, type SessionOutcome } from './rows';
import { hasTable } from './schema';
import { checkBackup, listDamaged, restore, type BackupCheck, type Restored } from './restore';
import { salvageFile, type Salvaged } from './salvage';
import { newIdentity, type Identity } from './token';
import {
  compact,
  decide,
  JOURNAL_LIMITS,
  transact,
  type JournalLimits,
  type TransactionContext,
  writable,
  type Work,
} from './transaction';
import { checkAssignment, checkAuthor, checkExperiment, checkOutcome, checkRequest } from './values';
import { emptyView, experimentsOf, viewOf } from './view';
import { watchFile } from './watcher';
import { wholeDatabase } from './whole';

export const DATABASE_NAME = 'experiments.db';

export interface FileStoreOptions {
  /** The extension's global storage. It need not exist. */
  folder: string;
  /** The bytes of sql.js's WebAssembly module; called once, when there is something to read or to write. */
  loadWasm: WasmSource;
  now: () => number;
  log?: (message: string) => void;
  /** For tests and fault campaigns. */
  files?: Files;
  identity?: Identity;
  staleMs?: number;
  lockTimeoutMs?: number;
  journal?: Partial<JournalLimits>;
  /** So long after the last write, the journal goes into the file. */
  quietMs?: number;
}

/** Long enough for a person who tags several sessions in a row. */
const QUIET_MS = 10_000;

type Step<T> = (context: TransactionContext) => T;

/** Milliseconds on a clock that never jumps. */
const monotonic = (): number => performance.now();

/**
 * The store in one SQLite file, shared by every window on this machine. Nothing is read before the first call, and nothing is
 * created before the first write. docs/store.md tells how a write comes about and what can happen to it.
 */
export class FileStore implements ExperimentStore, ExperimentFile {
  readonly #options: FileStoreOptions;
  readonly #files: Files;
  readonly #file: string;
  readonly #timeoutMs: number;
  readonly #lock: FolderLock;
  readonly #copy: MemoryCopy;
  readonly #queue = new Queue();
  readonly #listeners = new Set<() => void>();
  readonly #watches = new Set<Subscription>();
  #engine: Promise<Engine> | undefined;
  #loadedEngine: Engine | undefined;
  /** Runs while the journal holds writes of this store. */
  #quiet: NodeJS.Timeout | undefined;
  #view: StoreView | undefined;
  /** The revision that listeners know of. The first look at the file, which makes it 1, is no change. */
  #announced = 1;
  /** What was still wrong after all looks: it is not waited for again. */
  #believed: string | undefined;
  #disposed = false;

  constructor(options: FileStoreOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#file = join(options.folder, DATABASE_NAME);
    this.#timeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
    this.#copy = new MemoryCopy(this.#files, this.#file);
    this.#lock = new FolderLock({
      folder: options.folder,
      name: `${DATABASE_NAME}.lock`,
      files: this.#files,
      identity: options.identity ?? newIdentity(),
      staleMs: options.staleMs ?? STALE_MS,
      monotonic,
      log: (message) => {
        this.#log(message);
      },
    });
  }

  /** Where the database is, or will be. */
  get file(): string {
    return this.#file;
  }

  async read(): Promise<StoreView> {
    if (this.#isUnused()) return emptyView;
    if (this.#view === undefined) {
      // All is done for the first time, which takes long: the rest in another slice.
      await this.poll();
      await setImmediate();
    }
    return this.#look((loaded) => {
      if (this.#view?.revision !== this.#copy.revision) this.#view = viewOf(loaded, this.#file, this.#copy.revision);
      return this.#view;
    });
  }

  async readExperiments(): Promise<Pick<StoreView, 'status' | 'experiments'>> {
    if (this.#isUnused()) return emptyView;
    return this.#look((loaded) => experimentsOf(loaded, this.#file));
  }

  async save(experiment: Experiment): Promise<SaveDecision> {
    checkExperiment(experiment);
    return this.#write((db) => saveExperiment(db, experiment));
  }

  async transition(
    experimentId: string,
    transition: Transition,
    extras: TransitionExtras = {},
  ): Promise<TransitionDecision> {
    return this.#write((db) => moveExperiment(db, experimentId, transition, this.#options.now(), extras));
  }

  async deleteDraft(experimentId: string, author: Author): Promise<DeleteDecision> {
    return this.#write((db) => deleteDraft(db, experimentId, author, this.#options.now()));
  }

  async frozenSample(experimentId: string): Promise<FrozenRecord | undefined> {
    return this.#ask('frozen_samples', (db) => findFrozen(db, experimentId), undefined);
  }

  async logLook(experimentId: string, look: LookNumbers): Promise<boolean> {
    return this.#write((db) => logLook(db, experimentId, look, this.#options.now()));
  }

  async looks(experimentId: string): Promise<readonly Look[]> {
    return this.#ask('report_looks', (db) => listLooks(db, experimentId), []);
  }

  async apply(request: TagRequest, author: Author): Promise<TagDecision> {
    checkRequest(request, author);
    return this.#write((db) => applyTag(db, request, author, this.#options.now()));
  }

  async setOutcome(
    sessionId: string,
    outcome: SessionOutcome | undefined,
    author: Author,
  ): Promise<SessionOutcome | undefined> {
    checkOutcome(sessionId, author);
    return this.#write((db) => applyOutcome(db, { sessionId, outcome }, author, this.#options.now()));
  }

  async assign(request: AssignmentRequest, drawing: Drawing): Promise<AssignedSession[]> {
    checkAssignment(request);
    return this.#write((db) => assignSession(db, request, drawing, this.#options.now()));
  }

  async delivered(assignments: readonly Pick<Assignment, 'experimentId' | 'sessionId'>[]): Promise<void> {
    return this.#write((db) => applyDelivery(db, assignments, this.#options.now()));
  }

  async unblind(experimentId: string, author: Author): Promise<void> {
    checkAuthor(author);
    return this.#write((db) => applyUnblinding(db, experimentId, author, this.#options.now()));
  }

  async openByVerdict(experimentId: string, verdict: VerdictKind): Promise<void> {
    return this.#write((db) => applyUnblinding(db, experimentId, { verdict }, this.#options.now()));
  }

  async history(experimentId: string, sessionId?: string): Promise<readonly HistoryEntry[]> {
    return this.#ask('tag_history', (db) => listHistory(db, experimentId, sessionId), []);
  }

  /** Reads one of our own tables; `nothing` where the file has none. Throws StoreError where it cannot be read. */
  async #ask<T>(table: Parameters<typeof hasTable>[1], read: (db: MemoryDatabase) => T, nothing: T): Promise<T> {
    return this.#look((loaded) => {
      // Of what cannot be read, nobody knows that there is nothing in it.
      const db = loaded.db ?? writable(loaded, this.#file).db;
      try {
        return hasTable(db, table) ? read(db) : nothing;
      } catch (error) {
        throw new StoreError({ code: 'engine', detail: detailOf(error) }, error);
      }
    });
  }

  /**
   * The bytes of the database as it is now, its journal included, for a copy that any SQLite opens; undefined where nothing was
   * ever saved. Throws StoreError `readOnly` where it cannot be read.
   */
  async databaseBytes(): Promise<Uint8Array | undefined> {
    return wholeDatabase(this.#files, this.#file, await this.#load());
  }

  async readDatabase(file: string): Promise<SourceRows> {
    const engine = await this.#load();
    return sourceRows(engine, readSource(this.#files, file), file);
  }

  async previewMerge(source: SourceRows, how: MergeRequest): Promise<MergeResult> {
    const options = { ...how, now: this.#options.now() };
    return this.#look((loaded) => {
      const { db } = writable(loaded, this.#file);
      try {
        return decide(db, () => ({ ...mergeRows(db, source, options), changed: false })).result;
      } catch (error) {
        this.#copy.drop();
        throw error;
      }
    });
  }

  async merge(source: SourceRows, how: MergeRequest): Promise<MergeResult> {
    return this.#write((db) => mergeRows(db, source, { ...how, now: this.#options.now() }));
  }

  async backups(): Promise<readonly BackupName[]> {
    await this.#load();
    return listBackups(this.#files, this.#file);
  }

  async checkBackup(backup: BackupName): Promise<BackupCheck> {
    return checkBackup(this.#files, await this.#load(), this.#file, backup);
  }

  async restore(backup: string | undefined): Promise<Restored> {
    const deadline = monotonic() + this.#timeoutMs;
    const engine = await this.#load();
    return this.#queue.add(() => this.#untilHeld(engine, (context) => restore(context, backup), deadline));
  }

  async damagedFiles(): Promise<readonly string[]> {
    await this.#load();
    return listDamaged(this.#files, this.#file);
  }

  async salvage(file: string): Promise<Salvaged> {
    return salvageFile(this.#files, await this.#load(), file);
  }

  async export(): Promise<ExportedDatabase> {
    return this.#look((loaded) => {
      // Of what may not be written, a copy may be taken where it can be read.
      const db = loaded.db ?? writable(loaded, this.#file).db;
      return exportDatabase(db, loaded.kind === 'ready' ? loaded.counter : 0);
    });
  }

  onDidChange(listener: () => void): Subscription {
    // Each subscription is its own, even of one function.
    const subscribed = (): void => {
      listener();
    };
    this.#listeners.add(subscribed);
    return { dispose: () => void this.#listeners.delete(subscribed) };
  }

  async poll(): Promise<void> {
    if (!this.#isUnused()) await this.#look(() => undefined);
  }

  async ready(): Promise<void> {
    await this.#load();
  }

  watch(): Subscription {
    const look = (): void => {
      this.poll().catch((error: unknown) => {
        if (!this.#disposed) this.#log(`Looking at ${this.#file} failed: ${detailOf(error)}`);
      });
    };
    const watching = watchFile(this.#file, JOURNAL_FOLDER, look, (message) => {
      this.#log(message);
    });
    this.#watches.add(watching);
    look();
    return {
      dispose: () => {
        this.#watches.delete(watching);
        watching.dispose();
      },
    };
  }

  /** Puts the journal into the file, for whoever opens that with another program. Throws like a write. */
  async compact(): Promise<void> {
    const deadline = monotonic() + this.#timeoutMs;
    const engine = await this.#load();
    await this.#queue.add(async () => {
      if (!this.#folderMissing()) await this.#untilHeld(engine, compact, deadline);
    });
  }

  dispose(): void {
    if (this.#quiet !== undefined) this.#compactNow();
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#disposed = true;
    for (const watching of this.#watches) watching.dispose();
    this.#watches.clear();
    this.#listeners.clear();
    this.#copy.drop();
    this.#view = undefined;
  }

  #log(message: string): void {
    this.#options.log?.(message);
  }

  /** Loads SQLite once. Where its files cannot be read, the next call tries again. */
  async #load(): Promise<Engine> {
    this.#engine ??= Engine.load(this.#options.loadWasm);
    try {
      const engine = await this.#engine;
      if (this.#disposed) throw new StoreError({ code: 'disposed' });
      this.#loadedEngine = engine;
      return engine;
    } catch (error) {
      this.#engine = undefined;
      // Whoever could not look hears of the first look that can.
      this.#announced = 0;
      throw error;
    }
  }

  /** Whether nobody has saved anything yet. Until somebody does, that is known without SQLite. */
  #isUnused(): boolean {
    if (this.#disposed) throw new StoreError({ code: 'disposed' });
    if (this.#engine !== undefined) return false;
    const { folder } = this.#options;
    const unused = this.#isMissing(this.#file) && !mayHold(this.#files, folder, [DATABASE_NAME, JOURNAL_FOLDER]);
    // Whoever is told so hears of the first look at a file.
    if (unused) this.#announced = 0;
    return unused;
  }

  /**
   * What `take` makes of what is there now, in the same turn: in a later one another look may have replaced it. What may be only a
   * moment of somebody's work is looked at again before it is believed.
   */
  async #look<T>(take: (loaded: Loaded) => T): Promise<T> {
    const engine = await this.#load();
    let loaded = this.#refresh(engine);
    for (const ms of DOUBT_PAUSES_MS) {
      const doubt = loaded.kind === 'blocked' ? doubtOf(loaded) : undefined;
      if (doubt === undefined || doubt === this.#believed) break;
      await pause(ms);
      this.#copy.drop();
      loaded = this.#refresh(engine);
    }
    this.#believed = loaded.kind === 'blocked' ? doubtOf(loaded) : undefined;
    return take(loaded);
  }

  #refresh(engine: Engine): Loaded {
    if (this.#disposed) throw new StoreError({ code: 'disposed' });
    const loaded = this.#copy.refresh(engine);
    this.#announce();
    return loaded;
  }

  /** Tells listeners, later, of a revision that they do not know. */
  #announce(): void {
    if (this.#copy.revision <= this.#announced) return;
    this.#announced = this.#copy.revision;
    queueMicrotask(() => {
      for (const listener of [...this.#listeners]) {
        try {
          listener();
        } catch (error) {
          this.#log(`A listener failed: ${detailOf(error)}`);
        }
      }
    });
  }

  async #write<T>(work: Work<T>): Promise<T> {
    const deadline = monotonic() + this.#timeoutMs;
    // Before the lock: nothing under it may take long.
    const engine = await this.#load();
    return this.#queue.add(async () => {
      if (this.#folderMissing()) {
        // Only what truly writes creates the folder.
        const nothing = emptyDatabase(engine);
        const { result, changed } = decide(nothing, work);
        nothing.close();
        if (!changed) return result;
      }
      return this.#untilHeld(engine, (context) => transact(context, work), deadline);
    });
  }

  /** Starts again as often as the lock is lost on the way, within the deadline, and where what was in the way may have passed. */
  async #untilHeld<T>(engine: Engine, step: Step<T>, deadline: number): Promise<T> {
    for (let looks = 0; ;) {
      const lock = await this.#lock.acquire(deadline);
      try {
        return this.#underLock(engine, lock, step);
      } catch (error) {
        if (error instanceof LostLock) {
          this.#log('The lock was lost while it was held; starting again.');
          if (monotonic() >= deadline) throw this.#lock.busy(this.#timeoutMs);
          continue;
        }
        const doubt = error instanceof StoreError && error.fault.code === 'readOnly' ? doubtOf(error.fault) : undefined;
        if (doubt === undefined || doubt === this.#believed || looks === DOUBT_PAUSES_MS.length) throw error;
        this.#copy.drop();
      } finally {
        lock.release();
        this.#announce();
      }
      await pause(DOUBT_PAUSES_MS[looks] ?? 0);
      looks += 1;
    }
  }

  #underLock<T>(engine: Engine, lock: HeldLock, step: Step<T>): T {
    if (this.#disposed) throw new StoreError({ code: 'disposed' });
    const limits = { ...JOURNAL_LIMITS, ...this.#options.journal };
    const context = {
      files: this.#files,
      file: this.#file,
      engine,
      copy: this.#copy,
      lock,
      now: this.#options.now,
      limits,
      log: (message: string) => {
        this.#log(message);
      },
    };
    const result = step(context);
    this.#compactWhenQuiet();
    return result;
  }

  /** Counts the quiet time anew, if there is a journal. */
  #compactWhenQuiet(): void {
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    if (!this.#copy.hasJournal) return;
    this.#quiet = setTimeout(() => {
      this.compact().catch((error: unknown) => {
        if (!this.#disposed) this.#log(`The journal stays for now: ${detailOf(error)}`);
      });
    }, this.#options.quietMs ?? QUIET_MS).unref();
  }

  /** At the end there is no time to wait: where the lock is taken, the journal stays, and nothing is lost. */
  #compactNow(): void {
    const engine = this.#loadedEngine;
    if (engine === undefined || this.#folderMissing()) return;
    const lock = this.#lock.tryAcquire();
    if (lock === undefined) return;
    try {
      this.#underLock(engine, lock, compact);
    } catch (error) {
      this.#log(`The journal stays for now: ${detailOf(error)}`);
    } finally {
      lock.release();
    }
  }

  #folderMissing(): boolean {
    return this.#isMissing(this.#options.folder);
  }

  #isMissing(path: string): boolean {
    try {
      this.#files.lstat(path);
      return false;
    } catch (error) {
      return errnoOf(error) === 'ENOENT';
    }
  }
}
