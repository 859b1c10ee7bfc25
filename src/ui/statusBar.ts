import {
  l10n,
  MarkdownString,
  StatusBarAlignment,
  window,
  workspace,
  type Disposable,
  type StatusBarItem,
} from 'vscode';
import type { AppModel } from './appModel';
import { commandId, type CommandName } from './contributions';
import { sessionName } from './format';
import { setting } from './settings';
import { statusView, type StatusView } from './statusView';
import { markName } from './texts';

const TOOLTIP_COMMANDS: CommandName[] = [
  'tagControl',
  'tagTreatment',
  'tagExcluded',
  'retagSession',
  'selectSession',
  'selectExperiment',
  'openReport',
  'showLog',
  'restoreBackup',
];

/** The variant of the current session in the active experiment. */
export class StatusBar implements Disposable {
  private readonly item: StatusBarItem;
  private readonly subscriptions: Disposable[];

  constructor(private readonly model: AppModel) {
    this.item = window.createStatusBarItem('agentExperiments.variant', StatusBarAlignment.Left, 100);
    this.item.name = l10n.t('Agent Experiments: Variant of the Current Session');
    this.subscriptions = [
      model.onDidChange(() => {
        this.render();
      }),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('agentExperiments.statusBar')) this.render();
      }),
    ];
  }

  private render(): void {
    const { loaded, sessionsLoaded, store, active, current } = this.model.state;
    const view = statusView({
      visible: setting('statusBar.visible'),
      loaded,
      sessionsLoaded,
      store,
      active,
      variant:
        active.kind === 'one' && current.kind === 'one'
          ? this.model.variant(active.experiment.id, current.session.id)
          : undefined,
      current:
        current.kind === 'one'
          ? { kind: 'one', sessionId: current.session.id }
          : { kind: 'several', count: current.sessions.length },
    });
    if (view.kind === 'hidden') {
      this.item.hide();
      return;
    }
    const shown = this.texts(view);
    this.item.text = `$(${shown.icon}) ${shown.text}`;
    this.item.tooltip = shown.tooltip;
    this.item.command = commandId(shown.command);
    this.item.accessibilityInformation = { label: shown.spoken, role: 'button' };
    this.item.show();
  }

  private texts(view: Exclude<StatusView, { kind: 'hidden' }>): {
    icon: string;
    text: string;
    tooltip: MarkdownString;
    command: CommandName;
    spoken: string;
  } {
    const describe = (sessionId: string, experiment: string): string[] => [
      l10n.t('Experiment: {experiment}', { experiment }),
      l10n.t('Session: {session}', { session: sessionName(this.model.session(sessionId), sessionId) }),
    ];
    switch (view.kind) {
      case 'readOnly': {
        const text = l10n.t('Read-only');
        const why = l10n.t('The experiments file cannot be used by this version, so nothing is written to it.');
        const links: CommandName[] = view.damaged ? ['restoreBackup', 'showLog'] : ['showLog'];
        return { icon: 'warning', text, command: links[0] ?? 'showLog', spoken: why, tooltip: menu([why], links) };
      }
      case 'chooseExperiment': {
        const text = l10n.t('Choose Experiment');
        const why = l10n.t('Several experiments are running. Choose the one that tags go to.');
        return {
          icon: 'beaker',
          text,
          command: 'selectExperiment',
          spoken: why,
          tooltip: menu([why], ['selectExperiment']),
        };
      }
      case 'chooseSession': {
        const text = l10n.t('{count} Live Sessions', { count: view.count });
        const lines = [
          l10n.t('Experiment: {experiment}', { experiment: view.experiment }),
          l10n.t('Several sessions are live. Choose the one that tags go to.'),
        ];
        return {
          icon: 'beaker',
          text,
          command: 'selectSession',
          spoken: lines.join(' '),
          tooltip: menu(lines, ['selectSession', 'openReport']),
        };
      }
      case 'untagged': {
        const lines = describe(view.sessionId, view.experiment);
        return {
          icon: 'beaker',
          text: l10n.t('Untagged'),
          // The picker of the tag command asks for the variant.
          command: 'retagSession',
          spoken: [l10n.t('The current session is not tagged. Click to tag it.'), ...lines].join(' '),
          tooltip: menu(lines, ['tagControl', 'tagTreatment', 'tagExcluded', 'selectSession', 'openReport']),
        };
      }
      case 'tagged': {
        const { mark, drawn } = view.variant;
        const lines = [
          ...describe(view.sessionId, view.experiment),
          ...(mark === 'Assigned'
            ? [l10n.t('The variant was drawn and is hidden until there is a verdict or the experiment ends.')]
            : drawn
              ? [l10n.t('The variant was drawn when the session started.')]
              : []),
        ];
        const variant = markName(mark);
        return {
          icon: 'beaker',
          text: variant,
          command: 'retagSession',
          spoken: [l10n.t('The current session is {variant}.', { variant }), ...lines].join(' '),
          tooltip: menu(lines, ['retagSession', 'selectSession', 'openReport']),
        };
      }
    }
  }

  dispose(): void {
    this.item.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

function commandTitle(command: CommandName): string {
  switch (command) {
    case 'tagControl':
      return l10n.t('Tag as Control');
    case 'tagTreatment':
      return l10n.t('Tag as Treatment');
    case 'tagExcluded':
      return l10n.t('Exclude');
    case 'retagSession':
      return l10n.t('Retag…');
    case 'selectSession':
      return l10n.t('Choose Session…');
    case 'selectExperiment':
      return l10n.t('Choose Experiment…');
    case 'openReport':
      return l10n.t('Open Report');
    case 'restoreBackup':
      return l10n.t('Restore Backup…');
    default:
      return l10n.t('Show Log');
  }
}

/** Lines of plain text and a row of links; only our own commands can be run from it. */
function menu(lines: readonly string[], links: readonly CommandName[]): MarkdownString {
  const tooltip = new MarkdownString();
  tooltip.isTrusted = { enabledCommands: TOOLTIP_COMMANDS.map(commandId) };
  for (const line of lines) {
    tooltip.appendText(line);
    tooltip.appendMarkdown('\n\n');
  }
  tooltip.appendMarkdown(links.map((link) => `[${commandTitle(link)}](command:${commandId(link)})`).join(' | '));
  return tooltip;
}
