import {
  l10n,
  Uri,
  ViewColumn,
  window,
  type Disposable,
  type Webview,
  type WebviewPanel,
  type WebviewPanelSerializer,
} from 'vscode';
import type { Experiment } from '../../api';
import { readFromPage, readPageState, type FromPage, type ToPage } from '../../webview/messages';
import type { AppModel } from '../appModel';
import { REPORT_PAGE } from '../contributions';
import { escapeHtml } from './escapeHtml';

export interface ReportPanelsParts {
  model: AppModel;
  extensionUri: Uri;
  /** What the page of an experiment shows. */
  message: (experiment: Experiment) => ToPage;
  /** Does what was clicked on the page. */
  act: (experimentId: string, message: Exclude<FromPage, { type: 'ready' }>) => void;
  log: (problem: string) => void;
}

/** The report pages of this window: one for each experiment, kept up to date while it is in sight. */
export class ReportPanels implements WebviewPanelSerializer, Disposable {
  private readonly panels = new Map<string, ReportPanel>();
  private readonly subscriptions: Disposable[];

  constructor(private readonly parts: ReportPanelsParts) {
    this.subscriptions = [
      window.registerWebviewPanelSerializer(REPORT_PAGE, this),
      parts.model.onDidChange(() => {
        for (const panel of this.panels.values()) panel.update();
      }),
    ];
  }

  open({ id, name }: Experiment): void {
    const existing = this.panels.get(id);
    if (existing !== undefined) {
      existing.reveal();
      return;
    }
    this.adopt(id, window.createWebviewPanel(REPORT_PAGE, titleOf(name), ViewColumn.Active, this.options()));
  }

  /** A window that starts again brings its pages back, with what they kept for themselves. */
  async deserializeWebviewPanel(panel: WebviewPanel, kept: unknown): Promise<void> {
    const state = readPageState(kept);
    if (state === undefined) {
      panel.dispose();
      return;
    }
    panel.webview.options = this.options();
    // Nothing was read yet, and a page must not say that its experiment is gone.
    const { loaded, sessionsLoaded } = this.parts.model.state;
    if (!loaded || !sessionsLoaded) await this.parts.model.refresh();
    this.panels.get(state.experimentId)?.dispose();
    this.adopt(state.experimentId, panel);
  }

  private adopt(experimentId: string, panel: WebviewPanel): void {
    panel.onDidDispose(() => {
      if (this.panels.get(experimentId)?.shows(panel) === true) this.panels.delete(experimentId);
    });
    this.panels.set(experimentId, new ReportPanel(experimentId, panel, this.parts));
  }

  private options(): { enableScripts: true; localResourceRoots: Uri[] } {
    return { enableScripts: true, localResourceRoots: [Uri.joinPath(this.parts.extensionUri, 'dist')] };
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

class ReportPanel {
  /** Whether the page has said that it listens. It forgets everything while it is out of sight. */
  private isReady = false;
  private shown = '';

  constructor(
    private readonly experimentId: string,
    private readonly panel: WebviewPanel,
    private readonly parts: ReportPanelsParts,
  ) {
    panel.webview.onDidReceiveMessage((received: unknown) => {
      const message = readFromPage(received);
      if (message === undefined) parts.log('The report page sent something that is no message of it.');
      else if (message.type === 'ready') void this.begin();
      else parts.act(experimentId, message);
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.isReady = false;
    });
    panel.webview.html = pageHtml(panel.webview, parts.extensionUri, panel.title);
  }

  shows(panel: WebviewPanel): boolean {
    return this.panel === panel;
  }

  reveal(): void {
    this.panel.reveal();
  }

  private async begin(): Promise<void> {
    const { model } = this.parts;
    const experiment = model.experiment(this.experimentId);
    try {
      if (experiment !== undefined && experiment.damaged === undefined) await model.prepareReport(experiment);
    } catch (error) {
      this.parts.log(String(error));
    }
    this.isReady = true;
    this.shown = '';
    this.update();
  }

  update(): void {
    if (!this.isReady) return;
    const experiment = this.parts.model.experiment(this.experimentId);
    const message: ToPage =
      experiment === undefined
        ? { type: 'gone', message: l10n.t('This experiment is no longer there.') }
        : this.parts.message(experiment);
    const text = JSON.stringify(message);
    if (text === this.shown) return;
    this.shown = text;
    if (experiment !== undefined) this.panel.title = titleOf(experiment.name);
    void this.panel.webview.postMessage(message);
  }

  dispose(): void {
    this.panel.dispose();
  }
}

const titleOf = (name: string): string => l10n.t('Report: {name}', { name: name.slice(0, 100) });

/** No script and no style but the two files of the extension, and nothing from anywhere else. */
function pageHtml(webview: Webview, extensionUri: Uri, title: string): string {
  const file = (name: string): string => webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', name)).toString();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src ${webview.cspSource};">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(file('reportPage.css'))}">
<script defer src="${escapeHtml(file('reportPage.js'))}"></script>
</head>
<body></body>
</html>`;
}
