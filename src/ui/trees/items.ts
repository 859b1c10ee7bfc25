import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Experiment, Tokens } from '../../api';
import type { HookStatus } from '../../assignment/hooks';
import type { Mark, SessionVariant } from '../../domain/sessionVariant';
import type { IndexedSession } from '../../sessions/model';
import type { ItemFlag } from '../contributions';
import { agentName, formatCount, formatDateTime, formatNumber, formatUsd, formatWhen, sessionName } from '../format';
import { hookStateText } from '../hookTexts';
import { markName, metricText, stateName } from '../texts';
import { sessionBadge } from './sessionBadge';
import type {
  ExperimentNode,
  ExperimentTreeNode,
  HookNode,
  HooksNode,
  SessionNode,
  TaggedNode,
  VariantNode,
} from './nodes';

/** How nodes look and what they are called for a screen reader. */

/** Hollow, filled, struck through: the variants differ by shape, not by colour alone. */
const variantIcons: Record<Exclude<Mark, 'Damaged'>, ThemeIcon> = {
  Control: new ThemeIcon('circle-large-outline', new ThemeColor('charts.blue')),
  Treatment: new ThemeIcon('circle-large-filled', new ThemeColor('charts.green')),
  Excluded: new ThemeIcon('circle-slash', new ThemeColor('disabledForeground')),
  Assigned: new ThemeIcon('eye-closed'),
};

const stateIcons: Record<Experiment['state'], string> = {
  Draft: 'edit',
  Running: 'beaker',
  Concluded: 'pass',
  Archived: 'archive',
};

/** The editor's own icons: agents' logos are their owners'. */
const agentIcons: Record<string, string> = {
  'claude-code': 'comment-discussion',
  codex: 'terminal',
  gemini: 'sparkle',
  opencode: 'code',
  'copilot-chat': 'copilot',
  'copilot-cli': 'terminal-bash',
  cline: 'robot',
  'roo-code': 'rocket',
  'kilo-code': 'zap',
  cursor: 'inspect',
  editor: 'window',
};

const flags = (...words: ItemFlag[]): string => words.join(' ');

/** What can be done with a session in an experiment. What was drawn can be retagged, and never untagged. */
function variantFlags(variant: SessionVariant | undefined, open: boolean): ItemFlag[] {
  if (variant === undefined) return ['session', 'untagged'];
  return ['session', variant.drawn ? 'drawn' : 'tagged', ...(open ? (['open'] as const) : [])];
}

function sessionFlags(session: IndexedSession | undefined): ItemFlag[] {
  return [
    ...(session?.outcomeSource === 'person' ? (['judged'] as const) : []),
    ...(session?.transcript === undefined ? [] : (['transcript'] as const)),
  ];
}

function table(rows: readonly (readonly [string, string])[], heading: string): MarkdownString {
  const tooltip = new MarkdownString();
  tooltip.appendMarkdown('**');
  tooltip.appendText(heading);
  tooltip.appendMarkdown('**\n\n');
  for (const [name, value] of rows) {
    tooltip.appendText(`${name}: ${value}`);
    tooltip.appendMarkdown('  \n');
  }
  return tooltip;
}

function label(item: TreeItem, spoken: string): TreeItem {
  item.accessibilityInformation = { label: spoken };
  return item;
}

export function experimentTreeItem(node: ExperimentTreeNode, now: number): TreeItem {
  const item = build(node, now);
  item.id = node.id;
  return item;
}

/** What is shown when somebody points at a row: the editor takes long for each, and nobody points at most. */
export function experimentTreeTooltip(node: ExperimentTreeNode): MarkdownString | undefined {
  switch (node.kind) {
    case 'experiment':
      return experimentTooltip(node);
    case 'tagged':
      return node.session && sessionTooltip(node.session);
    case 'hook':
      return hookTooltip(node);
    case 'group':
    case 'variant':
    case 'damagedTags':
    case 'hooks':
      return undefined;
  }
}

