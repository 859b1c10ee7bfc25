import type { Tokens } from '../../api';
import { measureActivity } from '../reading/activity';
import { isRecord } from '../reading/jsonLines';
import { ToolCalls } from '../reading/toolCalls';
import { countOf, isoTimeOf, millisOf, textOf } from '../reading/values';
import { parseJson } from '../reading/wholeFiles';

type Json = Readonly<Record<string, unknown>>;

/** `<id>.json` of Cline's command line program and desktop app. */
export interface SdkManifest {
  id: string | undefined;
  folder: string | undefined;
  title: string | undefined;
  model: string | undefined;
  pid: number | undefined;
  /** The session says that it is over. */
  ended: boolean;
  startedAt: number | undefined;
  fork: boolean;
}

/** Throws for text that is no JSON. */
export function sdkManifest(text: string): SdkManifest {
  const value = parseJson(text);
  const manifest = isRecord(value) ? value : {};
  const metadata = isRecord(manifest['metadata']) ? manifest['metadata'] : {};
  return {
    id: textOf(manifest['session_id']),
    folder: textOf(manifest['cwd']) ?? textOf(manifest['workspace_root']),
    title: textOf(metadata['title'])?.slice(0, 2000),
    model: textOf(manifest['model']),
    pid: countOf(manifest['pid']),
    ended:
      textOf(manifest['ended_at']) !== undefined ||
      manifest['status'] === 'completed' ||
      manifest['status'] === 'failed',
    startedAt: isoTimeOf(manifest['started_at']),
    fork: isRecord(metadata['fork']),
  };
}

/** One message of `<id>.messages.json` as far as it is counted. */
export interface SdkMessage {
  id: string;
  time: number | undefined;
  prompt: string | undefined;
  model: string | undefined;
  usage: (Tokens & { costUsd: number | undefined }) | undefined;
  answer: boolean;
  calls: { id: string; name: string; input: unknown }[];
  results: { id: string; failed: boolean; commandsFailed: boolean | undefined }[];
}

export interface SdkMessages {
  id: string | undefined;
  messages: SdkMessage[];
}

/** Throws for text that is no list of messages. */
export function sdkMessages(text: string): SdkMessages {
  const value = parseJson(text);
  if (!isRecord(value) || !Array.isArray(value['messages'])) {
    throw new Error('no list of messages');
  }
  const messages = (value['messages'] as unknown[]).filter(isRecord);
  return { id: textOf(value['sessionId']), messages: messages.map((message, i) => messageOf(message, i)) };
}

function messageOf(message: Json, place: number): SdkMessage {
  const blocks = Array.isArray(message['content'])
    ? (message['content'] as unknown[]).filter(isRecord)
    : [{ type: 'text', text: message['content'] }];
  const answer = message['role'] === 'assistant';
  const info = isRecord(message['modelInfo']) ? message['modelInfo'] : {};
  return {
    id: textOf(message['id']) ?? `#${place}`,
    time: millisOf(message['ts']),
    prompt: message['role'] === 'user' ? promptIn(blocks) : undefined,
    model: textOf(info['id']),
    usage: usageOf(message['metrics']),
    answer,
    calls: blocks.flatMap((block) => callIn(block)),
    results: blocks.flatMap((block) => resultIn(block)),
  };
}

function promptIn(blocks: readonly Json[]): string | undefined {
  if (blocks.some((block) => block['type'] === 'tool_result')) {
    return undefined;
  }
  const text = blocks
    .map((block) => (block['type'] === 'text' ? textOf(block['text']) : undefined))
    .find((each) => each);
  return text?.slice(0, 2000);
}

/**
 * `inputTokens` is the whole prompt, cached parts included: each call's cache reads are the input of the call before. A number that is
 * too small to hold the cached part is fresh input: the first versions passed on what Anthropic's API calls input.
 */
function usageOf(value: unknown): SdkMessage['usage'] {
  if (!isRecord(value)) {
    return undefined;
  }
  const input = countOf(value['inputTokens']);
  const output = countOf(value['outputTokens']);
  if (input === undefined && output === undefined) {
    return undefined;
  }
  const cacheRead = countOf(value['cacheReadTokens']) ?? 0;
  const cacheWrite = countOf(value['cacheWriteTokens']) ?? 0;
  const cost = value['cost'];
  const fresh = (input ?? 0) - cacheRead - cacheWrite;
  return {
    input: fresh >= 0 ? fresh : (input ?? 0),
    output: output ?? 0,
    cacheRead,
    cacheWrite,
    costUsd: typeof cost === 'number' && cost >= 0 && Number.isFinite(cost) ? cost : undefined,
  };
}

