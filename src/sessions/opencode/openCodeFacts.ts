import { failedByExitCode } from '../reading/exitCode';
import { isRecord } from '../reading/jsonLines';
import { callDigest, countOf, millisOf, textOf } from '../reading/values';

type Json = Readonly<Record<string, unknown>>;

/** OpenCode's counts: `input` is fresh input. */
export interface OpenCodeTokens {
  input: number;
  output: number;
  reasoning: number;
  cacheRead: number;
  cacheWrite: number;
  /** False where `output` includes the reasoning. */
  reasoningApart: boolean;
}

export interface OpenCodeCall {
  name: string;
  digest: number;
  failed: boolean;
  files: readonly string[];
  command: string | undefined;
  commandFailed: boolean | undefined;
  /** A person or a rule of theirs said no, so nothing ran. */
  refused: boolean;
}

export interface OpenCodeMessage {
  role: 'user' | 'assistant';
  /** When it was begun and ended, ms since the epoch. */
  times: readonly number[];
  model: string | undefined;
  tokens: OpenCodeTokens | undefined;
  /** What OpenCode says that it cost; 0 for subscriptions and models without a price. */
  cost: number | undefined;
  /** The call of the model failed. */
  failed: boolean;
  /** The folder that the agent worked in. */
  cwd: string | undefined;
}

/** What the parts of a message say. */
export interface OpenCodeParts {
  /** What a person typed. */
  text: string | undefined;
  /** There are parts, but none that a person wrote. */
  onlyAdded: boolean;
  calls: ReadonlyMap<string, OpenCodeCall>;
}

export interface OpenCodeHeader {
  id: string;
  directory: string | undefined;
  parentId: string | undefined;
  title: string | undefined;
  /** ms since the epoch. */
  created: number | undefined;
  updated: number | undefined;
}

const EDITING_TOOLS = new Set(['edit', 'write', 'multiedit', 'patch', 'apply_patch']);
const MAX_NAME = 200;
const MAX_COMMAND = 4000;
/** How the errors of calls begin that nothing came of. */
const REFUSED = ['The user rejected permission', 'The user has specified a rule which prevents'] as const;

export function messageFrom(data: Json): OpenCodeMessage | undefined {
  const role = data['role'];
  if (role !== 'user' && role !== 'assistant') {
    return undefined;
  }
  const time = isRecord(data['time']) ? data['time'] : {};
  const error = isRecord(data['error']) ? data['error'] : undefined;
  const place = isRecord(data['path']) ? data['path'] : {};
  const cost = data['cost'];
  return {
    role,
    times: [time['created'], time['completed']].flatMap((value) => millisOf(value) ?? []),
    model: textOf(data['modelID'])?.slice(0, MAX_NAME),
    tokens: tokensOf(data['tokens']),
    cost: typeof cost === 'number' && Number.isFinite(cost) && cost > 0 ? cost : undefined,
    failed: error !== undefined && error['name'] !== 'MessageAbortedError', // A person stopped that one.
    cwd: textOf(place['cwd']) ?? textOf(place['root']),
  };
}

function tokensOf(value: unknown): OpenCodeTokens | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const cache = isRecord(value['cache']) ? value['cache'] : {};
  const input = countOf(value['input']);
  const output = countOf(value['output']);
  if (input === undefined && output === undefined) {
    return undefined;
  }
  const counts = {
    input: input ?? 0,
    output: output ?? 0,
    cacheRead: countOf(cache['read']) ?? 0,
    cacheWrite: countOf(cache['write']) ?? 0,
  };
  const withoutReasoning = counts.input + counts.output + counts.cacheRead + counts.cacheWrite;
  return {
    ...counts,
    reasoning: countOf(value['reasoning']) ?? 0,
    reasoningApart: countOf(value['total']) !== withoutReasoning,
  };
}

/** Gathers the parts of one message. */
export class PartsReader {
  private readonly texts: string[] = [];
  private readonly calls = new Map<string, OpenCodeCall>();
  private any = false;
  private typed = false;

  add(id: string, data: Json): void {
    this.any = true;
    const type = data['type'];
    if (type === 'tool') {
      this.calls.set(textOf(data['callID']) ?? id, callOf(data));
    } else if (type === 'text' && data['synthetic'] !== true && data['ignored'] !== true) {
      this.typed = true;
      this.texts.push((textOf(data['text']) ?? '').slice(0, 2000));
    } else if (type === 'file') {
      this.typed ||= data['synthetic'] !== true;
    }
  }

  get parts(): OpenCodeParts {
    const text = this.texts.join('\n').trim();
    return { text: text === '' ? undefined : text, onlyAdded: this.any && !this.typed, calls: this.calls };
  }
}

function callOf(data: Json): OpenCodeCall {
  const name = (textOf(data['tool']) ?? '').slice(0, MAX_NAME);
  const state = isRecord(data['state']) ? data['state'] : {};
  const input = isRecord(state['input']) ? state['input'] : {};
  const metadata = isRecord(state['metadata']) ? state['metadata'] : {};
  const failed = state['status'] === 'error';
  const command = textOf(input['command']);
  const error = failed ? (textOf(state['error']) ?? '') : '';
  return {
    name,
    digest: callDigest(name, state['input']),
    failed,
    files: state['status'] === 'completed' && EDITING_TOOLS.has(name) ? filesOf(input, metadata) : [],
    command: command !== undefined && command.length <= MAX_COMMAND ? command : undefined,
    // A call that ended with an error was stopped, or never began: that says nothing of the command.
    commandFailed: failed ? undefined : failedByExitCode(metadata['exit']),
    refused: REFUSED.some((text) => error.startsWith(text)),
  };
}

/** One file for the simple tools; a patch lists its files with what it did. */
function filesOf(input: Json, metadata: Json): string[] {
  const named = textOf(input['filePath']);
  if (named !== undefined) {
    return [named];
  }
  const files = Array.isArray(metadata['files']) ? (metadata['files'] as unknown[]) : [];
  return files.flatMap((file) => (isRecord(file) ? (textOf(file['filePath']) ?? []) : []));
}