function build(node: ExperimentTreeNode, now: number): TreeItem {
  switch (node.kind) {
    case 'group': {
      const name = node.group === 'archived' ? l10n.t('Archived') : l10n.t('Other workspaces');
      const item = new TreeItem(name, TreeItemCollapsibleState.Collapsed);
      item.description = String(node.experiments.length);
      item.iconPath = new ThemeIcon(node.group === 'archived' ? 'archive' : 'folder-library');
      return item;
    }
    case 'experiment':
      return experimentItem(node);
    case 'variant':
      return variantItem(node);
    case 'damagedTags': {
      const item = new TreeItem(l10n.t('Damaged'), TreeItemCollapsibleState.Collapsed);
      item.description = String(node.sessionIds.length);
      item.iconPath = new ThemeIcon('warning');
      item.tooltip = l10n.t('What is stored as the variant of these sessions cannot be read. It is kept as it is.');
      return item;
    }
    case 'tagged':
      return taggedItem(node, now);
    case 'hooks':
      return hooksItem(node);
    case 'hook':
      return hookItem(node);
  }
}

function experimentItem({ experiment, active, blinded, counts }: ExperimentNode): TreeItem {
  const item = new TreeItem(
    experiment.name,
    active ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed,
  );
  if (experiment.damaged !== undefined) {
    item.description = l10n.t('Damaged');
    item.iconPath = new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
    item.tooltip = l10n.t('This experiment could not be read in full ({problem}). Its row is kept as it is.', {
      problem: experiment.damaged,
    });
    item.contextValue = flags('experiment');
    return label(item, l10n.t('{name}, damaged', { name: experiment.name }));
  }
  const state = stateName(experiment.state);
  item.description = active ? l10n.t('{state}, takes tags', { state }) : state;
  item.iconPath =
    experiment.state === 'Running'
      ? new ThemeIcon('beaker', new ThemeColor('charts.green'))
      : new ThemeIcon(stateIcons[experiment.state]);
  const stateFlags = { Draft: 'draft', Running: 'running', Concluded: 'concluded', Archived: 'archived' } as const;
  item.contextValue = flags('experiment', stateFlags[experiment.state], ...(blinded ? (['blinded'] as const) : []));
  return label(
    item,
    blinded
      ? l10n.t('{name}, {state}, blinded, {count} assigned', {
          name: experiment.name,
          state: item.description,
          count: counts.Assigned,
        })
      : l10n.t('{name}, {state}, {control} Control, {treatment} Treatment', {
          name: experiment.name,
          state: item.description,
          control: counts.Control,
          treatment: counts.Treatment,
        }),
  );
}

function experimentTooltip({ experiment, blinded }: ExperimentNode): MarkdownString {
  const rows: [string, string][] = [
    [l10n.t('State'), stateName(experiment.state)],
    [l10n.t('Metric'), metricText(experiment.metric).label],
    [l10n.t('Created'), formatDateTime(experiment.createdAt)],
  ];
  if (experiment.startedAt !== undefined) rows.push([l10n.t('Started'), formatDateTime(experiment.startedAt)]);
  if (experiment.concludedAt !== undefined) rows.push([l10n.t('Concluded'), formatDateTime(experiment.concludedAt)]);
  if (experiment.randomised !== undefined) {
    rows.push([
      l10n.t('Variants'),
      blinded ? l10n.t('drawn, and hidden until there is a verdict') : l10n.t('drawn when a session starts'),
    ]);
  }
  if (experiment.changeDescription !== '') rows.push([l10n.t('Change'), experiment.changeDescription]);
  if (experiment.hypothesis !== '') rows.push([l10n.t('Hypothesis'), experiment.hypothesis]);
  return table(rows, experiment.name);
}

function variantItem({ mark, sessionIds }: VariantNode): TreeItem {
  const count = sessionIds.length;
  const item = new TreeItem(
    markName(mark),
    count === 0 ? TreeItemCollapsibleState.None : TreeItemCollapsibleState.Collapsed,
  );
  item.description = sessionCount(count);
  item.iconPath = variantIcons[mark];
  if (mark === 'Assigned') {
    item.tooltip = l10n.t('Their variants were drawn and are hidden until there is a verdict or the experiment ends.');
  }
  return label(item, `${markName(mark)}, ${sessionCount(count)}`);
}

function hooksItem({ agents }: HooksNode): TreeItem {
  const inPlace = agents.filter(({ state }) => state === 'inPlace').map(({ agent }) => agentName(agent));
  const item = new TreeItem(
    l10n.t('Hooks'),
    inPlace.length > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded,
  );
  item.description = inPlace.length > 0 ? inPlace.join(', ') : l10n.t('none: install one');
  item.iconPath =
    inPlace.length > 0 ? new ThemeIcon('plug') : new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  item.contextValue = flags('hooks');
  item.tooltip =
    inPlace.length > 0
      ? l10n.t('These agents ask for their variant when a session starts.')
      : l10n.t(
          'No agent asks for its variant yet. Install the hook, or draw for each session with “Draw Variant for This Session”.',
        );
  return label(item, `${l10n.t('Hooks')}, ${item.description}`);
}

