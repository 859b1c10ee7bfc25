import { env, l10n, window } from 'vscode';
import type { HistoryEntry } from '../../domain/tags';
import { agentName, formatDateTime, formatWhen, sessionName } from '../format';
import { variantName } from '../texts';
import { Cancelled, CommandError, resolveExperiment, type App } from './app';
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
  const history = await app.store.history(experiment.id, call.sessionId);
  if (!call.interactive) return history;
  if (history.length === 0)
    throw new CommandError(l10n.t('No tag was ever set in “{name}”.', { name: experiment.name }));
  const items = [...history].reverse().map((entry) => ({
    label: stepText(entry),
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

function stepText({ action, from, to }: HistoryEntry): string {
  const name = (variant: typeof from): string => (variant === undefined ? '?' : variantName(variant));
  switch (action) {
    case 'tag':
      return l10n.t('Tagged {to}', { to: name(to) });
    case 'retag':
      return l10n.t('Retagged {from} to {to}', { from: name(from), to: name(to) });
    case 'untag':
      return l10n.t('Untagged {from}', { from: name(from) });
  }
}
