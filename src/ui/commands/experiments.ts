import { commands, l10n, window } from 'vscode';
import type { Experiment, ExperimentInput } from '../../api';
import { HOOK_AGENTS } from '../../assignment/hookTargets';
import { isOpenAtStart } from '../../domain/binding';
import { createExperiment, type Transition } from '../../domain/experiment';
import { validateInput } from '../../domain/validation';
import type { TransitionExtras } from '../../store/experimentStore';
import { openFolderPaths, openFolderUris } from '../appModel';
import { checkedBinding, fingerprintAtStart, tipsOf } from '../bindingChecks';
import { commandId } from '../contributions';
import { askExperiment } from '../newExperimentSteps';
import { problemText, refusalMessage, saveMessage, stateName, transitionMessage } from '../texts';
import { Cancelled, CommandError, requireWritable, resolveExperiment, type App } from './app';
import type { Call } from './call';
import { readyToConclude } from './conclude';
import { confirm } from './confirm';

/** Creates a draft. A person is asked step by step; a program passes an `ExperimentInput`. */
export async function newExperiment(app: App, call: Call): Promise<Experiment> {
  // Not after seven questions.
  await app.store.ready();
  await app.model.refreshStore();
  requireWritable(app);
  const workspace = call.interactive ? await askFolder() : openFolderUris()[0];
  const asked = call.interactive ? await askExperiment(app, workspace) : { input: call.raw, start: false };
  if (asked === undefined) throw new Cancelled();
  const input = await checkedInput(app, asked.input, workspace);
  const saved = await save(app, createExperiment({ input, id: app.newId(), now: app.now(), workspace }));
  if (asked.start) return move(app, { ...call, experimentId: saved.id }, 'start');
  if (call.interactive) tellCreated(app, saved);
  return saved;
}

function tellCreated({ notifier }: App, { name, binding }: Experiment): void {
  if (!isOpenAtStart(binding)) notifier.done(l10n.t('“{name}” was created as a draft.', { name }));
  else {
    notifier.info(
      l10n.t('“{name}” is a draft. Now write the change into the instruction files, then start it.', { name }),
    );
  }
}

/** Changes a draft. A person is asked step by step; a program passes the new `ExperimentInput` as `input`. */
export async function editDraft(app: App, call: Call): Promise<Experiment> {
  await app.model.refreshStore();
  requireWritable(app);
  const draft = await resolveExperiment(app, call, { title: l10n.t('Edit Draft'), states: ['Draft'] });
  requireDraft(draft);
  const asked = call.interactive
    ? await askExperiment(app, draft.workspace, draft)
    : { input: call.raw['input'], start: false };
  if (asked === undefined) throw new Cancelled();
  const input = await checkedInput(app, asked.input, draft.workspace);
  const saved = await save(
    app,
    createExperiment({ input, id: draft.id, now: draft.createdAt, workspace: draft.workspace }),
  );
  if (asked.start) return move(app, { ...call, experimentId: saved.id }, 'start');
  if (call.interactive) app.notifier.done(l10n.t('“{name}” was changed.', { name: saved.name }));
  return saved;
}

/** Deletes a draft with its tags. What ran can only be archived. */
export async function deleteDraft(app: App, call: Call): Promise<void> {
  await app.model.refreshStore();
  requireWritable(app);
  const draft = await resolveExperiment(app, call, { title: l10n.t('Delete Draft'), states: ['Draft'] });
  requireDraft(draft);
  if (call.interactive) {
    await confirm(l10n.t('Delete “{name}”?', { name: draft.name }), l10n.t('Keep the Draft'), {
      label: l10n.t('Delete'),
      detail: l10n.t('Its tags go with it, and stay in the history.'),
    });
  }
  const decision = await app.store.deleteDraft(draft.id, app.author(call.interactive ? 'person' : 'program'));
  await app.model.refreshStore();
  // Another window may have started or deleted it meanwhile.
  if (decision.outcome === 'refused') requireDraft(app.model.experiment(draft.id));
  else if (call.interactive) app.notifier.done(l10n.t('“{name}” was deleted.', { name: draft.name }));
}

function requireDraft(experiment: Experiment | undefined): void {
  if (experiment === undefined || experiment.damaged !== undefined) {
    const refusal = experiment === undefined ? 'unknownExperiment' : 'damagedExperiment';
    throw new CommandError(refusalMessage(refusal, { session: '', experiment: experiment?.name ?? '' }));
  }
  const { name, state } = experiment;
  if (state === 'Draft') return;
  throw new CommandError(
    l10n.t('“{name}” is {state}. Only a draft can be changed or deleted.', { name, state: stateName(state) }),
  );
}

async function checkedInput(app: App, given: unknown, workspace: string | undefined): Promise<ExperimentInput> {
  const validated = validateInput(given);
  if (!validated.ok) throw new CommandError(validated.problems.map(problemText).join(' '));
  const input = validated.value;
  return { ...input, binding: await checkedBinding(app, input.binding, input.workspace ?? workspace) };
}

async function save(app: App, experiment: Experiment): Promise<Experiment> {
  const decision = await app.store.save(experiment);
  await app.model.refreshStore();
  if (decision.outcome === 'refused') throw new CommandError(saveMessage(decision.refusal, experiment.name));
  return decision.experiment;
}

