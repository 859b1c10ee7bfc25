import type { Experiment, Variant } from '../../api';
import { VARIANTS } from '../../api';
import { belongsTo, compareForDisplay } from '../../domain/experiment';
import type { IndexedSession } from '../../sessions/model';
import { TREE_NODE, type TreeNodeMark } from '../commands/call';

/** What the trees are made of: plain values with stable ids, built from the state. No vscode here. */

export interface ExperimentNode extends TreeNodeMark {
  kind: 'experiment';
  id: string;
  experimentId: string;
  experiment: Experiment;
  active: boolean;
  counts: Record<Variant, number>;
}

export interface GroupNode extends TreeNodeMark {
  kind: 'group';
  id: string;
  group: 'archived' | 'elsewhere';
  experiments: readonly Experiment[];
}

export interface VariantNode extends TreeNodeMark {
  kind: 'variant';
  id: string;
  /** Deliberately not `experimentId`: commands on a variant would look like commands on the experiment. */
  owner: string;
  variant: Variant;
  sessionIds: readonly string[];
}

export interface TaggedNode extends TreeNodeMark {
  kind: 'tagged';
  id: string;
  experimentId: string;
  sessionId: string;
  variant: Variant | undefined;
  session: IndexedSession | undefined;
  /** Whether the experiment still takes changes of tags. */
  open: boolean;
}

/** Tags whose stored value is no variant. They are shown, and kept. */
export interface DamagedTagsNode extends TreeNodeMark {
  kind: 'damagedTags';
  id: string;
  owner: string;
  sessionIds: readonly string[];
}

export type ExperimentTreeNode = ExperimentNode | GroupNode | VariantNode | TaggedNode | DamagedTagsNode;

export interface SessionNode extends TreeNodeMark {
  kind: 'session';
  id: string;
  sessionId: string;
  /** The active experiment, so that retagging from this item knows which tag is meant. */
  experimentId: string | undefined;
  session: IndexedSession;
  current: boolean;
  variant: Variant | undefined;
}

const mark = { [TREE_NODE]: true } as const;

export interface ExperimentTreeInput {
  experiments: readonly Experiment[];
  tags: ReadonlyMap<string, ReadonlyMap<string, Variant | undefined>>;
  sessions: readonly IndexedSession[];
  activeId: string | undefined;
  openFolders: readonly string[];
}

export function experimentRoots(input: ExperimentTreeInput): ExperimentTreeNode[] {
  const sorted = [...input.experiments].sort(compareForDisplay);
  const here = sorted.filter((experiment) => belongsTo(experiment, input.openFolders));
  const elsewhere = sorted.filter((experiment) => !belongsTo(experiment, input.openFolders));
  const roots: ExperimentTreeNode[] = here
    .filter((experiment) => experiment.state !== 'Archived')
    .map((experiment) => experimentNode(experiment, input));
  const archived = here.filter((experiment) => experiment.state === 'Archived');
  if (archived.length > 0)
    roots.push({ ...mark, kind: 'group', id: 'group:archived', group: 'archived', experiments: archived });
  if (elsewhere.length > 0) {
    roots.push({ ...mark, kind: 'group', id: 'group:elsewhere', group: 'elsewhere', experiments: elsewhere });
  }
  return roots;
}

export function experimentChildren(node: ExperimentTreeNode, input: ExperimentTreeInput): ExperimentTreeNode[] {
  switch (node.kind) {
    case 'group':
      return node.experiments.map((experiment) => experimentNode(experiment, input));
    case 'experiment':
      return variantNodes(node.experiment, input);
    case 'variant':
      return node.sessionIds.map((id) => taggedNode(node.owner, id, node.variant, input));
    case 'damagedTags':
      return node.sessionIds.map((id) => taggedNode(node.owner, id, undefined, input));
    case 'tagged':
      return [];
  }
}

function experimentNode(experiment: Experiment, input: ExperimentTreeInput): ExperimentNode {
  const counts: Record<Variant, number> = { Control: 0, Treatment: 0, Excluded: 0 };
  for (const variant of input.tags.get(experiment.id)?.values() ?? []) if (variant) counts[variant] += 1;
  return {
    ...mark,
    kind: 'experiment',
    id: `experiment:${experiment.id}`,
    experimentId: experiment.id,
    experiment,
    active: experiment.id === input.activeId,
    counts,
  };
}

/** Control and Treatment always, so that an empty one is seen; Excluded and damaged tags only where there are any. */
function variantNodes(experiment: Experiment, input: ExperimentTreeInput): ExperimentTreeNode[] {
  const tags = [...(input.tags.get(experiment.id) ?? [])];
  const of = (variant: Variant | undefined): string[] =>
    tags.filter(([, value]) => value === variant).map(([sessionId]) => sessionId);
  const nodes: ExperimentTreeNode[] = [];
  for (const variant of VARIANTS) {
    const sessionIds = newestFirst(of(variant), input.sessions);
    if (variant === 'Excluded' && sessionIds.length === 0) continue;
    nodes.push({
      ...mark,
      kind: 'variant',
      id: `variant:${experiment.id}:${variant}`,
      owner: experiment.id,
      variant,
      sessionIds,
    });
  }
  const damaged = of(undefined);
  if (damaged.length > 0) {
    nodes.push({
      ...mark,
      kind: 'damagedTags',
      id: `damaged:${experiment.id}`,
      owner: experiment.id,
      sessionIds: damaged,
    });
  }
  return nodes;
}

function newestFirst(ids: readonly string[], sessions: readonly IndexedSession[]): string[] {
  const rank = new Map(sessions.map((session, index) => [session.id, index]));
  const last = sessions.length;
  return [...ids].sort((a, b) => (rank.get(a) ?? last) - (rank.get(b) ?? last));
}

function taggedNode(
  experimentId: string,
  sessionId: string,
  variant: Variant | undefined,
  input: ExperimentTreeInput,
): TaggedNode {
  const state = input.experiments.find((experiment) => experiment.id === experimentId)?.state;
  return {
    ...mark,
    kind: 'tagged',
    id: `tagged:${experimentId}:${sessionId}`,
    experimentId,
    sessionId,
    variant,
    session: input.sessions.find((session) => session.id === sessionId),
    open: state === 'Draft' || state === 'Running',
  };
}

export interface SessionTreeInput {
  sessions: readonly IndexedSession[];
  currentId: string | undefined;
  activeId: string | undefined;
  tags: ReadonlyMap<string, Variant | undefined> | undefined;
}

export function sessionNodes({ sessions, currentId, activeId, tags }: SessionTreeInput): SessionNode[] {
  return sessions.map((session) => ({
    ...mark,
    kind: 'session',
    id: `session:${session.id}`,
    sessionId: session.id,
    experimentId: activeId,
    session,
    current: session.id === currentId,
    variant: tags?.get(session.id),
  }));
}
