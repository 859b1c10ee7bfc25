import { isAbsolute } from 'node:path';
import { l10n, window, workspace, type QuickPickItem } from 'vscode';
import type { HookFileResult, HookTestResult } from '../../api';
import type { FileChange } from '../../assignment/hookFiles';
import { isHookAgent, type HookTest, type HookWhere } from '../../assignment/hooks';
import { HOOK_AGENTS, HOOK_SCOPES, type HookAgent, type HookScope } from '../../assignment/hookTargets';
import { openFolderPaths } from '../appModel';
import { agentName } from '../format';
import { hookProblemText, hookStateText } from '../hookTexts';
import { Cancelled, CommandError, type App } from './app';
import type { Call } from './call';

/**
 * Names the session-start program in the settings of agents. A person sees every change before it is written; a program passes
 * `{agents, scope, home?}` and has thereby asked for it.
 */
export async function installHook(app: App, call: Call): Promise<HookFileResult[]> {
  const agents = call.interactive ? await askAgents(app, call) : readAgents(call);
  const scope = call.interactive ? await askScope() : readScope(call.raw['scope'] ?? 'user');
  requireTrust([scope]);
  const where = { agents, scopes: [scope], workspaceFolder: openFolderPaths()[0], home: readHome(call) };
  const changes = app.hooks.planInstall(where);
  if (changes.length === 0) throw new CommandError(l10n.t('Open a folder first: the hook is for a workspace.'));
  return carryOut(app, call, changes, 'install');
}

/** Takes it out again, and leaves the files as they were before. */
export async function removeHook(app: App, call: Call): Promise<HookFileResult[]> {
  const scopes = call.raw['scope'] === undefined ? HOOK_SCOPES : [readScope(call.raw['scope'])];
  const where: HookWhere = {
    agents: call.interactive && call.agent === undefined ? HOOK_AGENTS : readAgents(call),
    // Files of a folder that is not trusted stay as they are.
    scopes: workspace.isTrusted ? scopes : scopes.filter((scope) => scope === 'user'),
    workspaceFolder: openFolderPaths()[0],
    home: readHome(call),
  };
  requireTrust(where.scopes.length === 0 ? scopes : []);
  const changes = app.hooks.planRemove(where);
  if (changes.length === 0 && call.interactive) {
    app.notifier.info(l10n.t('There is no hook to remove: no settings file names the session-start program.'));
  }
  return changes.length === 0 ? [] : carryOut(app, call, changes, 'remove');
}

async function carryOut(
  app: App,
  call: Call,
  changes: readonly FileChange[],
  action: 'install' | 'remove',
): Promise<HookFileResult[]> {
  const toWrite = changes.filter((change): change is FileChange & { ok: true } => change.ok && change.changed);
  if (call.interactive && toWrite.length > 0) await confirm(app, toWrite);
  const results = changes.map((change) => writeOne(app, change, action));
  // The tree shows the state of the files.
  app.model.touch();
  for (const { message } of results) if (message !== undefined) app.log.warn(message);
  if (call.interactive) tell(app, results, action);
  return results;
}

async function confirm(app: App, changes: readonly (FileChange & { ok: true })[]): Promise<void> {
  await app.hookDiffs.show(changes);
  const verb = changes.length === 1 ? l10n.t('Write 1 File') : l10n.t('Write {count} Files', { count: changes.length });
  // A notification leaves the difference in sight.
  const picked = await app.notifier.choose(
    l10n.t('Write what the editor shows to {files}? A copy of each file is kept.', {
      files: changes.map(({ target }) => target.file).join(', '),
    }),
    verb,
    l10n.t('Cancel'),
  );
  await app.hookDiffs.close();
  if (picked !== verb) throw new Cancelled();
}

