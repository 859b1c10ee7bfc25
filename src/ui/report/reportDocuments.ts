import {
  commands,
  EventEmitter,
  l10n,
  TabInputWebview,
  Uri,
  window,
  workspace,
  type Disposable,
  type Event,
  type TextDocumentContentProvider,
} from 'vscode';
import type { Experiment, Report } from '../../api';
import { computeReport } from '../../domain/report';
import type { ReportFacts } from '../../domain/reportFacts';
import type { AppModel } from '../appModel';
import { formatReport, type ReportFormat } from './reportFormats';
import { reportOf } from './reportOf';

const SCHEME = 'agent-experiments-report';

/** Reports as read-only Markdown documents, shown in the editor's own preview and kept up to date while open. */
export class ReportDocuments implements TextDocumentContentProvider, Disposable {
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange: Event<Uri> = this.changed.event;
  private readonly subscriptions: Disposable[];
  /** What each page shows, by its URI. */
  private readonly shown = new Map<string, string>();

  constructor(private readonly model: AppModel) {
    this.subscriptions = [
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      model.onDidChange(() => {
        this.update();
      }),
    ];
  }

  /**
   * Pages that show something else by now are drawn again. The editor lets go of a document that only a preview shows, and then
   * no longer asks for it: such previews are told to read again.
   */
  private update(): void {
    const stale = [...this.shown].filter(([uri, text]) => this.page(Uri.parse(uri)) !== text);
    if (stale.length === 0) return;
    if (!hasPreview()) {
      this.shown.clear();
      return;
    }
    const open = new Set(workspace.textDocuments.map(({ uri }) => uri.toString()));
    for (const [uri] of stale) if (open.has(uri)) this.changed.fire(Uri.parse(uri));
    if (stale.some(([uri]) => !open.has(uri))) void commands.executeCommand('markdown.preview.refresh');
  }

  private page(uri: Uri): string {
    const experiment = this.model.experiment(uri.query);
    return experiment === undefined ? '' : this.text(experiment, 'markdown', false);
  }

  compute(experiment: Experiment): Report {
    return reportOf(this.facts(experiment));
  }

  /** Whoever gets them sees them: the look is logged. */
  facts(experiment: Experiment): ReportFacts {
    const facts = computeReport(this.model.reportInput(experiment));
    this.model.look(facts);
    return facts;
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

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    // A page that the editor restores after a reload asks before anything was read.
    if (!this.model.state.loaded || !this.model.state.sessionsLoaded) await this.model.refresh();
    const text = this.page(uri);
    this.shown.set(uri.toString(), text);
    return text;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}

function hasPreview(): boolean {
  return window.tabGroups.all.some(({ tabs }) =>
    tabs.some(({ input }) => input instanceof TabInputWebview && input.viewType.includes('markdown.preview')),
  );
}