const hookIcons: Record<HookStatus['state'], ThemeIcon> = {
  inPlace: new ThemeIcon('pass', new ThemeColor('charts.green')),
  missing: new ThemeIcon('circle-large-outline'),
  other: new ThemeIcon('warning', new ThemeColor('list.warningForeground')),
  damaged: new ThemeIcon('error', new ThemeColor('list.errorForeground')),
  unexpected: new ThemeIcon('error', new ThemeColor('list.errorForeground')),
  unreadable: new ThemeIcon('error', new ThemeColor('list.errorForeground')),
};

function hookItem({ status }: HookNode): TreeItem {
  const { agent, state } = status;
  const item = new TreeItem(agentName(agent), TreeItemCollapsibleState.None);
  const through = hookText(status);
  item.description = through;
  item.iconPath = hookIcons[state];
  item.contextValue = state === 'missing' ? flags('hook') : flags('hook', 'installed');
  return label(item, `${agentName(agent)}, ${through}`);
}

function hookText({ agent, state, target }: HookStatus): string {
  return state === 'inPlace' && target.agent !== agent
    ? l10n.t('in place, by {agent}’s settings', { agent: agentName(target.agent) })
    : hookStateText(state);
}

function hookTooltip({ status }: HookNode): MarkdownString {
  const { agent, target, lastProblem } = status;
  const rows: [string, string][] = [
    [l10n.t('Hook'), hookText(status)],
    [l10n.t('File'), target.file],
    ...(lastProblem === undefined ? [] : [[l10n.t('Last problem'), lastProblem] as [string, string]]),
  ];
  return table(rows, agentName(agent));
}

function sessionCount(count: number): string {
  if (count === 0) return l10n.t('no sessions yet');
  return count === 1 ? l10n.t('1 session') : l10n.t('{count} sessions', { count });
}

function taggedItem(node: TaggedNode, now: number): TreeItem {
  const name = sessionName(node.session, node.sessionId);
  const item = new TreeItem(shorten(name), TreeItemCollapsibleState.None);
  const details = node.session ? brief(node.session, now) : l10n.t('not found in the open folders');
  item.description = node.variant.drawn ? l10n.t('drawn · {details}', { details }) : details;
  item.iconPath = new ThemeIcon(agentIcons[node.session?.agent ?? ''] ?? 'circle-small');
  item.contextValue = flags(...variantFlags(node.variant, node.open), ...sessionFlags(node.session));
  const spoken = [name, ...(node.variant.drawn ? [l10n.t('drawn')] : [])];
  return label(item, [...spoken, ...(node.session ? [facts(node.session, now)] : [])].join(', '));
}

/** What a narrow side bar still shows: outcome, tokens, time. The icon says the agent. */
function brief(session: IndexedSession, now: number): string {
  if (session.starting === true) return l10n.t('starting');
  const outcome = session.outcome === undefined ? [] : [session.outcome === 'success' ? '✓' : '✗'];
  const tokens = session.tokens ? [tokenCount(session.tokens, session.tokensKnown)] : [];
  return [...outcome, ...tokens, formatWhen(session.lastActiveAt, now)].join(' · ');
}

function tokenCount(tokens: Tokens, known: IndexedSession['tokensKnown']): string {
  const { input, output, cacheWrite, reasoning } = tokens;
  const count = formatCount(input + output + cacheWrite + (reasoning ?? 0));
  return known === 'partial' ? `≥ ${count}` : count;
}

/** The same in full, for a screen reader. */
function facts(session: IndexedSession, now: number): string {
  const parts = [agentName(session.agent), formatWhen(session.lastActiveAt, now)];
  if (session.tokens) {
    parts.push(l10n.t('{count} tokens', { count: tokenCount(session.tokens, session.tokensKnown) }));
  }
  return parts.join(', ');
}

/** Longer titles would push the numbers out of a side bar of usual width. The tooltip has the whole. */
const LABEL_LENGTH = 28;

