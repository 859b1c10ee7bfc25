/**
 * The public shapes of Agent Experiments: what commands take and return and what `activate()` hands to other extensions.
 * All times are milliseconds since the epoch. Other programs rely on these names; change them only with `apiVersion`.
 */

export const VARIANTS = ['Control', 'Treatment', 'Excluded'] as const;
export type Variant = (typeof VARIANTS)[number];

export const EXPERIMENT_STATES = ['Draft', 'Running', 'Concluded', 'Archived'] as const;
export type ExperimentState = (typeof EXPERIMENT_STATES)[number];

export const METRICS = [
  'TokensPerSession',
  'CostPerSession',
  'SuccessRate',
  'ToolLoops',
  'DurationMinutes',
  'FilesPerSession',
  'SuccessRateByPrompt',
  'CostByPrompt',
] as const;
export type Metric = (typeof METRICS)[number];

export const DIRECTIONS = ['Decrease', 'Increase'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * The rule that classifies untagged sessions. A fingerprint is a digest of the instruction files of the folder (64 hexadecimal
 * digits). Where an experiment is made, `now` stands for the files as they are, `head` for those of the last commit, and, of
 * Treatment, `at-start` for what they will be when the experiment starts.
 */
export type Binding =
  | { kind: 'GitCommit'; controlCommit: string; treatmentCommit: string }
  | { kind: 'Branch'; controlBranch: string; treatmentBranch: string }
  | { kind: 'PromptFingerprint'; controlFingerprint: string; treatmentFingerprint: string }
  | { kind: 'ManualTag'; variantField?: string };

/** `targetPct` is a percentage of change, either sign; the direction decides which way is good. */
export type SuccessCriterion =
  { kind: 'Delta'; direction: Direction; targetPct: number } | { kind: 'Absolute'; metricValue: number };

/** A metric that must not get worse by `thresholdPct` percent or more in `regressionDirection`. */
export interface Guardrail {
  metric: Metric;
  regressionDirection: Direction;
  thresholdPct: number;
}

/**
 * A change that the tool gives or withholds itself: text that the agent gets at the start of a session. `allocation` is the
 * share of Treatment, default one half. `agents` are those that take part; default all that can. `blinded` hides variants and
 * interim effects until there is a verdict or the end.
 */
export interface Randomised {
  treatmentText: string;
  controlText?: string;
  allocation?: number;
  agents?: string[];
  blinded?: boolean;
}

export interface ExperimentInput {
  name: string;
  hypothesis: string;
  changeDescription: string;
  metric: Metric;
  durationDays: number;
  binding: Binding;
  successCriterion: SuccessCriterion;
  guardrails?: Guardrail[];
  /** URI of the workspace folder that the experiment belongs to. Default: the open folder. */
  workspace?: string;
  /** Sessions from this time on count for bindings. Default: the start of the experiment. */
  since?: number;
  /** Sessions per variant that the person plans for. */
  plannedPerVariant?: number;
  /** Error rate of the verdict, between 0 and 1. Default 0.05. */
  alpha?: number;
  /** The tool draws the variant of each session. Needs the binding `ManualTag`. */
  randomised?: Randomised;
}

/** The commits that the two branches of a `Branch` binding pointed at when the experiment started; absent where not known. */
export interface PinnedTips {
  control?: string;
  treatment?: string;
}

export interface Experiment extends ExperimentInput {
  id: string;
  state: ExperimentState;
  createdAt: number;
  startedAt?: number;
  concludedAt?: number;
  pinnedTips?: PinnedTips;
  /** Why the stored row could not be read in full. The row is kept as it is. */
  damaged?: string;
}

/** Every token counted once. `input` is fresh input: cache reads and writes are apart. */
export interface Tokens {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** Only where the agent reports reasoning apart from output. */
  reasoning?: number;
}

/** One conversation with a coding agent, or one run of the editor window (`agent: 'editor'`). Unknown is absent, never 0. */
export interface Session {
  id: string;
  agent: string;
  title?: string;
  /** Path of the folder that the session worked in. */
  workspaceFolder?: string;
  startedAt: number;
  lastActiveAt: number;
  /** Absent while the session is live. */
  endedAt?: number;
  model?: string;
  branch?: string;
  startCommit?: string;
  prompts: number;
  toolCalls: number;
  toolErrors: number;
  filesTouched: number;
  activeMinutes: number;
  wallMinutes: number;
  tokens?: Tokens;
  costUsd?: number;
  outcome?: 'success' | 'failure';
}

export type TagOutcome = 'tagged' | 'unchanged' | 'conflict' | 'retagged' | 'untagged' | 'refused';

/**
 * What a tagging command did. `experimentId` and `sessionId` are empty only where a refused command could not tell which was
 * meant. `variant` is the variant that was asked for, or the one that `untagged` took away; it is absent only where untagging
 * found no tag. `existing` is what the session had before.
 */
export interface TagResult {
  outcome: TagOutcome;
  experimentId: string;
  sessionId: string;
  variant?: Variant;
  existing?: Variant;
  message: string;
}

export type VerdictKind =
  'TooFewSessions' | 'KeepRunning' | 'TargetMet' | 'Better' | 'NotWorthIt' | 'Harmful' | 'Untrusted';

/** `n` sessions count; `missing` more have the variant but no value of the metric. Both are absent while they are hidden. */
export interface VariantSummary {
  n?: number;
  missing?: number;
  median?: number;
  mean?: number;
}

/** An infinite bound is `null`. */
export interface Effect {
  scale: 'log' | 'difference';
  estimate: number;
  lower: number | null;
  upper: number | null;
  percent?: number;
  percentLower?: number | null;
  percentUpper?: number | null;
  logE: number;
  pAlways: number;
  nStar: number;
  alpha: number;
  /** What was compared: logarithms of values, of values plus 1, shares of successes, or plain means. */
  transform?: 'log' | 'log1p' | 'proportion' | 'mean';
  /** Standard error of `estimate`, with its degrees of freedom where it is estimated from the values. */
  se?: number;
  df?: number;
}

/** The comparison as it stood after a session or day. `control` and `treatment` count what was compared. */
export interface ReportLook {
  at: number;
  control: number;
  treatment: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
  logE: number;
}

export interface SampleRow {
  sessionId: string;
  variant: Variant;
  source: 'tag' | 'assignment' | 'binding';
  value?: number;
  startedAt: number;
}

export interface Report {
  experimentId: string;
  state: ExperimentState;
  metric: Metric;
  computedAt: number;
  /** True once the experiment is concluded: the report never changes again. */
  frozen: boolean;
  verdict: { kind: VerdictKind; sentence: string; reasons: string[] };
  variants: { control: VariantSummary; treatment: VariantSummary };
  effect?: Effect;
  medianDifference?: { estimate: number; lower: number | null; upper: number | null };
  /** Treatment minus Control of the means, in the metric's unit: what a total is made of. Valid at every look. */
  meanDifference?: { estimate: number; lower: number | null; upper: number | null };
  /** The probability that a Treatment session has the higher value. Valid at every look. */
  ranks?: { estimate: number; lower: number | null; upper: number | null; disagrees: boolean };
  allocation?: { logE: number; warning: boolean };
  guardrails: { metric: Metric; status: 'pass' | 'breached' | 'undecided'; effect?: Effect }[];
  excluded: { sessionId: string; reason: string }[];
  sample: SampleRow[];
  /**
   * The experiment is blinded and undecided: variants of sessions, values and what compares them are left out. Counts and looks
   * are absent then, and the lists `sample` and `guardrails` have no entries.
   */
  blinded?: true;
  /** `tagged`: by persons; `observational`: by a commit, branch or instruction file; `randomised`: drawn by the tool. */
  design?: 'tagged' | 'observational' | 'randomised';
  /** What is compared: sessions, or the means of days. */
  unit?: 'session' | 'day';
  /** Oldest first; empty while there is too little to compare, absent while it is hidden. */
  looks?: ReportLook[];
  /** About how much more it takes to decide, if the difference stays as it is. Absent when that cannot be said. */
  decide?: { sessions: number; days: number };
}

/** How many rows of one kind were taken, were here already, and were left out. */
export interface MergeCounts {
  imported: number;
  unchanged: number;
  skipped: number;
}

/** Rows that were left out of an import: of which kind, how many, and why. `message` says it as a sentence. */
export interface SkippedRows {
  kind: 'experiments' | 'tags' | 'history' | 'outcomes' | 'others' | 'strangers';
  reason: string;
  rows: number;
  experimentId?: string;
  sessionId?: string;
  here?: string;
  there?: string;
  message: string;
}

/** What `importDatabase` did. `others` are frozen samples, looks and assignments. */
export interface ImportResult {
  uri: string;
  experiments: MergeCounts;
  tags: MergeCounts;
  history: MergeCounts;
  outcomes: MergeCounts;
  others: MergeCounts;
  skipped: SkippedRows[];
}

/** What `exportDatabase` wrote: the size of the file, and its rows of each kind. */
export interface ExportResult {
  uri: string;
  bytes: number;
  experiments: number;
  tags: number;
  history: number;
  outcomes: number;
}

/** What `restoreBackup` put in place. `keptAs` is the URI of the damaged file; absent where the file was sound. */
export interface RestoreResult {
  backup?: string;
  experiments: number;
  tags: number;
  keptAs?: string;
}

/** What `salvageDatabase` added, and what of the damaged file is lost. */
export interface SalvageResult extends ImportResult {
  lost: { table?: string; page?: number; reason: string; detail: string; message: string }[];
}

/** What `installHook` and `removeHook` did with one settings file of an agent. `message` says why it was refused. */
export interface HookFileResult {
  agent: string;
  scope: 'user' | 'workspace';
  file: string;
  outcome: 'written' | 'unchanged' | 'refused';
  message?: string;
}

/** What `testHook` found. `experiments` are the names of those that would draw for the open folder. */
export interface HookTestResult {
  agent: string;
  ok: boolean;
  state: 'inPlace' | 'missing' | 'other' | 'damaged' | 'unexpected' | 'unreadable';
  experiments: string[];
  message: string;
}

/**
 * What `drawVariant` did. `unchanged`: it had been drawn before. `variant` is absent while it is hidden, `text` where the session
 * gets none. `late`: it was drawn after the first prompt.
 */
export interface DrawResult {
  outcome: 'drawn' | 'unchanged' | 'refused';
  experimentId: string;
  sessionId: string;
  variant?: Variant;
  text?: string;
  late?: true;
  message: string;
}

/** The subset of `vscode.Event` that the API promises, so that this file needs no vscode. */
export type ApiEvent<T> = (listener: (event: T) => unknown) => { dispose(): unknown };

/** What `activate()` returns. */
export interface AgentExperimentsApi {
  readonly apiVersion: 1;
  readonly experiments: () => Promise<Experiment[]>;
  readonly sessions: () => Promise<Session[]>;
  /** The session that tagging commands use by default; undefined while several are live and none is chosen. */
  readonly currentSession: () => Promise<Session | undefined>;
  /** Variants by session id. */
  readonly tags: (experimentId: string) => Promise<Record<string, Variant>>;
  readonly report: (experimentId: string) => Promise<Report>;
  readonly onDidChange: ApiEvent<void>;
}
