import { commands, env, l10n, Uri, window } from 'vscode';
import type { Session, Variant } from '../../api';
import type { HistoryEntry } from '../../domain/tags';
import { agentName, formatDateTime, formatWhen, sessionName } from '../format';
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

/** Chooses the current session by hand, or goes back to following the live one. */
export async function selectSession(app: App, call: Call): Promise<void> {
  if (call.sessionId !== undefined) {
    if (app.model.session(call.sessionId) === undefined) await app.model.refreshSessions();
    if (app.model.session(call.sessionId) === undefined) {
      throw new CommandError(l10n.t('There is no session with the id {id} in this workspace.', { id: call.sessionId }));
    }
    app.model.pinSession(call.sessionId);
    return;
  }
  if (!call.interactive) throw new CommandError(l10n.t('Say which session: pass its sessionId.'));
  await app.model.refreshSessions();
  const follow = {
    label: l10n.t('Follow the Live Session'),
    detail: l10n.t('The session that is going on in this workspace; with several, you are asked.'),
    sessionId: undefined,
  };
  const items = app.model.state.sessions.map((session) => ({
    label: sessionName(session, session.id),
    description: [
      agentName(session.agent),
      formatWhen(session.lastActiveAt, app.now()),
      ...(session.liveBecause === undefined ? [] : [l10n.t('live')]),
    ].join(' · '),
    sessionId: session.id,
  }));
  const picked = await window.showQuickPick([follow, ...items], {
    title: l10n.t('Current Session'),
    placeHolder: l10n.t('Which session do tags go to?'),
    matchOnDescription: true,
  });
  if (!picked) throw new Cancelled();
  app.model.pinSession(picked.sessionId);
}

export async function copySessionId(app: App, call: Call): Promise<void> {
  if (call.sessionId === undefined) throw new CommandError(l10n.t('Say which session: pass its sessionId.'));
  await env.clipboard.writeText(call.sessionId);
  if (call.interactive) app.notifier.done(l10n.t('The session id was copied.'));
}

/** Every tag, retag and untag of an experiment, or of one session in it: to a person as a list, to a program as data. */
export async function showHistory(app: App, call: Call): Promise<readonly HistoryEntry[]> {
  await app.model.refreshStore();
  const title = l10n.t('Tag History');
  const experiment = await resolveExperiment(app, call, { title });
  const history = await app.model.blinds.history(experiment.id, call.sessionId);
  if (!call.interactive) return history;
  if (history.length === 0)
    throw new CommandError(l10n.t('No tag was ever set in “{name}”.', { name: experiment.name }));
  const items = [...history].reverse().map((entry) => ({
    label: stepText(entry, app.model.blinds.isBlinded(experiment.id) ? 'Assigned' : undefined),
    description: sessionName(app.model.session(entry.sessionId), entry.sessionId),
    detail: [formatDateTime(entry.at), entry.author.who, entry.reason].filter((part) => part !== undefined).join(' · '),
    sessionId: entry.sessionId,
  }));
  const picked = await window.showQuickPick(items, {
    title: `${title}: ${experiment.name}`,
    placeHolder: l10n.t('Newest first. Enter shows the session.'),
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked) await app.showSession(picked.sessionId);
  return history;
}

/** `hidden` stands for a variant that is not told. */
function stepText({ action, from, to }: HistoryEntry, hidden: 'Assigned' | undefined): string {
  const name = (variant: Variant | undefined): string => {
    const mark = variant ?? hidden;
    return mark === undefined ? '?' : markName(mark);
  };
  switch (action) {
    case 'tag':
      return l10n.t('Tagged {to}', { to: name(to) });
    case 'retag':
      return l10n.t('Retagged {from} to {to}', { from: name(from), to: name(to) });
    case 'untag':
      return l10n.t('Untagged {from}', { from: name(from) });
  }
}

/** Keeps the person's own word on a session's outcome, which beats what its last test showed. */
export async function setOutcome(
  app: App,
  call: Call,
  outcome: NonNullable<Session['outcome']> | undefined,
): Promise<NonNullable<Session['outcome']> | undefined> {
  await app.model.refreshStore();
  requireWritable(app);
  const sessionId = await resolveSession(app, call, l10n.t('Outcome of the Session'));
  const kept = await app.store.setOutcome(sessionId, outcome, app.author(call.interactive ? 'person' : 'program'));
  if (kept !== undefined) await keepSession(app, sessionId);
  await app.model.refreshStore();
  if (call.interactive) {
    const session = sessionName(app.model.session(sessionId), sessionId);
    app.notifier.done(
      kept === undefined
        ? l10n.t('What you said of “{session}” was taken back.', { session })
        : kept === 'success'
          ? l10n.t('“{session}” counts as a success.', { session })
          : l10n.t('“{session}” counts as a failure.', { session }),
    );
  }
  return kept;
}

/** Opens the file that the agent writes, to read. */
export async function openTranscript(app: App, call: Call): Promise<void> {
  const sessionId = await resolveSession(app, call, l10n.t('Open Transcript'));
  const transcript = app.model.session(sessionId)?.transcript;
  if (transcript === undefined) throw new CommandError(l10n.t('The session has no transcript, or it is gone.'));
  await commands.executeCommand('vscode.open', Uri.file(transcript), { preview: true });
  // The agent is still writing it: an automatic save or format must not touch it.
  await commands.executeCommand('workbench.action.files.setActiveEditorReadonlyInSession');
}

/** Asks what the sessions view shows. */
export async function chooseFilter(app: App): Promise<void> {
  const { filter } = app.model;
  const agents = [...new Set(app.model.state.sessions.map(({ agent }) => agent))].sort();
  const items = [
    ...agents.map((agent) => ({
      label: agentName(agent),
      picked: !filter.hiddenAgents.includes(agent),
      agent,
    })),
    { label: l10n.t('Only untagged sessions'), picked: filter.untaggedOnly, agent: undefined },
  ];
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Filter Sessions'),
    placeHolder: l10n.t('What should the list show?'),
    canPickMany: true,
  });
  if (!picked) throw new Cancelled();
  await app.model.setFilter({
    hiddenAgents: agents.filter((agent) => !picked.some((item) => item.agent === agent)),
    untaggedOnly: picked.some((item) => item.agent === undefined),
  });
}
