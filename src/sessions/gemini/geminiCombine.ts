import type { Tokens } from '../../api';
import { outcomeOf } from '../../domain/outcome';
import type { CommandOutcome, CommandRun } from '../../domain/outcome';
import type { ResponseUsage } from '../prices/prices';
import { measureActivity } from '../reading/activity';
import type { Activity } from '../reading/activity';
import { countRepeated } from '../reading/values';
import type { GeminiFacts, GeminiMessage } from './geminiFacts';

/** One chat file. */
export interface GeminiFile {
  path: string;
  /** The session that it is of, of a sub-agent its parent's. */
  sessionId: string;
  subagent: boolean;
  /** The project's folder. */
  root: string;
  facts: GeminiFacts;
  /** Counts up whenever the facts changed. */
  version: number;
}

export interface GeminiSession {
  id: string;
  main: GeminiFile;
  firstPrompt: string | undefined;
  activity: Activity;
  /** Absent where no message has counts. */
  tokens: Tokens | undefined;
  subagentTokens: Tokens | undefined;
  responses: ResponseUsage[];
  /** Answers by model. */
  models: Record<string, number>;
  prompts: number;
  toolCalls: number;
  toolErrors: number;
  toolLoops: number;
  filesTouched: number;
  outcome: CommandOutcome | undefined;
}

/** Tools that ask how something is going on: asking again is waiting, no loop. */
const POLLING_TOOLS = new Set(['read_background_output', 'list_background_processes']);

interface Entry extends GeminiMessage {
  subagent: boolean;
}

/** Puts files together to sessions: copies in the old and the new format, and sub-agents with their session. */
export function combineGeminiFiles(files: readonly GeminiFile[]): GeminiSession[] {
  const groups = new Map<string, GeminiFile[]>();
  const mains = new Set(files.filter(({ subagent }) => !subagent).map(({ sessionId }) => sessionId));
  for (const file of files) {
    // A sub-agent without its session stands for itself.
    const id = file.subagent && !mains.has(file.sessionId) ? (file.facts.sessionId ?? file.path) : file.sessionId;
    groups.set(id, [...(groups.get(id) ?? []), file]);
  }
  return [...groups].flatMap(([id, group]) => combineGroup(id, group) ?? []);
}

function combineGroup(id: string, files: readonly GeminiFile[]): GeminiSession | undefined {
  const ordered = [...files].sort((a, b) => Number(a.subagent) - Number(b.subagent) || (a.path < b.path ? 1 : -1));
  // A session that is resumed gets another file, which may hold no more than its beginning.
  const [first] = ordered;
  const main = ordered
    .filter(({ subagent }) => subagent === first?.subagent)
    .reduce((most, file) => (lengthOf(file) > lengthOf(most) ? file : most));
  const activity = measureActivity(files.flatMap(({ facts }) => facts.times));
  const entries = [...mergeMessages(ordered).values()];
  if (!activity || files.every((file) => lengthOf(file) === 0)) {
    return undefined;
  }
  const paid = entries.filter(({ tokens }) => tokens !== undefined);
  const spent = paid.filter(({ subagent }) => subagent);
  return {
    id,
    main,
    firstPrompt: ordered.map(({ facts }) => facts.firstPrompt).find((text) => text !== undefined),
    activity,
    tokens: paid.length > 0 ? sumTokens(paid) : undefined,
    subagentTokens: spent.length > 0 ? sumTokens(spent) : undefined,
    responses: paid.map((entry) => usageOf(entry, activity.first)),
    models: countModels(entries),
    prompts: entries.filter(({ isPrompt, subagent }) => isPrompt && !subagent).length,
    ...countTools(entries),
  };
}

function lengthOf({ facts }: GeminiFile): number {
  return facts.messages.size + facts.notes;
}

/** Each message once; of two copies the one with counts knows more. */
function mergeMessages(files: readonly GeminiFile[]): Map<string, Entry> {
  const merged = new Map<string, Entry>();
  for (const { facts, subagent } of files) {
    for (const [id, message] of facts.messages) {
      // Made-up keys of messages without ids are of their file alone.
      const key = id.startsWith('#') ? `${facts.sessionId ?? ''}${id}` : id;
      const known = merged.get(key);
      if (!known) {
        merged.set(key, { ...message, subagent });
      } else {
        merged.set(key, {
          ...known,
          tokens: known.tokens ?? message.tokens,
          model: known.model ?? message.model,
          isPrompt: known.isPrompt || message.isPrompt,
          calls: new Map([...message.calls, ...known.calls]),
        });
      }
    }
  }
  return merged;
}

function partsOf({ tokens }: GeminiMessage): Required<Omit<Tokens, 'cacheWrite'>> {
  const { input = 0, cached = 0, output = 0, thoughts = 0, tool = 0 } = tokens ?? {};
  return { input: Math.max(0, input - cached) + tool, output, cacheRead: cached, reasoning: thoughts };
}

function sumTokens(messages: readonly GeminiMessage[]): Tokens {
  const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  for (const message of messages) {
    const parts = partsOf(message);
    sum.input += parts.input;
    sum.output += parts.output;
    sum.cacheRead += parts.cacheRead;
    sum.reasoning += parts.reasoning;
  }
  return sum;
}

function usageOf(message: GeminiMessage, start: number): ResponseUsage {
  const { input, output, cacheRead, reasoning } = partsOf(message);
  return { model: message.model, at: message.at ?? start, input, output: output + reasoning, cacheRead, cacheWrite: 0 };
}

function countModels(entries: readonly Entry[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { isAnswer, model } of entries) {
    if (isAnswer && model !== undefined) {
      counts.set(model, (counts.get(model) ?? 0) + 1);
    }
  }
  return Object.fromEntries(counts);
}

type ToolCounts = Pick<GeminiSession, 'toolCalls' | 'toolErrors' | 'toolLoops' | 'filesTouched' | 'outcome'>;

function countTools(entries: readonly Entry[]): ToolCounts {
  const calls = entries.flatMap(({ calls: own, at, subagent }) =>
    [...own.values()].map((call) => ({ call, at, subagent })),
  );
  const runs: CommandRun[] = calls.flatMap(({ call, at }) =>
    call.command !== undefined && call.ran
      ? [{ tool: call.name, command: call.command, failed: call.commandFailed, time: at ?? NaN }]
      : [],
  );
  const main = calls.filter(({ call, subagent }) => !subagent && !POLLING_TOOLS.has(call.name));
  return {
    toolCalls: calls.length,
    toolErrors: calls.filter(({ call }) => call.failed).length,
    toolLoops: countRepeated(main.map(({ call }) => call.digest)),
    filesTouched: new Set(calls.flatMap(({ call }) => call.file ?? [])).size,
    outcome: outcomeOf(runs),
  };
}
