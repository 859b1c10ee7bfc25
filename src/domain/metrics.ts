import type { Direction, Metric, Session } from '../api';

/** What a metric may look at: the public session and what only the index knows. */
export interface Measured extends Session {
  toolLoops?: number;
  /** The version of the agent that it began with. */
  agentVersion?: string;
  /** `file`: the minutes are not those of the session. */
  timesKnown?: 'file';
}

/** The value of a metric for one session; undefined is "not known", never zero. Design section 6. */
type MetricValue = (session: Measured) => number | undefined;

const byPrompt = (value: number | undefined, session: Measured): number | undefined =>
  value === undefined || session.prompts === 0 ? undefined : value / session.prompts;

const success: MetricValue = ({ outcome }) => (outcome === undefined ? undefined : outcome === 'success' ? 1 : 0);

export const metricValue: Record<Metric, MetricValue> = {
  TokensPerSession: ({ tokens }) =>
    tokens && tokens.input + tokens.cacheWrite + tokens.output + (tokens.reasoning ?? 0),
  CostPerSession: ({ costUsd }) => costUsd,
  SuccessRate: success,
  ToolLoops: ({ toolLoops }) => toolLoops,
  DurationMinutes: ({ activeMinutes, timesKnown }) => (timesKnown === 'file' ? undefined : activeMinutes),
  FilesPerSession: ({ filesTouched }) => filesTouched,
  SuccessRateByPrompt: (session) => byPrompt(success(session), session),
  CostByPrompt: (session) => byPrompt(session.costUsd, session),
};

/** Which way a metric is better. */
export const betterDirection: Record<Metric, Direction> = {
  TokensPerSession: 'Decrease',
  CostPerSession: 'Decrease',
  SuccessRate: 'Increase',
  ToolLoops: 'Decrease',
  DurationMinutes: 'Decrease',
  FilesPerSession: 'Decrease',
  SuccessRateByPrompt: 'Increase',
  CostByPrompt: 'Decrease',
};
