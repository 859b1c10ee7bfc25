import type { Experiment } from '../../api';
import { VARIANTS } from '../../api';
import { belongsTo, compareForDisplay } from '../../domain/experiment';
import type { Mark, SessionVariant } from '../../domain/sessionVariant';
import type { HookStatus } from '../../assignment/hooks';
import type { IndexedSession } from '../../sessions/model';
import { TREE_NODE, type TreeNodeMark } from '../commands/call';

/** What the trees are made of: plain values with stable ids, built from the state. No vscode here. */

export interface ExperimentNode extends TreeNodeMark {
  kind: 'experiment';
  id: string;
  experimentId: string;
  experiment: Experiment;
  active: boolean;
  /** Whether what was drawn is hidden for now. */
  blinded: boolean;
  counts: Record<Mark, number>;
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
  mark: Exclude<Mark, 'Damaged'>;
  sessionIds: readonly string[];
}

export interface TaggedNode extends TreeNodeMark {
  kind: 'tagged';
  id: string;
  experimentId: string;
  sessionId: string;
  variant: SessionVariant;
  session: IndexedSession | undefined;
  /** Whether the experiment still takes changes of tags. */
  open: boolean;
}

/** Sessions whose stored tag or draw cannot be read. They are shown, and kept. */
export interface DamagedTagsNode extends TreeNodeMark {
  kind: 'damagedTags';
  id: string;
  owner: string;
  sessionIds: readonly string[];
}

/** The hooks by which agents get what is drawn in an experiment. */
export interface HooksNode extends TreeNodeMark {
  kind: 'hooks';
  id: string;
  agents: readonly HookStatus[];
}

export interface HookNode extends TreeNodeMark {
  kind: 'hook';
  id: string;
  agent: string;
  status: HookStatus;
}

export type ExperimentTreeNode =
  ExperimentNode | GroupNode | VariantNode | TaggedNode | DamagedTagsNode | HooksNode | HookNode;

export interface SessionNode extends TreeNodeMark {
  kind: 'session';
  id: string;
  sessionId: string;
  /** The active experiment, so that retagging from this item knows which tag is meant. */
  experimentId: string | undefined;
  session: IndexedSession;
  current: boolean;
  variant: SessionVariant | undefined;
}

const mark = { [TREE_NODE]: true } as const;

export interface ExperimentTreeInput {
  experiments: readonly Experiment[];
  variants: (experimentId: string) => ReadonlyMap<string, SessionVariant>;
  isBlinded: (experimentId: string) => boolean;
  /** The state of the hooks of agents, asked for only where it is shown. */
  hooks: (agents: readonly string[] | undefined) => readonly HookStatus[];
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
      return [...hooksNodes(node.experiment, input), ...variantNodes(node, input)];
    case 'variant':
    case 'damagedTags':
      return taggedNodes(node, input);
    case 'hooks':
      return node.agents.map((status) => ({
        ...mark,
        kind: 'hook',
        id: `${node.id}:${status.agent}`,
        agent: status.agent,
        status,
      }));
    case 'hook':
    case 'tagged':
      return [];
  }
}

function experimentNode(experiment: Experiment, input: ExperimentTreeInput): ExperimentNode {
  const counts: Record<Mark, number> = { Control: 0, Treatment: 0, Excluded: 0, Assigned: 0, Damaged: 0 };
  for (const { mark: of } of input.variants(experiment.id).values()) counts[of] += 1;
  return {
    ...mark,
    kind: 'experiment',
    id: `experiment:${experiment.id}`,
    experimentId: experiment.id,
    experiment,
    active: experiment.id === input.activeId,
    blinded: input.isBlinded(experiment.id),
    counts,
  };
}

/** While it can still be acted on. */
function hooksNodes({ id, state, randomised }: Experiment, input: ExperimentTreeInput): HooksNode[] {
  if (randomised === undefined || (state !== 'Draft' && state !== 'Running')) return [];
  const agents = input.hooks(randomised.agents);
  return agents.length === 0 ? [] : [{ ...mark, kind: 'hooks', id: `hooks:${id}`, agents }];
}

/**
 * Control and Treatment, so that an empty one is seen, or, blinded, Assigned in their place; all others only where there are any.
 */
function variantNodes({ experiment, blinded }: ExperimentNode, input: ExperimentTreeInput): ExperimentTreeNode[] {
  const variants = [...input.variants(experiment.id)];
  const of = (wanted: Mark): string[] =>
    newestFirst(
      variants.filter(([, { mark: has }]) => has === wanted).map(([sessionId]) => sessionId),
      input.sessions,
    );
  const always: Mark[] = blinded ? ['Assigned'] : ['Control', 'Treatment'];
  const nodes: ExperimentTreeNode[] = [];
  for (const shown of ['Assigned', ...VARIANTS] as const) {
    const sessionIds = of(shown);
    if (!always.includes(shown) && sessionIds.length === 0) continue;
    nodes.push({
      ...mark,
      kind: 'variant',
      id: `variant:${experiment.id}:${shown}`,
      owner: experiment.id,
      mark: shown,
      sessionIds,
    });
  }
  const damaged = of('Damaged');
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

function taggedNodes({ owner, sessionIds }: VariantNode | DamagedTagsNode, input: ExperimentTreeInput): TaggedNode[] {
  const state = input.experiments.find((experiment) => experiment.id === owner)?.state;
  const variants = input.variants(owner);
  const sessions = new Map(input.sessions.map((session) => [session.id, session]));
  return sessionIds.flatMap((sessionId) => {
    const variant = variants.get(sessionId);
    return variant === undefined
      ? []
      : {
          ...mark,
          kind: 'tagged',
          id: `tagged:${owner}:${sessionId}`,
          experimentId: owner,
          sessionId,
          variant,
          session: sessions.get(sessionId),
          open: state === 'Draft' || state === 'Running',
        };
  });
}

export interface SessionTreeInput {
  sessions: readonly IndexedSession[];
  currentId: string | undefined;
  activeId: string | undefined;
  variants: ReadonlyMap<string, SessionVariant> | undefined;
}

export function sessionNodes({ sessions, currentId, activeId, variants }: SessionTreeInput): SessionNode[] {
  return sessions.map((session) => ({
    ...mark,
    kind: 'session',
    id: `session:${session.id}`,
    sessionId: session.id,
    experimentId: activeId,
    session,
    current: session.id === currentId,
    variant: variants?.get(session.id),
  }));
}
