import { l10n, ProgressLocation, window, type CancellationToken, type Progress } from 'vscode';
import { SelfCheck, tooManyClaims, type SelfCheckResult } from '../../domain/selfCheck';
import { Breather } from '../../sessions/reading/breathe';
import { formatNumber, formatShare } from '../format';
import { everySession } from '../report/everySession';
import { metricText } from '../texts';
import { CommandError, type App } from './app';
import type { Call } from './call';
import { readable } from './reports';

const RUNS = 1000;
const MAX_RUNS = 100_000;

/**
 * How often the experiment would have claimed an effect on this workspace's own sessions, split at random, when looked at after
 * each. A person may stop it and gets what was found until then. `runs`: how many splits.
 */
export async function checkFalseAlarms(app: App, call: Call): Promise<SelfCheckResult & { message: string }> {
  const title = l10n.t('Check for False Alarms');
  await app.model.refresh();
  const experiment = await readable(app, call, title);
  const runs = readRuns(call.raw['runs']);
  const check = new SelfCheck(experiment, everySession(experiment, app.model.state.sessions));
  const metric = metricText(experiment.metric).label;
  const { units, unit } = check.result;
  if (units < check.needed) {
    const numbers = { metric, units, needed: check.needed };
    throw new CommandError(
      unit === 'day'
        ? l10n.t('“{metric}” is known on {units} days here. The check needs at least {needed}.', numbers)
        : l10n.t('“{metric}” is known of {units} sessions here. The check needs at least {needed}.', numbers),
    );
  }
  if (call.interactive) {
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    await window.withProgress(options, (progress, token) => splitOften(check, runs, progress, token));
  } else await splitOften(check, runs);
  const { result } = check;
  const message = resultText(result, metric);
  if (call.interactive && result.runs > 0) app.notifier.info(message);
  return { ...result, message };
}

function readRuns(value: unknown): number {
  if (value === undefined) return RUNS;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_RUNS) return value;
  throw new CommandError(l10n.t('Pass runs as a whole number from 1 to {max}.', { max: MAX_RUNS }));
}

/** In small slices, so that the editor stays as quick as ever. */
async function splitOften(
  check: SelfCheck,
  runs: number,
  progress?: Progress<{ increment: number; message: string }>,
  token?: CancellationToken,
): Promise<void> {
  const breather = new Breather();
  let told = 0;
  while (check.result.runs < runs && token?.isCancellationRequested !== true) {
    check.step();
    if (!breather.due) continue;
    const done = check.result.runs;
    progress?.report({
      increment: (100 * (done - told)) / runs,
      message: l10n.t('{done} of {runs} random splits', { done, runs }),
    });
    told = done;
    await breather.pause();
  }
}

function resultText(result: SelfCheckResult, metric: string): string {
  const { runs, claims, units, unit, alpha } = result;
  const numbers = {
    metric,
    units,
    claims: formatNumber(claims),
    runs: formatNumber(runs),
    share: formatShare(claims / runs),
    alpha: formatShare(alpha),
  };
  const found =
    unit === 'day'
      ? l10n.t(
          '{units} days, split at random {runs} times, so that nothing differs: looking all the time, this experiment would have claimed an effect on “{metric}” {claims} times ({share}). It is made for at most {alpha}.',
          numbers,
        )
      : l10n.t(
          '{units} sessions, split at random {runs} times, so that nothing differs: looking all the time, this experiment would have claimed an effect on “{metric}” {claims} times ({share}). It is made for at most {alpha}.',
          numbers,
        );
  return tooManyClaims(result)
    ? `${found} ${l10n.t('That is too often: these sessions do not behave as the method needs, so trust a small difference less.')}`
    : found;
}
