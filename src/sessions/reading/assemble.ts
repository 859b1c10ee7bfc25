import type { Tokens } from '../../api';
import type { IndexedSession } from '../model';
import { measureActivity } from './activity';
import { judgeLiveness } from './liveness';
import { oneLine, titleFrom } from './title';
import type { ToolSummary } from './toolCalls';
import { mostFrequent } from './values';

/** What a transcript says of a session; what it does not say is undefined. */
export interface SessionParts {
  agent: string;
  id: string;
  transcript: string | undefined;
  /** Any text that may serve as title, the best first. */
  titles: readonly (string | undefined)[];
  workspaceFolder: string | undefined;
  /** ms since the epoch, in any order, at least one. */
  times: readonly number[];
  /** The last sign of life where it is another than the last time; -Infinity where the session says that it ended. */
  lastSign?: number | undefined;
  /** A process that is known to run this session. */
  pid?: number | undefined;
  models: Record<string, number>;
  /** Where it is not the one with most responses. */
  model?: string | undefined;
  branch?: string | undefined;
  startCommit?: string | undefined;
  prompts: number;
  tools: ToolSummary;
  tokens: Tokens | undefined;
  tokensKnown: 'full' | 'partial' | 'none';
  costUsd?: number | undefined;
  timesKnown?: 'file' | undefined;
  apiErrors?: number | undefined;
}

/** Makes the session; undefined without any time. */
export function assembleSession(
  parts: SessionParts,
  around: { now: number; liveMinutes: number },
): IndexedSession | undefined {
  const activity = measureActivity(parts.times);
  if (!activity) {
    return undefined;
  }
  const lastSign = parts.lastSign ?? activity.last;
  const live = judgeLiveness({ pid: parts.pid, lastSign, now: around.now, liveMinutes: around.liveMinutes });
  const model = parts.model ?? mostFrequent(parts.models);
  const title = parts.titles.map((text) => text && titleFrom(text)).find((text) => text);
  const { tokens, tokensKnown, models, prompts, tools, branch, startCommit, workspaceFolder, transcript } = parts;
  return {
    id: parts.id,
    agent: parts.agent,
    ...(title && { title }),
    ...(workspaceFolder !== undefined && { workspaceFolder }),
    startedAt: activity.first,
    lastActiveAt: activity.last,
    ...(live ?? { endedAt: activity.last }),
    ...(model !== undefined && { model: oneLine(model) }),
    ...(branch !== undefined && { branch: oneLine(branch) }),
    ...(startCommit !== undefined && { startCommit }),
    prompts,
    ...tools,
    activeMinutes: activity.activeMinutes,
    wallMinutes: activity.wallMinutes,
    ...(tokens && { tokens }),
    tokensKnown,
    ...(parts.timesKnown && { timesKnown: parts.timesKnown }),
    ...(parts.costUsd !== undefined && { costUsd: parts.costUsd }),
    ...(transcript !== undefined && { transcript }),
    models,
    ...(parts.apiErrors !== undefined && { apiErrors: parts.apiErrors }),
  };
}
