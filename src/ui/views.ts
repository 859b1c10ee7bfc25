import * as path from 'node:path';
import { commands, l10n, window, type Disposable, type TreeView } from 'vscode';
import { isFiltering, NO_FILTER } from '../sessions/sessionFilter';
import { openFolderUris, type AppModel } from './appModel';
import { VIEWS, type ContextKeys } from './contributions';
import { prepareFormats } from './format';
import type { LiveRefresh } from './liveRefresh';
import { readOnlyText } from './storeTexts';
import { registerSessionBadges } from './trees/sessionBadge';
import type { ExperimentTreeInput, ExperimentTreeNode, SessionNode } from './trees/nodes';
import { ExperimentsTree, SessionsTree } from './trees/providers';

/** The two views: their trees, messages, context keys, and showing a session on request. */
export class Views implements Disposable {
  private readonly experimentsTree: ExperimentsTree;
  private readonly sessionsTree: SessionsTree;
  private readonly experiments: TreeView<ExperimentTreeNode>;
  private readonly sessions: TreeView<SessionNode>;
  private readonly subscriptions: { dispose(): unknown }[];
  private readonly context = new Map<keyof ContextKeys, unknown>();

  constructor(
    private readonly model: AppModel,
    live: LiveRefresh,
    now: () => number,
    hooks: ExperimentTreeInput['hooks'],
  ) {
    this.experimentsTree = new ExperimentsTree(model, now, hooks);
    this.sessionsTree = new SessionsTree(model, now);
    this.experiments = window.createTreeView(VIEWS.experiments, {
      treeDataProvider: this.experimentsTree,
      showCollapseAll: true,
    });
    this.sessions = window.createTreeView(VIEWS.sessions, { treeDataProvider: this.sessionsTree });
    const visibility = (): void => {
      live.setVisible(this.experiments.visible || this.sessions.visible);
      if (this.sessions.visible) void prepareFormats();
    };
    this.subscriptions = [
      registerSessionBadges(),
      this.experimentsTree,
      this.sessionsTree,
      this.experiments,
      this.sessions,
      this.experiments.onDidChangeVisibility(visibility),
      this.sessions.onDidChangeVisibility(visibility),
      model.onDidChange(() => {
        this.update();
      }),
    ];
    this.update();
  }

  private update(): void {
    const { loaded, store, active } = this.model.state;
    const { status } = store;
    const empty = store.experiments.length === 0;
    const without = status.kind === 'ready' ? 'empty' : status.problem === 'newer' ? 'newer' : 'readOnly';
    this.setContext('agentExperiments.state', !loaded ? 'loading' : empty ? without : 'ready');
    this.setContext('agentExperiments.hasActiveExperiment', active.kind === 'one');
    this.experiments.message = message(
      // A message would take the place of the welcome text, which has the buttons.
      status.kind === 'readOnly' && !empty ? readOnlyText(status.problem, path.basename(status.file)) : undefined,
    );
    this.sessions.message = message(this.sessionsMessage());
  }

  private sessionsMessage(): string | undefined {
    const { sessions, sessionsLoaded } = this.model.state;
    if (!sessionsLoaded) return undefined;
    if (openFolderUris().length === 0) return l10n.t('Open a folder to see the agent sessions that worked in it.');
    if (!sessions.some(({ agent }) => agent !== 'editor')) {
      return l10n.t('No agent has worked in this folder yet. Until then, this window itself is the session.');
    }
    if (!isFiltering(this.model.filter)) return undefined;
    const shown = this.sessionsTree.nodes().length;
    return l10n.t('Filtered: {shown} of {all} sessions.', { shown, all: sessions.length });
  }

  private setContext<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
    if (this.context.get(key) === value) return;
    this.context.set(key, value);
    void commands.executeCommand('setContext', key, value);
  }

  /** Shows a session, also one that the filter hides: whoever asks for it wants to see it. */
  async showSession(sessionId: string): Promise<void> {
    if (this.sessionsTree.find(sessionId) === undefined && this.model.session(sessionId) !== undefined) {
      await this.model.setFilter(NO_FILTER);
    }
    const node = this.sessionsTree.find(sessionId);
    if (node) await this.sessions.reveal(node, { focus: true, select: true });
    else await commands.executeCommand(`${VIEWS.experiments}.focus`);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** An empty text takes a view's message away. */
function message(text: string | undefined): string {
  return text ?? '';
}
