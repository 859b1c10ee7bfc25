import { env, l10n } from 'vscode';
import type { Experiment } from '../../api';
import type { FromPage, ToPage } from '../../webview/messages';
import type { Reports } from '../report/reports';
import { refusalMessage } from '../texts';
import type { App } from './app';
import { tellPerson } from './register';
import { saveReport } from './reports';
import { openTranscript } from './sessions';

/** What the page of an experiment shows. What could be read of a damaged one must not be taken for its report. */
export function pageMessage(reports: Reports, experiment: Experiment): ToPage {
  if (experiment.damaged !== undefined) {
    return { type: 'gone', message: refusalMessage('damagedExperiment', { session: '', experiment: experiment.name }) };
  }
  return { type: 'show', data: reports.page(experiment) };
}

/** Does what a person clicked on the report page. */
export async function actOnPage(
  app: App,
  experimentId: string,
  message: Exclude<FromPage, { type: 'ready' }>,
): Promise<void> {
  try {
    await act(app, experimentId, message);
  } catch (error) {
    tellPerson(app, error);
  }
}

async function act(app: App, experimentId: string, message: Exclude<FromPage, { type: 'ready' }>): Promise<void> {
  const experiment = app.model.experiment(experimentId);
  if (experiment === undefined) return;
  switch (message.type) {
    case 'openTranscript':
      await openTranscript(app, { interactive: true, sessionId: message.sessionId, raw: {} });
      return;
    case 'revealSession':
      await app.showSession(message.sessionId);
      return;
    case 'export':
      await saveReport(app, experiment, message.format);
      return;
    case 'copyMarkdown':
      await env.clipboard.writeText(app.reports.text(experiment, 'markdown'));
      app.notifier.done(l10n.t('The report was copied as Markdown.'));
  }
}
