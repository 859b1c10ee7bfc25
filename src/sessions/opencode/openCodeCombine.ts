import type { Tokens } from '../../api';
import { outcomeOf } from '../../domain/outcome';
import type { CommandOutcome, CommandRun } from '../../domain/outcome';
import type { ResponseUsage } from '../prices/prices';
import { measureActivity } from '../reading/activity';
import type { Activity } from '../reading/activity';
import { countRepeated } from '../reading/values';
import type { OpenCodeHeader, OpenCodeTokens } from './openCodeFacts';
import type { OpenCodeEntry, OpenCodeRecord } from './openCodeRecord';

export interface OpenCodeSession {
  header: OpenCodeHeader;
  source: string;
  directory: string | undefined;
  firstPrompt: string | undefined;
  activity: Activity;
  /** Absent where models answered and no answer has counts, and before any answer. */
  tokens: Tokens | undefined;
  reasoningInOutput: number;
  subagentTokens: Tokens | undefined;
  responses: ResponseUsage[];
  /** Answers by model. */
  models: Record<string, number>;
  prompts: number;
  apiErrors: number;
  toolCalls: number;
  toolErrors: number;
  toolLoops: number;
  filesTouched: number;
  outcome: CommandOutcome | undefined;
}

interface Entry extends OpenCodeEntry {
  subagent: boolean;
}

/**
 * Puts the stores together to sessions. A home that was moved from files to a database has both: each message counts once, as the
 * first of the records has it. Sub-agents are sessions with a parent, and count with it.
 */
export function combineOpenCode(records: readonly OpenCodeRecord[]): OpenCodeSession[] {
  const byId = new Map<string, OpenCodeRecord>();
  for (const record of records) {
    const known = byId.get(record.header.id);
    byId.set(record.header.id, known ? { ...known, entries: new Map([...record.entries, ...known.entries]) } : record);
  }
  const groups = new Map<string, OpenCodeRecord[]>();
  for (const record of byId.values()) {
    const root = rootOf(record, byId);
    groups.set(root, [...(groups.get(root) ?? []), record]);
  }
  return [...groups].flatMap(([id, group]) => combineGroup(byId.get(id), group) ?? []);
}

function rootOf(record: OpenCodeRecord, byId: ReadonlyMap<string, OpenCodeRecord>): string {
  let root = record;
  const seen = new Set([root.header.id]);
  for (;;) {
    const parent = byId.get(root.header.parentId ?? '');
    if (!parent) {
      return root.header.id;
    }
    if (seen.has(parent.header.id)) {
      return record.header.id; // They are each other's parents: each stands for itself.
    }
    seen.add(parent.header.id);
    root = parent;
  }
}

function combineGroup(
  main: OpenCodeRecord | undefined,
  records: readonly OpenCodeRecord[],
): OpenCodeSession | undefined {
  const entries: Entry[] = records.flatMap((record) =>
    inOrder(record).map((entry) => ({ ...entry, subagent: record !== main })),
  );
  const activity = measureActivity(entries.flatMap(({ message }) => message.times));
  if (!main || !activity) {
    return undefined;
  }
  const written = entries.filter(({ message }) => message.role === 'assistant');
  const paid = written.filter(({ message }) => message.tokens !== undefined);
  // Messages of the assistant that name no model are none of a model's, and used nothing; before any, nothing is known.
  const unused = written.length > 0 && written.every(({ message }) => message.model === undefined);
  const spent = paid.filter(({ subagent }) => subagent);
  const typed = entries.filter(
    ({ message, parts, subagent }) => message.role === 'user' && !parts.onlyAdded && !subagent,
  );
  return {
    header: main.header,
    source: main.source,
    directory: main.header.directory ?? entries.map(({ message }) => message.cwd).find((cwd) => cwd !== undefined),
    firstPrompt: typed.map(({ parts }) => parts.text).find((text) => text !== undefined),
    activity,
    tokens: paid.length > 0 || unused ? sumTokens(paid) : undefined,
    reasoningInOutput: paid.reduce(
      (sum, { message: { tokens } }) => sum + (tokens?.reasoningApart === false ? tokens.reasoning : 0),
      0,
    ),
    subagentTokens: spent.length > 0 ? sumTokens(spent) : undefined,
    responses: paid.map((entry) => usageOf(entry, activity.first)),
    models: countModels(written),
    prompts: typed.length,
    apiErrors: entries.filter(({ message }) => message.failed).length,
    ...countTools(entries),
  };
}

function inOrder({ entries, header }: OpenCodeRecord): OpenCodeEntry[] {
  const first = ({ message }: OpenCodeEntry): number => message.times[0] ?? Number.MAX_VALUE;
  // A fork begins with copies of another session's messages. They have ids of their own, but keep the time of the original.
  const began = header.created ?? 0;
  return [...entries]
    .filter(([, entry]) => first(entry) >= began)
    .sort(([a, one], [b, two]) => first(one) - first(two) || (a < b ? -1 : 1))
    .map(([, entry]) => entry);
}

const NONE: OpenCodeTokens = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0, reasoningApart: true };

function sumTokens(entries: readonly OpenCodeEntry[]): Tokens {
  const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  for (const { message } of entries) {
    const tokens = message.tokens ?? NONE;
    sum.input += tokens.input;
    sum.output += tokens.output;
    sum.cacheRead += tokens.cacheRead;
    sum.cacheWrite += tokens.cacheWrite;
    sum.reasoning += tokens.reasoningApart ? tokens.reasoning : 0;
  }
  return sum;
}

function usageOf({ message }: OpenCodeEntry, start: number): ResponseUsage {
  const { input, output, reasoning, cacheRead, cacheWrite, reasoningApart } = message.tokens ?? NONE;
  return {
    model: message.model,
    at: message.times[0] ?? start,
    input,
    output: output + (reasoningApart ? reasoning : 0),
    cacheRead,
    cacheWrite,
    recordedUsd: message.cost,
  };
}

function countModels(written: readonly Entry[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of written) {
    if (message.model !== undefined) {
      counts.set(message.model, (counts.get(message.model) ?? 0) + 1);
    }
  }
  return Object.fromEntries(counts);
}

type ToolCounts = Pick<OpenCodeSession, 'toolCalls' | 'toolErrors' | 'toolLoops' | 'filesTouched' | 'outcome'>;

function countTools(entries: readonly Entry[]): ToolCounts {
  const calls = entries.flatMap(({ parts, message, subagent }) =>
    [...parts.calls.values()].map((call) => ({ call, at: message.times[0] ?? NaN, subagent })),
  );
  const runs: CommandRun[] = calls.flatMap(({ call, at }) =>
    call.command === undefined || call.refused
      ? []
      : [{ tool: call.name, command: call.command, failed: call.commandFailed, time: at }],
  );
  return {
    toolCalls: calls.length,
    toolErrors: calls.filter(({ call }) => call.failed).length,
    toolLoops: countRepeated(calls.filter(({ subagent }) => !subagent).map(({ call }) => call.digest)),
    filesTouched: new Set(calls.flatMap(({ call }) => call.files)).size,
    outcome: outcomeOf(runs),
  };
}
