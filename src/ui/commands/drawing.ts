import { env, l10n, window } from 'vscode';
import type { DrawResult, Experiment, Randomised } from '../../api';
import { drawing } from '../../assignment/drawing';
import { textFor, type Assignment } from '../../domain/assignment';
import { openFolderPaths } from '../appModel';
import { agentName, sessionName } from '../format';
import { markName } from '../texts';
import {
  Cancelled,
  CommandError,
  keepSession,
  requireWritable,
  resolveExperiment,
  resolveSession,
  type App,
} from './app';
import type { Call } from './call';

type RandomisedExperiment = Experiment & { randomised: Randomised };

/**
 * Draws the variant of a session whose agent does not ask for it, once for ever, and gives the person the text to paste. A session
 * that has had prompts is drawn only with a confirmation, and known as drawn late: its start was without the text.
 */
export async function drawVariant(app: App, call: Call): Promise<DrawResult> {
  await app.model.refresh();
  requireWritable(app);
  const title = l10n.t('Draw Variant for This Session');
  const experiment = await randomisedExperiment(app, call, title);
  const sessionId = await resolveSession(app, call, title);
  const session = app.model.session(sessionId);
  const agent = session?.agent ?? readAgent(call);
  const [openFolder] = openFolderPaths();
  const folder = session?.workspaceFolder ?? openFolder;
  if (folder === undefined) throw new CommandError(l10n.t('Open the folder that the session works in first.'));
  const known = app.model.variant(experiment.id, sessionId);
  if (known?.drawn === false) {
    throw new CommandError(
      l10n.t('“{session}” is tagged as {variant} in “{experiment}”, so nothing is drawn for it.', {
        ...names(app, experiment, sessionId),
        variant: markName(known.mark),
      }),
    );
  }
  const late = session !== undefined && session.prompts > 0;
  if (known === undefined && late && !(await confirmLate(app, call, experiment, sessionId))) {
    const message = l10n.t(
      '“{session}” has already had prompts, so nothing was drawn: a session that began without its text is no fair comparison. Draw before the first prompt, or pass late: true.',
      { session: sessionName(session, sessionId) },
    );
    return { outcome: 'refused', experimentId: experiment.id, sessionId, message };
  }
  const [assigned] = await app.store.assign(
    { agent, sessionId, folder, begins: true, source: late ? 'late' : 'person', experimentId: experiment.id },
    drawing,
  );
  if (assigned === undefined) {
    throw new CommandError(
      l10n.t('“{experiment}” draws nothing for this session: its agent ({agent}) or its folder does not take part.', {
        experiment: experiment.name,
        agent: agentName(agent),
      }),
    );
  }
  await keepSession(app, sessionId);
  return handOver(app, call, assigned.assignment, assigned.isNew, experiment);
}

async function handOver(
  app: App,
  call: Call,
  assignment: Assignment,
  isNew: boolean,
  experiment: RandomisedExperiment,
): Promise<DrawResult> {
  const { sessionId, variant, source } = assignment;
  const text = textFor(experiment.randomised, variant);
  await app.model.refreshStore();
  const mark = app.model.blinds.isBlinded(experiment.id) ? 'Assigned' : variant;
  const message = l10n.t('“{session}” is {variant} in “{experiment}”.', {
    ...names(app, experiment, sessionId),
    variant: markName(mark),
  });
  const isTaken = call.interactive && text !== undefined ? await show(app, markName(mark), text, message) : true;
  if (call.interactive && text === undefined) {
    app.notifier.info(l10n.t('{message} It gets no text: go on as usual.', { message }));
  }
  if (isTaken && assignment.deliveredAt === undefined) await app.store.delivered([assignment]);
  await app.model.refreshStore();
  return {
    outcome: isNew ? 'drawn' : 'unchanged',
    experimentId: experiment.id,
    sessionId,
    ...(mark === 'Assigned' ? {} : { variant: mark }),
    ...(text === undefined ? {} : { text }),
    ...(source === 'late' ? { late: true as const } : {}),
    message,
  };
}

const SHOWN_TEXT = 1_500;

/** Whether the person took the text. */
async function show(app: App, variant: string, text: string, message: string): Promise<boolean> {
  const copy = l10n.t('Copy Text');
  const shown = text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT)}…` : text;
  const detail = [message, l10n.t('Paste this as the first prompt, or before it:'), shown].join('\n\n');
  if ((await app.notifier.ask(variant, detail, copy)) !== copy) return false;
  await env.clipboard.writeText(text);
  app.notifier.done(l10n.t('The text is on the clipboard. Paste it before your first prompt.'));
  return true;
}

const names = (app: App, { name }: Experiment, sessionId: string): { session: string; experiment: string } => ({
  session: sessionName(app.model.session(sessionId), sessionId),
  experiment: name,
});

async function confirmLate(app: App, call: Call, experiment: Experiment, sessionId: string): Promise<boolean> {
  if (!call.interactive) return call.raw['late'] === true;
  const draw = l10n.t('Draw Anyway');
  const detail = l10n.t(
    '“{session}” has already had prompts. What it did before was without the text, so it is told apart from sessions that were drawn before the first prompt of “{experiment}”.',
    names(app, experiment, sessionId),
  );
  if ((await app.notifier.ask(l10n.t('Draw after the first prompt?'), detail, draw)) !== draw) throw new Cancelled();
  return true;
}

async function randomisedExperiment(app: App, call: Call, title: string): Promise<RandomisedExperiment> {
  const isRandomised = (experiment: Experiment): experiment is RandomisedExperiment =>
    experiment.randomised !== undefined;
  const { active } = app.model.state;
  const experiment = await resolveExperiment(app, call, {
    title,
    states: ['Running'],
    preferActive: active.kind === 'one' && isRandomised(active.experiment),
    only: isRandomised,
  });
  if (isRandomised(experiment) && experiment.state === 'Running' && experiment.damaged === undefined) return experiment;
  throw new CommandError(l10n.t('“{name}” is no running randomised experiment.', { name: experiment.name }));
}

function readAgent(call: Call): string {
  if (call.agent !== undefined) return call.agent;
  throw new CommandError(l10n.t('The session is not known here. Pass its agent.'));
}

/** Shows what is hidden, at the price of its being told in the report. */
export async function unblind(app: App, call: Call): Promise<Experiment> {
  await app.model.refresh();
  requireWritable(app);
  const title = l10n.t('Unblind Experiment');
  const isBlinded = ({ id }: Experiment): boolean => app.model.blinds.isBlinded(id);
  const experiment = await resolveExperiment(app, call, { title, only: isBlinded });
  const { id, name } = experiment;
  if (!isBlinded(experiment)) throw new CommandError(l10n.t('Nothing is hidden in “{name}”.', { name }));
  if (call.interactive) await confirmUnblind(name);
  await app.store.unblind(id, app.author(call.interactive ? 'person' : 'program'));
  await app.model.refreshStore();
  if (call.interactive) app.notifier.done(l10n.t('“{name}” is no longer blinded. Its report says so.', { name }));
  return experiment;
}

async function confirmUnblind(name: string): Promise<void> {
  const verb = l10n.t('Unblind');
  const picked = await window.showQuickPick(
    [
      { label: l10n.t('Keep Blinded') },
      {
        label: verb,
        detail: l10n.t('You see variants and effects before there is a verdict. That is kept, and told in the report.'),
      },
    ],
    { title: l10n.t('Unblind “{name}”?', { name }), ignoreFocusOut: true },
  );
  if (picked?.label !== verb) throw new Cancelled();
}