function callIn(block: Json): SdkMessage['calls'] {
  const id = textOf(block['id']);
  const name = textOf(block['name']);
  return block['type'] === 'tool_use' && id !== undefined && name !== undefined
    ? [{ id, name, input: block['input'] }]
    : [];
}

/** The result of a tool for several things says of each whether it worked. */
function resultIn(block: Json): SdkMessage['results'] {
  const id = textOf(block['tool_use_id']);
  if (block['type'] !== 'tool_result' || id === undefined) {
    return [];
  }
  const parts = Array.isArray(block['content']) ? (block['content'] as unknown[]).filter(isRecord) : [];
  const verdicts = parts.map((part) => part['success']).filter((success) => typeof success === 'boolean');
  const failed = block['is_error'] === true;
  const [only] = verdicts;
  return [{ id, failed, commandsFailed: failed ? undefined : verdicts.length === 1 ? only === false : undefined }];
}

/** What the messages of one session come to. */
export interface SdkTotals {
  times: number[];
  prompts: number;
  firstPrompt: string | undefined;
  tools: ToolCalls;
  models: Record<string, number>;
  tokens: Tokens | undefined;
  known: 'full' | 'partial' | 'none';
  costUsd: number | undefined;
}

export function sdkTotals(messages: readonly SdkMessage[]): SdkTotals {
  const tools = new ToolCalls();
  const models: Record<string, number> = {};
  const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  let cost: number | undefined = 0;
  let counted = 0;
  for (const { answer, model, usage, calls, results } of messages) {
    if (answer && model !== undefined) {
      models[model] = (models[model] ?? 0) + 1;
    }
    if (usage) {
      counted++;
      sum.input += usage.input;
      sum.output += usage.output;
      sum.cacheRead += usage.cacheRead;
      sum.cacheWrite += usage.cacheWrite;
      cost = cost === undefined || usage.costUsd === undefined ? undefined : cost + usage.costUsd;
    }
    for (const { id, name, input } of calls) {
      tools.start(id, { name, input, files: editedFile(name, input), command: commandIn(name, input) });
    }
    for (const { id, failed, commandsFailed } of results) {
      tools.end(id, { failed, commandFailed: commandsFailed });
    }
  }
  const prompts = messages.flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt]));
  const complete = counted === messages.filter(({ answer }) => answer).length;
  return {
    times: messages.flatMap(({ time }) => (time === undefined ? [] : [time])),
    prompts: prompts.length,
    firstPrompt: prompts[0],
    tools,
    models,
    tokens: counted > 0 ? sum : undefined,
    known: counted === 0 ? 'none' : complete ? 'full' : 'partial',
    costUsd: complete && counted > 0 ? cost : undefined,
  };
}

/** The time that decides which of two sessions with the same messages is the original. */
export function sdkStart({ messages }: SdkMessages, manifest: SdkManifest | undefined): number {
  const times = messages.flatMap(({ time }) => (time === undefined ? [] : [time]));
  return manifest?.startedAt ?? measureActivity(times)?.first ?? Number.MAX_VALUE;
}

const EDITING_TOOLS = new Set(['editor', 'write_file', 'write_to_file', 'replace_in_file', 'apply_patch']);

function editedFile(name: string, input: unknown): string[] {
  const path = EDITING_TOOLS.has(name) && isRecord(input) ? textOf(input['path']) : undefined;
  return path === undefined ? [] : [path];
}

/** The command of a call that runs one; of several, whose results cannot be told apart here, all as one script. */
function commandIn(name: string, input: unknown): string | undefined {
  if ((name !== 'run_commands' && name !== 'execute_command') || !isRecord(input)) {
    return undefined;
  }
  const several = Array.isArray(input['commands']) ? (input['commands'] as unknown[]) : [];
  const commands = several.filter((each) => typeof each === 'string');
  return textOf(input['command']) ?? (commands.length > 0 ? commands.join('\n') : undefined);
}