function writeOne(app: App, change: FileChange, action: 'install' | 'remove'): HookFileResult {
  const { agent, scope, file } = change.target;
  if (!change.ok) {
    return { agent, scope, file, outcome: 'refused', message: hookProblemText(change.problem, file, change.detail) };
  }
  try {
    app.hooks[action](change);
    return { agent, scope, file, outcome: change.changed ? 'written' : 'unchanged' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const message = l10n.t('{file} was not changed: {detail}', { file, detail });
    return { agent, scope, file, outcome: 'refused', message };
  }
}

function tell(app: App, results: readonly HookFileResult[], action: 'install' | 'remove'): void {
  const refused = results.flatMap(({ message }) => message ?? []);
  if (refused.length > 0) app.notifier.warn(refused.join(' '));
  const done = results.filter(({ outcome }) => outcome !== 'refused');
  if (done.length === 0) return;
  const agents = done.map(({ agent }) => agentName(agent)).join(', ');
  if (action === 'remove') {
    app.notifier.done(l10n.t('The hook is removed from {agents}.', { agents }));
    return;
  }
  app.notifier.info(
    [
      done.some(({ outcome }) => outcome === 'written')
        ? l10n.t('The hook is in place for {agents}.', { agents })
        : l10n.t('The hook was already in place for {agents}.', { agents }),
      l10n.t('Agents read their settings when they start: restart those that are running.'),
      ...(done.some(({ agent }) => agent === 'codex')
        ? [l10n.t('Codex asks once whether you trust the hook, and does not run it before.')]
        : []),
      ...(done.some(({ agent }) => agent === 'claude-code')
        ? [l10n.t('VS Code’s agent reads Claude Code’s settings too, so it needs no hook of its own.')]
        : []),
    ].join(' '),
    { label: l10n.t('Test the Hook'), run: () => testHook(app, { interactive: true, raw: {} }) },
  );
}

/** Asks the session-start program, as agents would, what it would draw in the open folder. */
export async function testHook(app: App, call: Call): Promise<HookTestResult[]> {
  const [folder] = openFolderPaths();
  if (folder === undefined) throw new CommandError(l10n.t('Open a folder first: the hook draws for its sessions.'));
  const named = call.agent !== undefined || call.raw['agents'] !== undefined ? readAgents(call) : undefined;
  const installed = HOOK_AGENTS.filter((agent) => app.hooks.status(agent, folder).state !== 'missing');
  const agents = named ?? (installed.length > 0 ? installed : HOOK_AGENTS.slice(0, 1));
  const results: HookTestResult[] = [];
  for (const agent of agents) {
    const { state } = app.hooks.status(agent, folder);
    const test = await app.hooks.test(agent, folder);
    results.push({
      agent,
      state,
      ok: test.ok && state === 'inPlace',
      experiments: test.ok ? test.experiments : [],
      message: testText(agent, state, test),
    });
  }
  const message = results.map((result) => result.message).join(' ');
  if (!call.interactive) app.log.info(message);
  else if (results.every(({ ok }) => ok)) app.notifier.info(message);
  else app.notifier.warn(message);
  return results;
}

function testText(agent: HookAgent, state: HookTestResult['state'], test: HookTest): string {
  const name = agentName(agent);
  if (state !== 'inPlace') return `${name}: ${hookStateText(state)}.`;
  if (test.ok) {
    return test.experiments.length === 0
      ? l10n.t('{agent}: the hook works, and no running experiment draws for this folder.', { agent: name })
      : l10n.t('{agent}: the hook works, and draws for “{experiments}”.', {
          agent: name,
          experiments: test.experiments.join('”, “'),
        });
  }
  switch (test.problem) {
    case 'noLauncher':
      return l10n.t('{agent}: the program that the hook runs is missing. Install the hook again.', { agent: name });
    case 'noAnswer':
      return l10n.t('{agent}: the program gave no answer. {detail}', { agent: name, detail: test.detail });
    case 'readOnly':
      return l10n.t('{agent}: the program runs, but the experiments file cannot be written, so nothing is drawn.', {
        agent: name,
      });
  }
}

async function askAgents(app: App, call: Call): Promise<HookAgent[]> {
  if (call.agent !== undefined) return readAgents(call);
  const folder = openFolderPaths()[0];
  const items = HOOK_AGENTS.map((agent) => {
    const { state } = app.hooks.status(agent, folder);
    return {
      label: agentName(agent),
      description: hookStateText(state),
      ...(agent === 'copilot-chat'
        ? { detail: l10n.t('It reads Claude Code’s settings too: one of the two is enough.') }
        : {}),
      picked: state === 'other',
      agent,
    };
  });
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Install Hook'),
    placeHolder: l10n.t('Which agents should ask for their variant when a session starts?'),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  if (!picked || picked.length === 0) throw new Cancelled();
  return picked.map(({ agent }) => agent);
}

async function askScope(): Promise<HookScope> {
  if (openFolderPaths().length === 0) return 'user';
  const items: (QuickPickItem & { scope: HookScope })[] = [
    {
      label: l10n.t('For Me, in All Folders (Recommended)'),
      detail: l10n.t('In your own settings of the agent. Sessions in folders without an experiment are not affected.'),
      scope: 'user',
    },
    {
      label: l10n.t('For This Folder Only'),
      detail: workspace.isTrusted
        ? l10n.t(
            'Claude Code only, in its file for your machine. Files of other agents are shared with everybody in the folder.',
          )
        : l10n.t('Not possible while the folder is not trusted.'),
      scope: 'workspace',
    },
  ];
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Install Hook'),
    placeHolder: l10n.t('Where should the hook be?'),
    ignoreFocusOut: true,
  });
  if (!picked) throw new Cancelled();
  return picked.scope;
}

function requireTrust(scopes: readonly HookScope[]): void {
  if (!scopes.includes('workspace') || workspace.isTrusted) return;
  throw new CommandError(l10n.t('The folder is not trusted, so nothing is written to it. Trust it first.'));
}

function readAgents({ agent, raw }: Call): HookAgent[] {
  const named: unknown = agent === undefined ? (raw['agents'] ?? HOOK_AGENTS) : [agent];
  if (Array.isArray(named) && named.length > 0 && named.every(isHookAgent)) return [...new Set(named)];
  throw new CommandError(l10n.t('Pass the agents as a list of: {agents}.', { agents: HOOK_AGENTS.join(', ') }));
}

function readScope(value: unknown): HookScope {
  const scope = HOOK_SCOPES.find((known) => known === value);
  if (scope === undefined) throw new CommandError(l10n.t('Pass the scope: user or workspace.'));
  return scope;
}

function readHome({ raw }: Call): string | undefined {
  const home = raw['home'];
  if (home === undefined || (typeof home === 'string' && isAbsolute(home))) return home;
  throw new CommandError(l10n.t('Pass the home folder as an absolute path.'));
}