function shorten(text: string): string {
  if (text.length <= LABEL_LENGTH) return text;
  const cut = text.slice(0, LABEL_LENGTH - 1).replace(/\p{Surrogate}$/u, '');
  return `${cut.trimEnd()}…`;
}

export function sessionTreeItem(node: SessionNode, now: number): TreeItem {
  const { session, current, variant } = node;
  const name = sessionName(session, session.id);
  const item = new TreeItem(shorten(name), TreeItemCollapsibleState.None);
  item.id = node.id;
  const badge = sessionBadge(current, variant);
  if (badge) item.resourceUri = badge;
  item.description = brief(session, now);
  item.iconPath = new ThemeIcon(
    agentIcons[session.agent] ?? 'circle-small',
    session.liveBecause === undefined ? undefined : new ThemeColor('charts.green'),
  );
  item.contextValue = flags(...variantFlags(variant, true), ...sessionFlags(session));
  const notes = [
    ...(current ? [l10n.t('current')] : session.liveBecause === undefined ? [] : [l10n.t('live')]),
    ...(variant ? [markName(variant.mark)] : []),
    ...(variant?.drawn === true ? [l10n.t('drawn')] : []),
    ...(session.outcome === undefined ? [] : [outcomeName(session.outcome)]),
  ];
  return label(item, [name, ...notes, facts(session, now)].join(', '));
}

function outcomeName(outcome: NonNullable<IndexedSession['outcome']>): string {
  return outcome === 'success' ? l10n.t('succeeded') : l10n.t('failed');
}

/** The outcome and where it comes from. */
function outcomeText({ outcome, outcomeSource, outcomeCommand }: IndexedSession): string {
  if (outcome === undefined) return l10n.t('unknown');
  const name = outcomeName(outcome);
  if (outcomeSource === 'person') return l10n.t('{outcome}, as you said', { outcome: name });
  return outcomeCommand === undefined
    ? name
    : l10n.t('{outcome}, by the last test or build: {command}', { outcome: name, command: outcomeCommand });
}

export function sessionTooltip(session: IndexedSession): MarkdownString {
  const unknown = l10n.t('unknown');
  const { tokens } = session;
  const rows: [string, string][] = [
    [l10n.t('Agent'), agentName(session.agent)],
    [l10n.t('Started'), formatDateTime(session.startedAt)],
    [l10n.t('Last active'), formatDateTime(session.lastActiveAt)],
    [l10n.t('Active minutes'), session.timesKnown === 'file' ? unknown : formatNumber(session.activeMinutes)],
  ];
  if (session.agent !== 'editor') {
    rows.push(
      [l10n.t('Model'), session.model ?? unknown],
      [l10n.t('Prompts'), formatNumber(session.prompts)],
      [
        l10n.t('Tool calls'),
        session.toolErrors > 0
          ? l10n.t('{calls}, {errors} failed', { calls: session.toolCalls, errors: session.toolErrors })
          : formatNumber(session.toolCalls),
      ],
      [
        l10n.t('Tokens'),
        tokens
          ? (session.tokensKnown === 'partial' ? l10n.t('at least ') : '') +
            l10n.t('{input} input, {output} output, {write} cache write, {read} cache read', {
              input: formatNumber(tokens.input),
              output: formatNumber(tokens.output),
              write: formatNumber(tokens.cacheWrite),
              read: formatNumber(tokens.cacheRead),
            })
          : unknown,
      ],
    );
  }
  if (session.costUsd !== undefined) {
    rows.push([l10n.t('Cost, API list price equivalent'), formatUsd(session.costUsd)]);
  }
  if (session.unpricedModels !== undefined) {
    rows.push([l10n.t('No price is known for'), session.unpricedModels.join(', ')]);
  }
  if (session.outcome !== undefined) rows.push([l10n.t('Outcome'), outcomeText(session)]);
  rows.push([l10n.t('Files changed'), formatNumber(session.filesTouched)]);
  if (session.branch !== undefined) rows.push([l10n.t('Branch'), session.branch]);
  if (session.startCommit !== undefined) rows.push([l10n.t('Commit at start'), session.startCommit.slice(0, 10)]);
  if (session.liveBecause !== undefined) rows.push([l10n.t('Live'), session.liveBecause]);
  rows.push([l10n.t('Id'), session.id]);
  return table(rows, sessionName(session, session.id));
}
