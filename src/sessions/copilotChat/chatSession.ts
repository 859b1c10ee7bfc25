import type { Tokens } from '../../api';
import { failedByExitCode } from '../reading/exitCode';
import { isRecord } from '../reading/jsonLines';
import { ToolCalls } from '../reading/toolCalls';
import type { ToolSummary } from '../reading/toolCalls';
import { callDigest, countOf, countRepeated, millisOf, textOf } from '../reading/values';
import { replayChatFile } from './mutationLog';

type Json = Readonly<Record<string, unknown>>;

/** What a file in `chatSessions` says. */
export interface ChatSession {
  id: string | undefined;
  title: string | undefined;
  firstPrompt: string | undefined;
  createdAt: number | undefined;
  times: number[];
  prompts: number;
  /** Requests by model. */
  models: Record<string, number>;
  tools: ToolSummary;
  /** Requests that failed and were not cancelled. */
  requestErrors: number;
  /** Of the last call of each request, where the file has it: a lower bound, cached input included. */
  tokens: Tokens | undefined;
  requestsWithTokens: number;
  badLines: number;
}

/** Throws for text that is no chat session. */
export function chatSession(text: string): ChatSession {
  const { state, badLines } = replayChatFile(text);
  if (!isRecord(state)) {
    throw new Error('no chat session');
  }
  const requests = listOf(state['requests']).filter(isRecord);
  const usages = requests.flatMap((request) => usageOf(request) ?? []);
  const models: Record<string, number> = {};
  for (const request of requests) {
    const model = textOf(request['modelId']);
    if (model !== undefined) {
      models[model] = (models[model] ?? 0) + 1;
    }
  }
  const [first] = requests;
  return {
    id: textOf(state['sessionId']),
    title: textOf(state['customTitle'])?.slice(0, 2000),
    firstPrompt: first && promptOf(first),
    createdAt: millisOf(state['creationDate']),
    times: requests.flatMap(timesOf),
    prompts: requests.length,
    models,
    tools: toolsOf(requests),
    requestErrors: requests.filter(
      (request) => objectAt(objectAt(request, 'result'), 'errorDetails') && !isCancelled(request),
    ).length,
    tokens: usages.length === 0 ? undefined : sum(usages),
    requestsWithTokens: usages.length,
    badLines,
  };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function objectAt(value: Json | undefined, key: string): Json | undefined {
  const found = value?.[key];
  return isRecord(found) ? found : undefined;
}

function promptOf(request: Json): string | undefined {
  const message = request['message'];
  return (isRecord(message) ? textOf(message['text']) : textOf(message))?.slice(0, 2000);
}

function isCancelled(request: Json): boolean {
  const code = objectAt(objectAt(request, 'result'), 'errorDetails')?.['code'];
  return request['isCanceled'] === true || code === 'canceled';
}

/** From when it was sent to when its answer was complete. */
function timesOf(request: Json): number[] {
  const sent = millisOf(request['timestamp']);
  const took = objectAt(objectAt(request, 'result'), 'timings')?.['totalElapsed'];
  const ended = sent !== undefined && typeof took === 'number' && took >= 0 ? millisOf(sent + took) : undefined;
  return [sent, ended].filter((time) => time !== undefined);
}

interface Usage {
  input: number;
  output: number;
}

/**
 * Versions put the numbers at the request or into its result's metadata. The `usage` of a result is not read: it says how full the
 * context window was, for display, and comes with shares of the prompt in percent.
 */
function usageOf(request: Json): Usage | undefined {
  for (const [place, outputKey] of [
    [request, 'completionTokens'],
    [objectAt(objectAt(request, 'result'), 'metadata'), 'outputTokens'],
  ] as const) {
    const input = countOf(place?.['promptTokens']);
    const output = countOf(place?.[outputKey]);
    if (input !== undefined || output !== undefined) {
      return { input: input ?? 0, output: output ?? 0 };
    }
  }
  return undefined;
}

function sum(usages: readonly Usage[]): Tokens {
  const total = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  for (const { input, output } of usages) {
    total.input += input;
    total.output += output;
  }
  return total;
}

function toolsOf(requests: readonly Json[]): ToolSummary {
  const tools = new ToolCalls();
  const files = new Set<string>();
  for (const request of requests) {
    for (const part of listOf(request['response'])) {
      if (isRecord(part)) {
        addPart(part, tools, files);
      }
    }
  }
  const summary = tools.summary({ moreFiles: files });
  const asked = requests.flatMap(callsAsked);
  return asked.length > 0 ? { ...summary, toolLoops: countRepeated(asked) } : summary;
}

function addPart(part: Json, tools: ToolCalls, files: Set<string>): void {
  if (part['kind'] === 'textEditGroup' || part['kind'] === 'notebookEditGroup') {
    const uri = objectAt(part, 'uri');
    const file = textOf(uri?.['fsPath']) ?? textOf(uri?.['path']);
    if (file !== undefined) {
      files.add(file);
    }
    return;
  }
  if (part['kind'] !== 'toolInvocationSerialized') {
    return;
  }
  const id = textOf(part['toolCallId']) ?? `#${tools.size}`;
  const terminal = objectAt(part, 'toolSpecificData');
  const command = terminal?.['kind'] === 'terminal' ? commandOf(terminal) : undefined;
  const exitCode = objectAt(terminal, 'terminalCommandState')?.['exitCode'];
  tools.start(id, { name: textOf(part['toolId']) ?? 'tool', input: part['invocationMessage'], command });
  tools.end(id, {
    failed: objectAt(part, 'resultDetails')?.['isError'] === true,
    commandFailed: failedByExitCode(exitCode),
    refused: isRefused(part['isConfirmed']),
  });
}

function commandOf(terminal: Json): string | undefined {
  const line = objectAt(terminal, 'commandLine');
  return (
    textOf(line?.['userEdited']) ??
    textOf(line?.['toolEdited']) ??
    textOf(line?.['original']) ??
    textOf(terminal['command'])
  );
}

/** A call that a person denied (0) or skipped (5), or an old plain `false`. */
function isRefused(confirmed: unknown): boolean {
  const type = isRecord(confirmed) ? confirmed['type'] : undefined;
  return confirmed === false || type === 0 || type === 5;
}

/** Digests of the calls as the model asked for them, with their arguments. */
function callsAsked(request: Json): number[] {
  const metadata = objectAt(objectAt(request, 'result'), 'metadata');
  return listOf(metadata?.['toolCallRounds']).flatMap((round) =>
    listOf(isRecord(round) ? round['toolCalls'] : undefined).flatMap((call) =>
      isRecord(call) ? [callDigest(textOf(call['name']) ?? '', call['arguments'])] : [],
    ),
  );
}
