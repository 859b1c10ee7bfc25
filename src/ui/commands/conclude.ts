import { l10n, ProgressLocation, Uri, window, type CancellationToken } from 'vscode';
import type { Experiment } from '../../api';
import { openFolderUris, type Unsettled } from '../appModel';
import { isOpenIn } from '../bindingFacts';
import { Cancelled, CommandError, type App } from './app';
import type { Call } from './call';
import { confirm } from './confirm';

/** Git may take its time, but nobody waits for ever. */
const LONGEST_WAIT_MS = 60_000;

/**
 * What is concluded never changes again, so everything that can be known is waited for first. A person sees what is still
 * unknown, and decides; a program gets an error, unless it passes `acceptUnknown`.
 */
export async function readyToConclude(app: App, call: Call, experiment: Experiment): Promise<void> {
  requireItsSessions(experiment);
  const open = openText(await settled(app, call, experiment));
  const { name } = experiment;
  if (!call.interactive) {
    if (open === undefined || call.raw['acceptUnknown'] === true) return;
    throw new CommandError(
      l10n.t('“{name}” was not concluded. {open} Try again, or pass acceptUnknown: true.', { name, open }),
    );
  }
  const final = l10n.t('No tag can change afterwards, and it cannot be started again.');
  await confirm(l10n.t('Conclude “{name}”?', { name }), l10n.t('Keep Running'), {
    label: open === undefined ? l10n.t('Conclude') : l10n.t('Conclude All the Same'),
    detail: open === undefined ? final : `${open} ${final}`,
  });
  // Others may have tagged while the person thought.
  await app.model.prepareReport(experiment);
}

/** In a window with another folder, the sample would be frozen without its sessions. */
function requireItsSessions(experiment: Experiment): void {
  const { name, workspace: home } = experiment;
  if (home === undefined || isOpenIn(experiment, openFolderUris())) return;
  throw new CommandError(
    l10n.t('“{name}” can be concluded only where its sessions are found: open its folder first. {folder}', {
      name,
      folder: Uri.parse(home).fsPath,
    }),
  );
}

async function settled(app: App, call: Call, experiment: Experiment): Promise<Unsettled> {
  if (!call.interactive) return waitFor(app, experiment);
  return window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: l10n.t('Concluding “{name}”: reading its sessions…', { name: experiment.name }),
      cancellable: true,
    },
    (_, token) => waitFor(app, experiment, token),
  );
}

async function waitFor(app: App, experiment: Experiment, token?: CancellationToken): Promise<Unsettled> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LONGEST_WAIT_MS);
    token?.onCancellationRequested(() => {
      resolve();
    });
  });
  try {
    const unsettled = await app.model.settle(experiment, end);
    if (token?.isCancellationRequested === true) throw new Cancelled();
    return unsettled;
  } finally {
    clearTimeout(timer);
  }
}

/** What would be frozen as it is now; undefined where nothing is open. */
function openText({ unknown, failures, instructions, complete }: Unsettled): string | undefined {
  const sentences: string[] = [];
  if (!complete) sentences.push(l10n.t('Not everything was read in time.'));
  if (failures.length > 0) {
    sentences.push(l10n.t('Some sessions could not be read ({problems}).', { problems: failures.join('; ') }));
  }
  if (instructions !== undefined) {
    sentences.push(l10n.t('The instruction files cannot be read now ({problem}).', { problem: instructions }));
  }
  if (unknown > 0) {
    sentences.push(
      l10n.t(
        '{count} sessions would be left out for good as unknown, since git gives no answer: is the workspace trusted, and its repository open?',
        { count: unknown },
      ),
    );
  }
  return sentences.length === 0 ? undefined : sentences.join(' ');
}
