import { commands, l10n, window } from 'vscode';
import { VARIANTS, type TagResult, type Variant } from '../../api';
import { nextTransition } from '../../domain/experiment';
import type { Mark } from '../../domain/sessionVariant';
import type { TagDecision, TagRequest } from '../../domain/tags';
import { StoreError } from '../../store/errors';
import { commandId } from '../contributions';
import { sessionName } from '../format';
import { askReason } from '../steps';
import { storeErrorText } from '../storeTexts';
import { markName, tagMessage, variantName } from '../texts';
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

/** Tags the session as the variant; a conflict changes nothing and is shown. */
export async function tag(app: App, call: Call, variant: Variant): Promise<TagResult> {
  const place = await target(app, call, l10n.t('Tag Session as {variant}', { variant: variantName(variant) }), variant);
  if ('outcome' in place) return place;
  return apply(app, call, { action: 'tag', ...place, variant });
}

/** Changes a tag, with a reason. Asked for interactively; a session without a tag is simply tagged then. */
export async function retag(app: App, call: Call): Promise<TagResult> {
  const title = l10n.t('Retag Session');
  const place = await target(app, call, title, call.variant);
  if ('outcome' in place) return place;
  if (!call.interactive) {
    if (call.variant === undefined) {
      return refused(
        app,
        { ...call, ...place },
        undefined,
        l10n.t('Pass the variant: Control, Treatment or Excluded.'),
      );
    }
    return apply(app, call, { action: 'retag', ...place, variant: call.variant, reason: call.reason ?? '' });
  }
  const existing = app.model.variant(place.experimentId, place.sessionId)?.mark;
  const variant = call.variant ?? (await pickVariant(app, place, existing));
  if (existing === undefined) return apply(app, call, { action: 'tag', ...place, variant });
  const reason = await askReason(
    l10n.t('Retag from {from} to {to}', { from: markName(existing), to: variantName(variant) }),
  );
  if (reason === undefined) throw new Cancelled();
  return apply(app, call, { action: 'retag', ...place, variant, reason });
}

export async function untag(app: App, call: Call): Promise<TagResult> {
  const place = await target(app, call, l10n.t('Untag Session'), undefined);
  if ('outcome' in place) return place;
  if (!call.interactive) return apply(app, call, { action: 'untag', ...place, reason: call.reason ?? '' });
  const existing = app.model.variant(place.experimentId, place.sessionId);
  // The store says why there is nothing to untag.
  if (existing === undefined || existing.drawn) return apply(app, call, { action: 'untag', ...place, reason: '-' });
  const reason = await askReason(l10n.t('Untag from {from}', { from: markName(existing.mark) }));
  if (reason === undefined) throw new Cancelled();
  return apply(app, call, { action: 'untag', ...place, reason });
}

interface Place {
  experimentId: string;
  sessionId: string;
}

/** Where to tag. What cannot be told is a refused result for a program, and a question for a person. */
async function target(app: App, call: Call, title: string, variant: Variant | undefined): Promise<Place | TagResult> {
  await Promise.all([app.model.refreshStore(), call.sessionId === undefined ? app.model.refreshSessions() : undefined]);
  try {
    requireWritable(app);
    if (call.experimentId === undefined) offerStart(app, call);
    const { id: experimentId } = await resolveExperiment(app, call, { title, states: ['Running'], preferActive: true });
    const sessionId = await resolveSession(app, call, title);
    return { experimentId, sessionId };
  } catch (error) {
    if (call.interactive || !(error instanceof CommandError)) throw error;
    return refused(app, call, variant, error.message);
  }
}

function refused(app: App, call: Call, variant: Variant | undefined, message: string): TagResult {
  app.log.warn(message);
  const { experimentId = '', sessionId = '' } = call;
  return { outcome: 'refused', experimentId, sessionId, ...(variant === undefined ? {} : { variant }), message };
}

/** With drafts but nothing running, the way out is to start one: say so with a button. */
function offerStart(app: App, call: Call): void {
  const { active, store } = app.model.state;
  if (!call.interactive || active.kind !== 'none') return;
  const drafts = store.experiments.some(
    ({ state, damaged }) => damaged === undefined && nextTransition(state) === 'start',
  );
  const message = l10n.t('No experiment is running here, so there is nothing to tag for.');
  app.notifier.info(message, {
    label: drafts ? l10n.t('Start Experiment') : l10n.t('New Experiment…'),
    run: () => commands.executeCommand(commandId(drafts ? 'startExperiment' : 'newExperiment')),
  });
  throw new Cancelled();
}

