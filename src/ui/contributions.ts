/** Everything that package.json declares and this code uses, in one typed place. A test compares the two, both ways. */

export const EXTENSION_ID = 'agent-experiments.agent-experiments';

export const COMMAND_NAMES = [
  'newExperiment',
  'editDraft',
  'deleteDraft',
  'startExperiment',
  'concludeExperiment',
  'archiveExperiment',
  'tagControl',
  'tagTreatment',
  'tagExcluded',
  'retagSession',
  'untagSession',
  'openReport',
  'exportReport',
  'checkFalseAlarms',
  'selectExperiment',
  'selectSession',
  'refresh',
  'showLog',
  'showHistory',
  'markSucceeded',
  'markFailed',
  'clearOutcome',
  'openTranscript',
  'filterSessions',
  'copySessionId',
  'importDatabase',
  'exportDatabase',
  'restoreBackup',
  'salvageDatabase',
  'installHook',
  'removeHook',
  'testHook',
  'drawVariant',
  'unblind',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export const commandId = (name: CommandName): string => `agentExperiments.${name}`;

export const VIEWS = {
  experiments: 'agentExperiments.experiments',
  sessions: 'agentExperiments.sessions',
} as const;

/** The kind of the report's editor tabs. */
export const REPORT_PAGE = 'agentExperiments.report';

/** What the context keys may hold. `state` drives the welcome texts. */
export interface ContextKeys {
  'agentExperiments.state': 'loading' | 'empty' | 'ready' | 'readOnly' | 'newer';
  'agentExperiments.hasActiveExperiment': boolean;
}
export const CONTEXT_KEYS: readonly (keyof ContextKeys)[] = [
  'agentExperiments.state',
  'agentExperiments.hasActiveExperiment',
];

export interface Settings {
  'statusBar.visible': boolean;
  'sessions.liveMinutes': number;
  'claudeCode.folder': string;
  'agents.disabled': readonly string[];
}
export const SETTING_DEFAULTS: Settings = {
  'statusBar.visible': true,
  'sessions.liveMinutes': 10,
  'claudeCode.folder': '',
  'agents.disabled': [],
};

/** The words of a tree item's `contextValue` that menus match on. */
export const ITEM_FLAGS = [
  'experiment',
  'draft',
  'running',
  'concluded',
  'archived',
  'session',
  'tagged',
  'untagged',
  'open',
  'judged',
  'transcript',
  'drawn',
  'blinded',
  'hooks',
  'hook',
  'installed',
] as const;
export type ItemFlag = (typeof ITEM_FLAGS)[number];
