import { EventEmitter, workspace, type Disposable, type LogOutputChannel, type Memento } from 'vscode';
import type { Experiment, Variant } from '../api';
import { readableDraws } from '../domain/assignment';
import { NOT_KNOWN_NOW } from '../domain/binding';
import { computeReport, type ReportInput } from '../domain/report';
import type { ReportFacts } from '../domain/reportFacts';
import { activeExperiment, type ActiveExperiment } from '../domain/experiment';
import { variantOf, variantsOf, type SessionVariant, type StoredVariants } from '../domain/sessionVariant';
import type { InstructionStates } from '../instructions/instructionStates';
import { judgedSessions } from '../sessions/judgedSessions';
import { readOnlyText } from './storeTexts';
import { decideCurrent, type CurrentSession } from '../sessions/currentSession';
import type { EditorSessionRecorder } from '../sessions/editor/editorSession';
import type { IndexedSession } from '../sessions/model';
import { readFilter, type SessionFilter } from '../sessions/sessionFilter';
import type { SessionFinder } from '../sessions/sessionIndex';
import { sameSessions } from '../sessions/sameSessions';
import { withStarting, type ToldSession } from '../sessions/startingSessions';
import { visibleSessions } from '../sessions/visibleSessions';
import type { ExperimentStore, StoredFacts, StoreView } from '../store/experimentStore';
import { emptyView } from '../store/view';
import { BindingFacts, instructionFolder } from './bindingFacts';
import { Blinds } from './blinds';
import type { GitRepositories } from './gitRepositories';
import { ReportData } from './reportData';

/** All that the views show, at one moment. */
export interface AppState {
  /** False until the store was read for the first time. */
  loaded: boolean;
  /** False until sessions were read for the first time. */
  sessionsLoaded: boolean;
  store: StoreView;
  /** Newest first. */
  sessions: readonly IndexedSession[];
  active: ActiveExperiment;
  current: CurrentSession;
}

/** What of an experiment is not known now, and may be known later. */
export interface Unsettled {
  /** Sessions that are left out because git gives no answer. */
  unknown: number;
  /** Why sessions of an agent are as they were before. */
  failures: readonly string[];
  /** Why the instruction files that tell variants could not be looked at; undefined where they could, or tell nothing. */
  instructions: string | undefined;
  /** Whether all sessions were read, and git was asked about each. */
  complete: boolean;
}

const SELECTED_EXPERIMENT = 'selectedExperiment';
const FILTER = 'sessionFilter';

export interface AppModelParts {
  store: ExperimentStore;
  /** Made anew when a setting that concerns sessions changes. */
  createIndex: () => SessionFinder;
  recorder: EditorSessionRecorder;
  git: GitRepositories;
  instructions: InstructionStates;
  workspaceState: Memento;
  log: LogOutputChannel;
  now: () => number;
  /** Minutes for which a session without a better sign is live. */
  liveMinutes: () => number;
}

/**
 * What this window knows: the store's view and the sessions of the open folders, joined. Views read `state` and listen; commands
 * change the store and ask for a refresh.
 */