async function pickVariant(app: App, place: Place, existing: Mark | undefined): Promise<Variant> {
  const session = sessionName(app.model.session(place.sessionId), place.sessionId);
  const picked = await window.showQuickPick(
    VARIANTS.filter((variant) => canBecome(existing, variant)).map((variant) => ({
      label: variantName(variant),
      detail: variantDetail(variant),
      variant,
    })),
    {
      title: app.model.experiment(place.experimentId)?.name ?? '',
      ignoreFocusOut: true,
      placeHolder:
        existing === undefined
          ? l10n.t('Which variant is “{session}”?', { session })
          : l10n.t('“{session}” is {existing}. Which variant should it be?', {
              session,
              existing: markName(existing),
            }),
    },
  );
  if (!picked) throw new Cancelled();
  return picked.variant;
}

/** Any answer but “excluded” would tell the variant that is hidden. */
function canBecome(existing: Mark | undefined, variant: Variant): boolean {
  return existing === 'Assigned' ? variant === 'Excluded' : variant !== existing;
}

function variantDetail(variant: Variant): string {
  switch (variant) {
    case 'Control':
      return l10n.t('The session ran without the change.');
    case 'Treatment':
      return l10n.t('The session ran with the change.');
    case 'Excluded':
      return l10n.t('The session must not count, for example because both were mixed.');
  }
}

async function apply(app: App, call: Call, request: TagRequest): Promise<TagResult> {
  const { experimentId, sessionId } = request;
  const asked = request.action === 'untag' ? undefined : request.variant;
  const hidden = app.model.variant(experimentId, sessionId)?.mark === 'Assigned';
  if (hidden && request.action !== 'untag' && !(request.action === 'retag' && asked === 'Excluded')) {
    const message = l10n.t(
      'The variant of this session was drawn and is hidden, so it cannot be tagged. Exclude it with “Retag Session…” and a reason, or unblind the experiment first.',
    );
    if (call.interactive) throw new CommandError(message);
    return refused(app, { ...call, experimentId, sessionId }, asked, message);
  }
  try {
    const decided = await app.store.apply(request, app.author(call.interactive ? 'person' : 'program'));
    const decision = hidden ? withoutExisting(decided) : decided;
    if (decision.after !== undefined) await keepSession(app, sessionId);
    await app.model.refreshStore();
    const names = {
      session: sessionName(app.model.session(sessionId), sessionId),
      experiment: app.model.experiment(experimentId)?.name ?? experimentId,
    };
    const message = tagMessage(decision, asked, names);
    const variant = asked ?? decision.existing;
    const result: TagResult = {
      outcome: decision.outcome,
      experimentId,
      sessionId,
      ...(variant === undefined ? {} : { variant }),
      ...(decision.existing === undefined ? {} : { existing: decision.existing }),
      message,
    };
    tell(app, call, request, result);
    return result;
  } catch (error) {
    if (call.interactive || !(error instanceof StoreError)) throw error;
    return refused(app, call, asked, storeErrorText(error));
  }
}

/** What was drawn stays hidden also from whoever excludes the session: it is told as tagged. */
function withoutExisting({ outcome, after, refusal }: TagDecision): TagDecision {
  return {
    outcome: outcome === 'retagged' ? 'tagged' : outcome,
    ...(after === undefined ? {} : { after }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function tell(app: App, call: Call, request: TagRequest, result: TagResult): void {
  switch (result.outcome) {
    case 'conflict':
      if (request.action !== 'untag') conflict(app, result, request.variant);
      return;
    case 'refused':
      if (call.interactive) app.notifier.warn(result.message);
      else app.log.warn(result.message);
      return;
    default:
      if (call.interactive) app.notifier.done(result.message);
      else app.log.info(result.message);
  }
}

/** The way out of a conflict. Dismissing it changes nothing. */
function conflict(app: App, { message, experimentId, sessionId }: TagResult, variant: Variant): void {
  app.notifier.warn(
    message,
    {
      label: l10n.t('Retag…'),
      run: () =>
        retag(app, { interactive: true, experimentId, sessionId, variant, raw: {} }).catch((error: unknown) => {
          if (!(error instanceof Cancelled)) app.notifier.error(error instanceof Error ? error.message : String(error));
        }),
    },
    { label: l10n.t('Show Session'), run: () => app.showSession(sessionId) },
  );
}
