import {
  commands,
  EventEmitter,
  l10n,
  Uri,
  workspace,
  type Disposable,
  type Event,
  type TextDocumentContentProvider,
} from 'vscode';
import type { Experiment, Report } from '../../api';
import { describeExperiment } from '../../domain/report';
import type { AppModel } from '../appModel';
import { formatReport, type ReportFormat } from './reportFormats';
import { reportOf } from './reportOf';

const SCHEME = 'agent-experiments-report';

/** Reports as read-only Markdown documents, shown in the editor's own preview and kept up to date while open. */
export class ReportDocuments implements TextDocumentContentProvider, Disposable {
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange: Event<Uri> = this.changed.event;
  private readonly subscriptions: Disposable[];

  constructor(
    private readonly model: AppModel,
    private readonly now: () => number,
  ) {
    this.subscriptions = [
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      model.onDidChange(() => {
        for (const { uri } of workspace.textDocuments) if (uri.scheme === SCHEME) this.changed.fire(uri);
      }),
    ];
  }

  compute(experiment: Experiment): Report {
    const { store, sessions } = this.model.state;
    return reportOf(describeExperiment(experiment, store.tags.get(experiment.id) ?? new Map(), sessions, this.now()));
  }

  text(experiment: Experiment, format: ReportFormat, stamped = true): string {
    return formatReport(format, {
      report: this.compute(experiment),
      experiment,
      stamped,
      session: (id) => this.model.session(id),
    });
  }

  async open({ id, name }: Experiment): Promise<void> {
    // The path is what the tab shows; the id is what counts.
    const title = name.replace(/[\\/?#%:*"<>|]/g, ' ').trim() || id;
    await commands.executeCommand(
      'markdown.showPreview',
      Uri.from({ scheme: SCHEME, path: `/${l10n.t('Report of {name}', { name: title })}`, query: id }),
    );
  }

  provideTextDocumentContent(uri: Uri): string {
    const experiment = this.model.experiment(uri.query);
    return experiment === undefined ? '' : this.text(experiment, 'markdown', false);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
