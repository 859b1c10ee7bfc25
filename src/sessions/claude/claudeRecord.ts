import { isRecord } from '../reading/jsonLines';
import { callDigest, countOf, isoTimeOf, textOf } from '../reading/values';

type Json = Readonly<Record<string, unknown>>;

export interface ClaudeUsage {
  input: number;
  output: number;
  cacheRead: number;
  /** All cache writes; `cacheWrite1h` is the part of it that lives for an hour. */
  cacheWrite: number;
  cacheWrite1h: number;
}

/** What counts of a tool call's name and input. */
export interface ClaudeCall {
  /** Cut where it is absurdly long. */
  name: string;
  /** As `callDigest` gives it. */
  digest: number;
  /** The file that the call is to change. */
  file: string | undefined;
  /** The command that it is to run in a shell. */
  command: string | undefined;
}

/** A content block of a message that is an object. Texts that are empty are absent. */
export interface ClaudeBlock {
  type: string | undefined;
  /** Of tool calls. */
  id: string | undefined;
  call: ClaudeCall | undefined;
  /** Of tool results. */
  toolUseId: string | undefined;
  isError: boolean;
  /** How a result begins that is one text, as `openingOf` gives it. */
  opening: string | undefined;
  /** Of what users wrote. */
  text: string | undefined;
}

export interface ClaudeMessage {
  uuid: string | undefined;
  sidechain: boolean;
  /** False for user records that the program wrote itself. */
  maybeTyped: boolean;
  apiError: boolean;
  model: string | undefined;
  id: string | undefined;
  usage: ClaudeUsage | undefined;
  /** The content where it is one text. */
  text: string | undefined;
  blocks: readonly ClaudeBlock[];
}

/** Of a record of a transcript, all that counts. Texts that are empty are absent. */
export interface ClaudeRecord {
  /** ms since the epoch. */
  at: number | undefined;
  sessionId: string | undefined;
  cwd: string | undefined;
  version: string | undefined;
  branch: string | undefined;
  forked: boolean;
  type: string | undefined;
  /** Of user and assistant records. */
  message?: ClaudeMessage;
  /** Of all other records. */
  note?: ClaudeNote;
}

export interface ClaudeNote {
  leafUuid: string | undefined;
  summary: string | undefined;
  customTitle: string | undefined;
  aiTitle: string | undefined;
  relocatedCwd: string | undefined;
}

export function isMessageType(type: string | undefined): type is 'user' | 'assistant' {
  return type === 'user' || type === 'assistant';
}

/** What counts of a parsed record. `ClaudeSkim` finds the same without parsing. */
export function toClaudeRecord(record: Json): ClaudeRecord {
  const message = isRecord(record['message']) ? record['message'] : {};
  const type = textOf(record['type']) ?? textOf(message['role']);
  return {
    at: isoTimeOf(record['timestamp']),
    sessionId: textOf(record['sessionId']),
    cwd: textOf(record['cwd']),
    version: textOf(record['version']),
    branch: textOf(record['gitBranch']),
    forked: isRecord(record['forkedFrom']),
    type,
    ...(isMessageType(type) ? { message: toMessage(record, message, type === 'user') } : { note: toNote(record) }),
  };
}

function toMessage(record: Json, message: Json, fromUser: boolean): ClaudeMessage {
  const content = message['content'];
  return {
    uuid: textOf(record['uuid']),
    sidechain: record['isSidechain'] === true,
    maybeTyped: maybeTyped(record),
    apiError: record['isApiErrorMessage'] === true,
    model: textOf(message['model']),
    id: textOf(message['id']),
    usage: usageOf(message['usage']),
    text: typeof content === 'string' ? content : undefined,
    blocks: Array.isArray(content)
      ? (content as unknown[]).filter(isRecord).map((block) => toBlock(block, fromUser))
      : [],
  };
}

function toBlock(block: Json, fromUser: boolean): ClaudeBlock {
  const type = textOf(block['type']);
  const call = type === 'tool_use';
  const result = type === 'tool_result';
  return {
    type,
    id: call ? textOf(block['id']) : undefined,
    call: call ? toCall(toolName(textOf(block['name'])), block['input']) : undefined,
    toolUseId: result ? textOf(block['tool_use_id']) : undefined,
    isError: result && block['is_error'] === true,
    opening: result && typeof block['content'] === 'string' ? openingOf(block['content']) : undefined,
    text: fromUser ? textOf(block['text']) : undefined,
  };
}

function toCall(name: string, input: unknown): ClaudeCall {
  const names = isRecord(input) ? callParts(name) : {};
  const part = (parts: readonly string[] = []): string | undefined => {
    for (const key of parts) {
      const text = isRecord(input) ? textOf(input[key]) : undefined;
      if (text !== undefined) return text;
    }
    return undefined;
  };
  return { name, digest: callDigest(name, input), file: part(names.file), command: part(names.command) };
}

const MAX_TOOL_NAME = 200;

export function toolName(name = ''): string {
  return name.slice(0, MAX_TOOL_NAME);
}

const EDITING = { file: ['file_path', 'notebook_path'] } as const;
const SHELL = { command: ['command'] } as const;
const PARTS: ReadonlyMap<string, CallParts> = new Map<string, CallParts>([
  ['Edit', EDITING],
  ['MultiEdit', EDITING],
  ['Write', EDITING],
  ['NotebookEdit', EDITING],
  ['Bash', SHELL],
  ['PowerShell', SHELL],
]);

/** Names of an input's members that count, the first that holds a text. */
interface CallParts {
  file?: readonly ('file_path' | 'notebook_path')[];
  command?: readonly 'command'[];
}

export function callParts(tool: string): CallParts {
  return PARTS.get(tool) ?? {};
}

/** No more of a result is looked at. */
export const MAX_OPENING = 64;
const OPENING = new RegExp(String.raw`^[\x20\x21\x23-\x5b\x5d-\x7e]{0,${MAX_OPENING}}`);

/** The characters at the start of a text that JSON writes as they are and that take one byte. */
function openingOf(text: string): string {
  return OPENING.exec(text)?.[0] ?? '';
}

function toNote(record: Json): ClaudeNote {
  return {
    leafUuid: textOf(record['leafUuid']),
    summary: textOf(record['summary']),
    customTitle: textOf(record['customTitle']),
    aiTitle: textOf(record['aiTitle']),
    relocatedCwd: textOf(record['relocatedCwd']),
  };
}

/** Records with one of these set were not typed by a person. */
export const NOT_TYPED_FLAGS = ['isMeta', 'isCompactSummary', 'isVisibleInTranscriptOnly', 'isVirtual'] as const;

function maybeTyped(record: Json): boolean {
  const origin = isRecord(record['origin']) ? textOf(record['origin']['kind']) : undefined;
  return NOT_TYPED_FLAGS.every((flag) => record[flag] !== true) && (origin === undefined || origin === 'human');
}

function usageOf(value: unknown): ClaudeUsage | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const parts = {
    input: countOf(value['input_tokens']),
    output: countOf(value['output_tokens']),
    cacheRead: countOf(value['cache_read_input_tokens']),
    cacheWrite: countOf(value['cache_creation_input_tokens']),
  };
  if (Object.values(parts).every((part) => part === undefined)) {
    return undefined;
  }
  const creation = isRecord(value['cache_creation']) ? value['cache_creation'] : {};
  return {
    input: parts.input ?? 0,
    output: parts.output ?? 0,
    cacheRead: parts.cacheRead ?? 0,
    cacheWrite: parts.cacheWrite ?? 0,
    cacheWrite1h: countOf(creation['ephemeral_1h_input_tokens']) ?? 0,
  };
}
