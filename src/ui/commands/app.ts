import { l10n, window, type LogOutputChannel, type QuickPickItem } from 'vscode';
import type { Experiment, ExperimentState } from '../../api';
import { compareForDisplay } from '../../domain/experiment';
import type { Author } from '../../domain/tags';
import type { InstructionStates } from '../../instructions/instructionStates';
import type { IndexedSession } from '../../sessions/model';
import type { ExperimentFile } from '../../store/experimentFile';
import type { ExperimentStore } from '../../store/experimentStore';
import { openFolderUris, type AppModel } from '../appModel';
import type { Pages } from '../data/pages';
import { agentName, formatWhen, sessionName } from '../format';
import type { GitRepositories } from '../gitRepositories';
import type { Hooks } from '../../assignment/hooks';
import type { HookDiffs } from '../hookDiffs';
import type { Notifier } from '../notify';
import type { Reports } from '../report/reports';
import { readOnlyText } from '../storeTexts';
import { metricText, stateName } from '../texts';
import type { Call } from './call';

/** What commands work with. */
export interface App {
  model: AppModel;
  store: ExperimentStore;
  /** The same, as a file that can be copied, replaced and filled from others. */
  file: ExperimentFile;
  pages: Pages;
  git: GitRepositories;
  instructions: InstructionStates;
  notifier: Notifier;
  log: LogOutputChannel;
  reports: Reports;
  /** Opens the report's page, or brings it to the front. */
  openReport: (experiment: Experiment) => void;
  hooks: Hooks;
  hookDiffs: HookDiffs;
  /** Shows a session in the sidebar. */
  showSession: (sessionId: string) => Promise<void>;
  /** Makes sure that a tagged session outlives the window: the editor's own is written only once it matters. */
  keepSession: (sessionId: string) => Promise<void>;
  author: (via: Author['via']) => Author;
  newId: () => string;
  now: () => number;
}

/** A command that cannot go on, with the sentence for the person or the calling program. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

/** The experiments file is damaged: there is a way out, which a person is offered. */
export class DamagedFile extends CommandError {}

/** The person gave up; nothing is said about it. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Says at once that nothing can be written, rather than after the person's answers. */
export function requireWritable(app: App): void {
  const { status } = app.model.state.store;
  if (status.kind === 'ready') return;
  const text = readOnlyText(status.problem, status.file);
  throw status.problem === 'unreadable' ? new DamagedFile(text) : new CommandError(text);
}

/** A session that matters must outlive the window; a failure to keep it must not hide that the tag was stored. */
export async function keepSession(app: App, sessionId: string): Promise<void> {
  try {
    await app.keepSession(sessionId);
  } catch (error) {
    app.log.warn(`The session ${sessionId} was not saved: ${String(error)}`);
  }
}

const anyState: readonly ExperimentState[] = ['Draft', 'Running', 'Concluded', 'Archived'];

/**
 * The experiment that a command is about: the one it was given, else the active one where `preferActive`, else a question. A
 * program that gives none gets an error instead of a question.
 */
export async function resolveExperiment(
  app: App,
  call: Call,
  {
    title,
    states = anyState,
    preferActive = false,
    only = () => true,
  }: {
    title: string;
    states?: readonly ExperimentState[];
    preferActive?: boolean;
    /** Which ones are offered. */
    only?: (experiment: Experiment) => boolean;
  },
): Promise<Experiment> {
  const { store, active } = app.model.state;
  if (call.experimentId !== undefined) {
    const experiment = app.model.experiment(call.experimentId);
    if (experiment === undefined) {
      throw new CommandError(l10n.t('There is no experiment with the id {id}.', { id: call.experimentId }));
    }
    return experiment;
  }
  if (preferActive && active.kind === 'one') return active.experiment;
  if (!call.interactive) throw new CommandError(l10n.t('Say which experiment: pass its experimentId.'));

  const candidates = store.experiments
    .filter((experiment) => experiment.damaged === undefined && states.includes(experiment.state) && only(experiment))
    .sort(compareForDisplay);
  const here = openFolderUris();
  const [first] = candidates;
  if (first === undefined) {
    const names = states.map(stateName).join(', ');
    throw new CommandError(
      store.experiments.length === 0
        ? l10n.t('There is no experiment yet. Create one with “New Experiment…”.')
        : store.experiments.some((experiment) => states.includes(experiment.state))
          ? l10n.t('No experiment is of the kind that “{command}” is for.', { command: title })
          : l10n.t('There is no experiment in the state {states}.', { states: names }),
    );
  }
  const items: (QuickPickItem & { experiment: Experiment })[] = candidates.map((experiment) => ({
    label: experiment.name,
    description: stateName(experiment.state),
    detail:
      experiment.workspace === undefined || here.includes(experiment.workspace)
        ? metricText(experiment.metric).label
        : l10n.t('{metric}, in another workspace', { metric: metricText(experiment.metric).label }),
    experiment,
  }));
  const picked = await window.showQuickPick(items, {
    title,
    placeHolder: l10n.t('Which experiment?'),
    // A report page that is drawn anew takes the focus, and would take the question with it.
    ignoreFocusOut: true,
  });
  if (!picked) throw new Cancelled();
  return picked.experiment;
}

/**
 * The session that a command is about: the one it was given, else the current one, else, with several live ones, a question.
 * Never the newest of several by guess.
 */
export async function resolveSession(app: App, call: Call, title: string): Promise<string> {
  if (call.sessionId !== undefined) return call.sessionId;
  const { current } = app.model.state;
  if (current.kind === 'one') return current.session.id;
  if (!call.interactive) {
    const ids = current.sessions.map((session) => session.id).join(', ');
    throw new CommandError(l10n.t('Several sessions are live ({ids}). Pass the sessionId of one.', { ids }));
  }
  const picked = await pickSession(current.sessions, app.now(), title, l10n.t('Several sessions are live. Which one?'));
  return picked.id;
}

export async function pickSession(
  sessions: readonly IndexedSession[],
  now: number,
  title: string,
  placeHolder: string,
): Promise<IndexedSession> {
  const items = sessions.map((session) => ({
    label: sessionName(session, session.id),
    description: [agentName(session.agent), formatWhen(session.lastActiveAt, now)].join(' · '),
    session,
  }));
  const picked = await window.showQuickPick(items, {
    title,
    placeHolder,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (!picked) throw new Cancelled();
  return picked.session;
}