export class AppModel implements Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private view: StoreView = emptyView;
  private loaded = false;
  private sessions: readonly IndexedSession[] = [];
  private pinnedSession: string | undefined;
  private snapshot: AppState | undefined;
  private byId: Map<string, IndexedSession> | undefined;
  readonly blinds: Blinds;
  private index: SessionFinder;
  private readonly reports: ReportData;
  /** What views were last told of; undefined before sessions were read for the first time. */
  private shown: { sessions: readonly IndexedSession[]; current: string } | undefined;
  private storeFirst: Promise<void> | undefined;
  private readonly toldProblems = new Set<string>();

  constructor(private readonly parts: AppModelParts) {
    this.index = parts.createIndex();
    this.reports = new ReportData(parts.store, new BindingFacts(parts.git, parts.instructions, parts.now), parts.now);
    this.blinds = new Blinds({
      ...{ store: parts.store, log: parts.log },
      view: () => this.view,
      verdictOf: (experiment) => computeReport(this.reportInput(experiment)).verdict.kind,
      refreshStore: () => this.refreshStore(),
    });
  }

  /** Made once per change: views ask for it again and again. */
  get state(): AppState {
    this.snapshot ??= this.join();
    return this.snapshot;
  }

  private join(): AppState {
    const { workspaceState } = this.parts;
    const { experiments } = this.view;
    return {
      loaded: this.loaded,
      sessionsLoaded: this.shown !== undefined,
      store: this.view,
      ...this.sessionsWith(this.view),
      active: activeExperiment(experiments, openFolderUris(), workspaceState.get<string>(SELECTED_EXPERIMENT)),
    };
  }

  private sessionsWith({
    outcomes,
    tags,
  }: Pick<StoreView, 'outcomes' | 'tags'>): Pick<AppState, 'sessions' | 'current'> {
    const { recorder, now, liveMinutes } = this.parts;
    const { assignments } = this.view;
    const known = judgedSessions(this.sessions, outcomes);
    const sessions = withStarting(known, this.told(), { now: now(), liveMinutes: liveMinutes() });
    const own = recorder.session();
    const [editorSession = own] = judgedSessions([own], outcomes);
    const current = decideCurrent({ sessions, editorSession, pinnedId: this.pinnedSession, now: now() });
    return {
      sessions: visibleSessions({
        sessions,
        editorSession,
        currentId: current.kind === 'one' ? current.session.id : undefined,
        isTagged: (id) => [...tags.values(), ...assignments.values()].some((ofExperiment) => ofExperiment.has(id)),
      }),
      current,
    };
  }

  /** Where a session that only its agent's hook told of belongs is known by the experiment that drew for it. */
  private told(): ToldSession[] {
    const folders = openFolderUris();
    return [...this.view.assignments].flatMap(([experimentId, ofExperiment]) => {
      const home = this.experiment(experimentId)?.workspace;
      const here = home !== undefined && folders.includes(home);
      return [...readableDraws(ofExperiment).values()].map((assignment) => ({ assignment, here }));
    });
  }

  private change(): void {
    this.forget();
    this.changed.fire();
  }

  /** What follows from what the model knows is found anew. */
  private forget(): void {
    this.snapshot = undefined;
    this.byId = undefined;
    this.blinds.forget();
  }

  experiment(id: string | undefined): Experiment | undefined {
    return this.view.experiments.find((experiment) => experiment.id === id);
  }

  session(id: string | undefined): IndexedSession | undefined {
    this.byId ??= new Map(this.state.sessions.map((session) => [session.id, session]));
    return id === undefined ? undefined : this.byId.get(id);
  }

  /** The variant of a session; undefined for none. */
  variant(experimentId: string, sessionId: string): SessionVariant | undefined {
    return variantOf(this.storedVariants(experimentId), sessionId);
  }

  /** The variants of all sessions of an experiment that have one. */
  variants(experimentId: string): ReadonlyMap<string, SessionVariant> {
    return variantsOf(this.storedVariants(experimentId));
  }

  private storedVariants(experimentId: string): StoredVariants {
    return {
      tags: this.view.tags.get(experimentId),
      assignments: this.view.assignments.get(experimentId),
      blinded: this.blinds.isBlinded(experimentId),
    };
  }

  async selectExperiment(id: string): Promise<void> {
    await this.parts.workspaceState.update(SELECTED_EXPERIMENT, id);
    this.change();
  }

  /** Chooses the current session by hand; undefined goes back to following the live one. */
  pinSession(id: string | undefined): void {
    this.pinnedSession = id;
    this.change();
  }

  /** What the sessions view shows. */
  get filter(): SessionFilter {
    return readFilter(this.parts.workspaceState.get(FILTER));
  }

  async setFilter(filter: SessionFilter): Promise<void> {
    await this.parts.workspaceState.update(FILTER, filter);
    this.change();
  }

  async refreshStore(): Promise<void> {
    const view = await this.parts.store.read();
    if (this.loaded && view === this.view) return;
    const { status } = view;
    if (status.kind === 'readOnly' && this.view.status.kind === 'ready') {
      this.parts.log.warn(`${readOnlyText(status.problem, status.file)} (${status.detail})`);
    }
    this.view = view;
    this.loaded = true;
    // Whoever asks meanwhile gets the new view.
    this.snapshot = undefined;
    try {
      await this.reports.reload(view.experiments);
    } catch (error) {
      this.parts.log.warn(`What reports need was not read again: ${String(error)}`);
    }
    this.change();
    // Git may take its time; no command waits for it here.
    void this.gather(view.experiments.filter(({ state }) => state === 'Running'));
  }

  async refreshSessions(): Promise<void> {
    // SQLite's start and the threads that read sessions would hold the editor up together; whether the store can be read does
    // not matter here.
    this.storeFirst ??= this.parts.store.read().then(
      () => undefined,
      () => undefined,
    );
    await this.storeFirst;
    const { index } = this;
    const sessions = await index.refresh(openFolderPaths(), this.parts.now());
    // A setting may have changed meanwhile: then these are the sessions of yesterday's index.
    if (index !== this.index) return;
    for (const problem of index.problems) {
      if (this.toldProblems.has(problem)) continue;
      this.toldProblems.add(problem);
      this.parts.log.warn(problem);
    }
    this.sessions = sessions;
    const own = index.get(this.parts.recorder.id);
    this.parts.recorder.setGit({ branch: own?.branch, commit: own?.startCommit });
    this.forget();
    // Which sessions are live changes with time alone, so both are compared.
    const { shown } = this;
    const current = JSON.stringify(this.state.current);
    if (shown?.current !== current || !sameSessions(shown.sessions, sessions)) {
      this.shown = { sessions, current };
      this.snapshot = { ...this.state, sessionsLoaded: true };
      this.changed.fire();
    }
    await this.gather(this.view.experiments.filter(({ state }) => state === 'Running'));
  }

  /** Asks git what the bindings need; views hear of it once more where it changed something. Never rejects. */
  private async gather(experiments: readonly Experiment[], again = false): Promise<void> {
    const known = { sessions: this.state.sessions, openFolders: openFolderUris() };
    try {
      if (await this.reports.gather(experiments, known, again)) this.change();
    } catch (error) {
      this.parts.log.warn(`Git could not be asked: ${String(error)}`);
    }
  }

  /**
   * Brings together all that can be known of an experiment now: reads the sessions to the end, and waits for git. What is still
   * open after `wait` has settled stays so. For how many sessions git gives no answer, and what could not be read.
   */
  async settle(experiment: Experiment, wait: Promise<unknown>): Promise<Unsettled> {
    const complete = await Promise.race([wait.then(() => false), this.readAll(experiment).then(() => true)]);
    const { excluded } = this.reportInput(experiment).sample;
    const unknown = excluded.filter(({ reason }) => NOT_KNOWN_NOW.includes(reason)).length;
    const folder = instructionFolder(experiment);
    const instructions = folder === undefined ? undefined : this.parts.instructions.failure(folder);
    return { unknown, failures: this.index.failures, instructions, complete };
  }

  private async readAll(experiment: Experiment): Promise<void> {
    let index;
    do {
      index = this.index;
      await this.refreshSessions();
    } while (index !== this.index);
    await this.reports.prepare(experiment);
    await this.gather([experiment], true);
  }

  /** Reads what the report of an experiment needs, and keeps it up to date from then on. */
  async prepareReport(experiment: Experiment): Promise<void> {
    await this.reports.prepare(experiment);
    if (!this.reports.isFrozen(experiment)) await this.gather([experiment]);
  }

  /** What the report of an experiment is computed from, as far as it was prepared. */
  reportInput(experiment: Experiment): ReportInput {
    const { store, sessions } = this.state;
    return this.reports.inputOf(experiment, {
      tags: store.tags.get(experiment.id) ?? new Map<string, Variant>(),
      assignments: store.assignments.get(experiment.id) ?? new Map<string, never>(),
      sessions: sessions.filter(hasNumbers),
      openFolders: openFolderUris(),
    });
  }

  /** What an experiment that is concluded now keeps for good. */
  freeze(stored: StoredFacts): string {
    const { experiment, tags, outcomes } = stored;
    const { sessions } = this.sessionsWith({ outcomes, tags: new Map([...this.view.tags, [experiment.id, tags]]) });
    return this.reports.freeze(experiment, {
      ...stored,
      sessions: sessions.filter(hasNumbers),
      openFolders: openFolderUris(),
    });
  }

  /** Logs that someone sees this. A log that cannot be written must not keep the report away. */
  look(facts: ReportFacts): void {
    if (this.view.status.kind === 'readOnly') return;
    this.reports.look(facts).catch((error: unknown) => {
      this.parts.log.warn(`The look at the report was not logged: ${String(error)}`);
    });
  }

  /** Something that views show, and that is neither in the store nor a session, has changed. */
  touch(): void {
    this.change();
  }

  /** The workspace's folders have changed: what belongs here is another thing now. */
  async foldersChanged(): Promise<void> {
    this.change();
    await this.refreshSessions();
  }

  /** Where the agents of these folders write. */
  watchFolders(): string[] {
    return this.index.watchFolders(openFolderPaths());
  }

  /** After a setting that concerns sessions has changed. */
  resetIndex(): Promise<void> {
    this.index.dispose?.();
    this.index = this.parts.createIndex();
    return this.refreshSessions();
  }

  /** Reads both. What was written before the call is in the result. */
  async refresh(): Promise<void> {
    await Promise.all([this.refreshStore(), this.refreshSessions()]);
  }

  dispose(): void {
    this.index.dispose?.();
    this.changed.dispose();
  }
}

/** A session that only starts has nothing to measure yet, and is no session without a value. */
const hasNumbers = ({ starting }: IndexedSession): boolean => starting !== true;

export function openFolderUris(): string[] {
  return (workspace.workspaceFolders ?? []).map((folder) => folder.uri.toString());
}

/** Paths of the open folders that are on a disk. */
export function openFolderPaths(): string[] {
  return (workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => folder.uri.fsPath);
}
