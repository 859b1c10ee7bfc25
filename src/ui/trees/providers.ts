import { EventEmitter, type Disposable, type ProviderResult, type TreeDataProvider, type TreeItem } from 'vscode';
import { Breather } from '../../sessions/reading/breathe';
import { filterSessions } from '../../sessions/sessionFilter';
import { openFolderUris, type AppModel } from '../appModel';
import { prepareFormats } from '../format';
import { experimentTreeItem, experimentTreeTooltip, sessionTooltip, sessionTreeItem } from './items';
import {
  experimentChildren,
  experimentRoots,
  sessionNodes,
  type ExperimentTreeInput,
  type ExperimentTreeNode,
  type SessionNode,
} from './nodes';

/** Thin: nodes come from nodes.ts, looks from items.ts. */
abstract class ModelTree<T> implements TreeDataProvider<T>, Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscription: Disposable;

  constructor(
    protected readonly model: AppModel,
    protected readonly now: () => number,
  ) {
    this.subscription = model.onDidChange(() => {
      this.changed.fire();
    });
  }

  abstract getTreeItem(node: T): TreeItem;
  abstract getChildren(node?: T): ProviderResult<T[]>;
  abstract getParent(node: T): ProviderResult<T>;

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}

export class ExperimentsTree extends ModelTree<ExperimentTreeNode> {
  constructor(
    model: AppModel,
    now: () => number,
    private readonly hooks: ExperimentTreeInput['hooks'],
  ) {
    super(model, now);
  }

  private get input(): ExperimentTreeInput {
    const { store, sessions, active } = this.model.state;
    return {
      experiments: store.experiments,
      variants: (id) => this.model.variants(id),
      isBlinded: (id) => this.model.blinds.isBlinded(id),
      hooks: this.hooks,
      sessions,
      activeId: active.kind === 'one' ? active.experiment.id : undefined,
      openFolders: openFolderUris(),
    };
  }

  getTreeItem(node: ExperimentTreeNode): TreeItem {
    return experimentTreeItem(node, this.now());
  }

  resolveTreeItem(item: TreeItem, node: ExperimentTreeNode): TreeItem {
    item.tooltip ??= experimentTreeTooltip(node);
    return item;
  }

  getChildren(node?: ExperimentTreeNode): ExperimentTreeNode[] {
    return node ? experimentChildren(node, this.input) : experimentRoots(this.input);
  }

  getParent(node: ExperimentTreeNode): ExperimentTreeNode | undefined {
    const roots = this.getChildren();
    const search = (nodes: ExperimentTreeNode[], parent?: ExperimentTreeNode): ExperimentTreeNode | undefined => {
      for (const candidate of nodes) {
        if (candidate.id === node.id) return parent;
        const found = search(this.getChildren(candidate), candidate);
        if (found) return found;
      }
      return undefined;
    };
    return search(roots);
  }
}

export class SessionsTree extends ModelTree<SessionNode> {
  /** The looks of nodes that the editor is about to ask for. */
  private readonly items = new WeakMap<SessionNode, TreeItem>();

  getTreeItem(node: SessionNode): TreeItem {
    return this.items.get(node) ?? sessionTreeItem(node, this.now());
  }

  resolveTreeItem(item: TreeItem, node: SessionNode): TreeItem {
    item.tooltip = sessionTooltip(node.session);
    return item;
  }

  /** The editor asks for the looks of all nodes in one go: of a thousand they are made before, with pauses. */
  async getChildren(node?: SessionNode): Promise<SessionNode[]> {
    if (node) return [];
    await prepareFormats();
    const nodes = this.nodes();
    const breather = new Breather();
    for (const made of nodes) {
      this.items.set(made, sessionTreeItem(made, this.now()));
      if (breather.due) await breather.pause();
    }
    return nodes;
  }

  /** A node for each session that the filter lets through. */
  nodes(): SessionNode[] {
    const { sessions, current, active } = this.model.state;
    const activeId = active.kind === 'one' ? active.experiment.id : undefined;
    const currentId = current.kind === 'one' ? current.session.id : undefined;
    const variants = activeId === undefined ? undefined : this.model.variants(activeId);
    const shown = filterSessions(sessions, this.model.filter, {
      currentId,
      isTagged: (id) => variants?.has(id) === true,
    });
    return sessionNodes({ sessions: shown, currentId, activeId, variants });
  }

  getParent(): undefined {
    return undefined;
  }

  /** The node of a session, for revealing it. */
  find(sessionId: string): SessionNode | undefined {
    return this.nodes().find((node) => node.sessionId === sessionId);
  }
}
