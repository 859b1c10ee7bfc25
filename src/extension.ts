import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, userInfo } from 'node:os';
import * as path from 'node:path';
import { Disposable, window, workspace, type ExtensionContext } from 'vscode';
import type { AgentExperimentsApi } from './api';
import { Hooks, type HookStatus } from './assignment/hooks';
import { HOOK_AGENTS } from './assignment/hookTargets';
import { InstructionStates } from './instructions/instructionStates';
import { EditorSessionRecorder, newEditorSessionId } from './sessions/editor/editorSession';
import type { SessionFinder } from './sessions/sessionIndex';
import type { SourceSettings } from './sessions/sources';
import type { SessionWorkerModule } from './sessions/worker/protocol';
import { WorkerIndex } from './sessions/worker/workerIndex';
import { FileStore } from './store/fileStore';
import { createApi } from './ui/api';
import { AppModel, openFolderPaths } from './ui/appModel';
import type { App } from './ui/commands/app';
import { createHandlers } from './ui/commands/handlers';
import { registerCommands } from './ui/commands/register';
import { actOnPage, pageMessage } from './ui/commands/reportPage';
import { noticeDamage } from './ui/data/damageNotice';
import { Pages } from './ui/data/pages';
import { EditorActivity } from './ui/editorActivity';
import { GitRepositories } from './ui/gitRepositories';
import { HookDiffs } from './ui/hookDiffs';
import { InstructionWatch } from './ui/instructionWatch';
import { LiveRefresh } from './ui/liveRefresh';
import { Notifier } from './ui/notify';
import { ReportPanels } from './ui/report/reportPanels';
import { Reports } from './ui/report/reports';
import { setting } from './ui/settings';
import { StatusBar } from './ui/statusBar';
import { Views } from './ui/views';

let closing: (() => Promise<void>) | undefined;

/** Builds the parts and wires them. Reads nothing: the first read follows after activation. */
export function activate(context: ExtensionContext): AgentExperimentsApi {
  const now = (): number => Date.now();
  const log = window.createOutputChannel('Agent Experiments', { log: true });
  const folder = context.globalStorageUri.fsPath;
  const editorSessionsFolder = path.join(folder, 'editor-sessions');

  const store = new FileStore({
    folder,
    loadWasm: () => readFile(context.asAbsolutePath('dist/sql-wasm.wasm')),
    now,
    log: (message) => {
      log.info(message);
    },
  });
  const [workspaceFolder] = openFolderPaths();
  const recorder = new EditorSessionRecorder({
    folder: editorSessionsFolder,
    id: newEditorSessionId(),
    workspaceFolder,
    startedAt: now(),
  });
  const createIndex = (): SessionFinder => {
    const file = context.asAbsolutePath('dist/sessionWorker.js');
    const settings: SourceSettings = {
      environment: { ...process.env },
      home: homedir(),
      editorSessionsFolder,
      wasmFile: context.asAbsolutePath('dist/sql-wasm.wasm'),
      workspaceStorageFolder: context.storageUri && path.dirname(context.storageUri.fsPath),
      indexFolder: path.join(folder, 'session-index'),
      claudeFolder: setting('claudeCode.folder'),
      liveMinutes: setting('sessions.liveMinutes'),
      disabledAgents: setting('agents.disabled'),
    };
    // Loaded only where it is needed: the agents' readers and the price tables are most of the code.
    const inProcess = (): SessionFinder => (createRequire(file)(file) as SessionWorkerModule).createIndex(settings);
    return new WorkerIndex({ file, settings, inProcess });
  };
  const git = new GitRepositories(log);
  const instructions = new InstructionStates({
    storage: path.join(folder, 'instruction-looks'),
    window: recorder.id,
    now,
    log: (problem) => {
      log.warn(problem);
    },
  });
  const model = new AppModel({
    store,
    createIndex,
    recorder,
    git,
    instructions,
    workspaceState: context.workspaceState,
    log,
    now,
    liveMinutes: () => setting('sessions.liveMinutes'),
  });
  const live = new LiveRefresh(model, () => model.watchFolders(), log);
  const hooks = new Hooks({
    storage: folder,
    program: context.asAbsolutePath('dist/sessionStart.js'),
    runtime: process.execPath,
    platform: process.platform,
    home: homedir(),
    environment: process.env,
    now,
  });
  const hookDiffs = new HookDiffs();
  const hookStatuses = (agents: readonly string[] | undefined): HookStatus[] =>
    HOOK_AGENTS.filter((agent) => agents?.includes(agent) !== false).map((agent) =>
      hooks.status(agent, openFolderPaths()[0]),
    );
  const views = new Views(model, live, now, hookStatuses);
  const reports = new Reports(model);

  const pages = new Pages();
  const notifier = new Notifier(log);

  const app: App = {
    model,
    store,
    git,
    instructions,
    file: store,
    pages,
    notifier,
    log,
    reports,
    openReport: (experiment) => {
      panels.open(experiment);
    },
    hooks,
    hookDiffs,
    showSession: (sessionId) => views.showSession(sessionId),
    keepSession: async (sessionId) => {
      if (sessionId !== recorder.id) return;
      recorder.activity(now());
      await recorder.flush();
    },
    author: (via) => ({ who: userName(), via, window: recorder.id }),
    newId: randomUUID,
    now,
  };

  const panels = new ReportPanels({
    model,
    extensionUri: context.extensionUri,
    message: (experiment) => pageMessage(reports, experiment),
    act: (experimentId, message) => void actOnPage(app, experimentId, message),
    log: (problem) => {
      log.warn(problem);
    },
  });

  context.subscriptions.push(
    log,
    registerCommands(app, createHandlers(app)),
    new StatusBar(model),
    new EditorActivity(recorder, git, now, log),
    panels,
    hookDiffs,
    views,
    pages,
    noticeDamage(model, notifier),
    live,
    new InstructionWatch(model, instructions),
    store.watch(),
    store.onDidChange(() => void refreshStore()),
    workspace.onDidChangeConfiguration((event) => {
      const concerned = ['agentExperiments.claudeCode', 'agentExperiments.sessions', 'agentExperiments.agents'];
      if (concerned.some((section) => event.affectsConfiguration(section))) void model.resetIndex();
    }),
    workspace.onDidChangeWorkspaceFolders(() => {
      model.foldersChanged().catch((error: unknown) => {
        log.error(error instanceof Error ? error : String(error));
      });
    }),
    new Disposable(() => {
      store.dispose();
    }),
    model,
  );
  closing = () => recorder.end(now());

  async function refreshStore(): Promise<void> {
    try {
      await model.refreshStore();
      live.soon();
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
    }
  }
  void refreshStore();
  try {
    hooks.refreshLauncher();
  } catch (error) {
    log.warn(`The session-start launcher was not brought up to date: ${String(error)}`);
  }
  return createApi(model, reports);
}

/** The name that the history keeps; a container's user may have none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** The editor gives a few seconds; what matters was saved when it changed. */
export async function deactivate(): Promise<void> {
  await closing?.();
}