/** The folder that the experiment belongs to; asked for only where several are open. */
async function askFolder(): Promise<string | undefined> {
  const folders = openFolderUris();
  if (folders.length < 2) return folders[0];
  const picked = await window.showWorkspaceFolderPick({
    placeHolder: l10n.t('Which folder does the experiment belong to?'),
    ignoreFocusOut: true,
  });
  if (!picked) throw new Cancelled();
  return picked.uri.toString();
}

export async function move(app: App, call: Call, transition: Transition): Promise<Experiment> {
  await app.model.refreshStore();
  const experiment = await resolveExperiment(app, call, {
    title: transitionTitle(transition),
    states: transition === 'start' ? ['Draft'] : transition === 'conclude' ? ['Running'] : ['Concluded'],
  });
  const decision = await app.store.transition(
    experiment.id,
    transition,
    await extrasOf(app, call, transition, experiment),
  );
  await app.model.refreshStore();
  if (!decision.ok) throw new CommandError(transitionMessage(decision.refusal, experiment.name));
  // A program that starts an experiment does not turn the person's tags away from the one in use.
  if (transition === 'start' && (call.interactive || app.model.state.active.kind !== 'one')) {
    await app.model.selectExperiment(experiment.id);
  }
  if (call.interactive) {
    app.notifier.done(doneText(transition, experiment));
    if (transition === 'start') offerHook(app, experiment);
  }
  return decision.experiment;
}

/** Until an agent asks for its variant, nothing is drawn. */
function offerHook(app: App, { randomised }: Experiment): void {
  if (randomised === undefined) return;
  const folder = openFolderPaths()[0];
  const agents = HOOK_AGENTS.filter((agent) => randomised.agents?.includes(agent) !== false);
  if (agents.some((agent) => app.hooks.status(agent, folder).state === 'inPlace')) return;
  const byHand = {
    label: l10n.t('Draw for This Session'),
    run: () => commands.executeCommand(commandId('drawVariant')),
  };
  const install = { label: l10n.t('Install Hook…'), run: () => commands.executeCommand(commandId('installHook')) };
  if (agents.length === 0) {
    app.notifier.info(
      l10n.t('These agents take no text by a hook: draw for each session before its first prompt.'),
      byHand,
    );
    return;
  }
  app.notifier.info(
    l10n.t('No agent asks for its variant yet. Install the hook, or draw for each session before its first prompt.'),
    install,
    byHand,
  );
}

async function extrasOf(
  app: App,
  call: Call,
  transition: Transition,
  experiment: Experiment,
): Promise<TransitionExtras> {
  if (transition === 'start') {
    if (experiment.state !== 'Draft') return {};
    const pinnedTips = await tipsOf(app.git, experiment);
    const now = await fingerprintAtStart(app, experiment);
    if (call.interactive && now !== undefined) await confirmTreatment(experiment, now);
    return { pinnedTips, fingerprint: now?.fingerprint };
  }
  if (transition === 'archive' || experiment.state !== 'Running' || experiment.damaged !== undefined) return {};
  await readyToConclude(app, call, experiment);
  return { freeze: (stored) => app.model.freeze(stored) };
}

function transitionTitle(transition: Transition): string {
  switch (transition) {
    case 'start':
      return l10n.t('Start Experiment');
    case 'conclude':
      return l10n.t('Conclude Experiment');
    case 'archive':
      return l10n.t('Archive Experiment');
  }
}

function doneText(transition: Transition, { name, randomised }: Experiment): string {
  switch (transition) {
    case 'start':
      return randomised === undefined
        ? l10n.t('“{name}” is running. Tags go to it.', { name })
        : l10n.t('“{name}” is running. Sessions that start from now on are drawn.', { name });
    case 'conclude':
      return l10n.t('“{name}” is concluded.', { name });
    case 'archive':
      return l10n.t('“{name}” is archived.', { name });
  }
}

/** What Treatment is cannot change once it runs, so a person sees which files differ. */
async function confirmTreatment(
  { name, binding }: Experiment,
  { fingerprint, changes }: { fingerprint: string; changes: string },
): Promise<void> {
  // That nothing differs is told by the refusal.
  if (binding.kind !== 'PromptFingerprint' || binding.controlFingerprint === fingerprint) return;
  await confirm(
    l10n.t('Start “{name}”: is Treatment what the instruction files say now?', { name }),
    l10n.t('Not Yet'),
    {
      label: l10n.t('Start'),
      detail: l10n.t('Against Control: {changes}', { changes }),
    },
  );
}

export async function selectExperiment(app: App, call: Call): Promise<void> {
  await app.model.refreshStore();
  const experiment = await resolveExperiment(app, call, {
    title: l10n.t('Use Experiment for Tags'),
    states: ['Running'],
  });
  if (experiment.state !== 'Running' || experiment.damaged !== undefined) {
    throw new CommandError(
      l10n.t('“{name}” is {state}. Only a running experiment can take tags.', {
        name: experiment.name,
        state: stateName(experiment.state),
      }),
    );
  }
  await app.model.selectExperiment(experiment.id);
  if (call.interactive) app.notifier.done(l10n.t('Tags go to “{name}”.', { name: experiment.name }));
}
