import { Moments } from '../reading/activity';
import { isRecord } from '../reading/jsonLines';
import { commandFailed, isDenied } from './geminiShell';
import { callDigest, countOf, isoTimeOf, textOf } from '../reading/values';

type Json = Readonly<Record<string, unknown>>;

/** Gemini's counts: `input` includes `cached`; `thoughts` and `tool` are apart. */
export interface GeminiTokens {
  input: number;
  cached: number;
  output: number;
  thoughts: number;
  tool: number;
}

export interface GeminiCall {
  name: string;
  digest: number;
  failed: boolean;
  /** The file that the call was to change. */
  file: string | undefined;
  /** The command line, where the call runs one. */
  command: string | undefined;
  /** Whether the command failed, where that can be told. */
  commandFailed: boolean | undefined;
  /** False for a call that a person stopped or did not allow, or a policy denied. */
  ran: boolean;
}

export interface GeminiMessage {
  /** ms since the epoch, as it was first written. */
  at: number | undefined;
  isAnswer: boolean;
  model: string | undefined;
  tokens: GeminiTokens | undefined;
  /** A person typed it. */
  isPrompt: boolean;
  calls: ReadonlyMap<string, GeminiCall>;
}

const EDITING_TOOLS = new Set(['write_file', 'replace', 'edit']);
const SHELL_TOOLS = new Set(['run_shell_command']);
/** What the program puts into a conversation as if a person had said it. */
const INJECTED = ['<session_context>', '<hook_context>', '<state_snapshot>', 'System: Please continue.'] as const;
const MAX_NAME = 200;
const MAX_COMMAND = 4000;

/**
 * What one chat file says. A message may be written several times, the last one counts, but what was used stays used: a resumed
 * session writes its messages again without counts, and turns that were rewound were paid for.
 */
export class GeminiFacts {
  sessionId: string | undefined;
  subagent = false;
  firstPrompt: string | undefined;
  readonly messages = new Map<string, GeminiMessage>();
  /** Notes of the program, each time that they were written: of them only their times are kept, however many there are. */
  notes = 0;
  private readonly moments = new Moments();
  private readonly promptTexts = new Set<number>();
  private lines = 0;

  /** When something happened, ms since the epoch. */
  get times(): readonly number[] {
    return this.moments.all;
  }

  add(record: Json): void {
    this.lines++;
    const changes = record['$set'];
    if (isRecord(changes)) {
      this.addHeader(changes);
      this.addList(changes['messages'], true);
    } else if ('$rewindTo' in record) {
      return; // It takes nothing back: what was rewound was done.
    } else if (textOf(record['type']) !== undefined) {
      this.addMessage(record, `#${this.lines}`, false);
    } else {
      this.addHeader(record);
      this.addList(record['messages'], false);
    }
  }

  private addHeader(header: Json): void {
    this.sessionId = textOf(header['sessionId']) ?? this.sessionId;
    this.subagent ||= header['kind'] === 'subagent';
    for (const time of [header['startTime'], header['lastUpdated']]) {
      this.addTime(isoTimeOf(time));
    }
  }

  private addList(messages: unknown, rewritten: boolean): void {
    for (const [i, message] of (Array.isArray(messages) ? (messages as unknown[]) : []).entries()) {
      if (isRecord(message)) {
        this.addMessage(message, `#${this.lines}.${i}`, rewritten);
      }
    }
  }

  private addTime(time: number | undefined): void {
    if (time !== undefined) {
      this.moments.add(time);
    }
  }

  /** `rewritten`: the whole conversation is written anew, so that a message without a known id may yet be a known one. */
  private addMessage(record: Json, fallbackKey: string, rewritten: boolean): void {
    const key = textOf(record['id']) ?? fallbackKey;
    const known = this.messages.get(key);
    const at = isoTimeOf(record['timestamp']);
    if (known?.at === undefined) {
      this.addTime(at);
    }
    const isUser = record['type'] === 'user';
    const isAnswer = record['type'] === 'gemini';
    const model = textOf(record['model'])?.slice(0, MAX_NAME);
    const tokens = tokensOf(record['tokens']);
    const calls = callsOf(record['toolCalls'], key);
    if (!known && !isUser && !isAnswer && model === undefined && !tokens && calls.size === 0) {
      this.notes++;
      return;
    }
    const text = isUser ? withoutHookContext(messageText(record['content'])) : '';
    const isPrompt = isUser && isTyped(text) && (known?.isPrompt === true || this.isNewPrompt(text, rewritten));
    this.messages.set(key, {
      at: known?.at ?? at,
      isAnswer: isAnswer || known?.isAnswer === true,
      model: model ?? known?.model,
      tokens: tokens ?? known?.tokens,
      isPrompt: isPrompt || known?.isPrompt === true,
      calls: mergeCalls(known?.calls, calls),
    });
  }

  private isNewPrompt(text: string, rewritten: boolean): boolean {
    const digest = callDigest('', text);
    const isCopy = rewritten && this.promptTexts.has(digest);
    this.promptTexts.add(digest);
    this.firstPrompt ??= text.slice(0, 2000);
    return !isCopy;
  }
}

function messageText(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  const parts = Array.isArray(content) ? (content as unknown[]) : [content];
  return parts
    .flatMap((part) => {
      const text = typeof part === 'string' ? part : isRecord(part) ? part['text'] : undefined;
      return typeof text === 'string' ? [text] : [];
    })
    .join('\n');
}

/** What a hook adds at the start of a session stands before the prompt, where no person answers questions (0.61). */
function withoutHookContext(text: string): string {
  const end = text.startsWith('<hook_context>') ? text.indexOf('</hook_context>') : -1;
  return end < 0 ? text : text.slice(end + '</hook_context>'.length).trimStart();
}

/** False for what the program added, and for commands to the program itself (`/help`, `?`). */
function isTyped(text: string): boolean {
  const start = text.trimStart();
  return start !== '' && !/^[/?]/.test(start) && !INJECTED.some((known) => start.startsWith(known));
}

function tokensOf(value: unknown): GeminiTokens | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const input = countOf(value['input']);
  const output = countOf(value['output']);
  if (input === undefined && output === undefined) {
    return undefined;
  }
  return {
    input: input ?? 0,
    cached: countOf(value['cached']) ?? 0,
    output: output ?? 0,
    thoughts: countOf(value['thoughts']) ?? 0,
    tool: countOf(value['tool']) ?? 0,
  };
}

function callsOf(value: unknown, key: string): Map<string, GeminiCall> {
  const calls = new Map<string, GeminiCall>();
  for (const [i, call] of (Array.isArray(value) ? (value as unknown[]) : []).entries()) {
    if (isRecord(call)) {
      calls.set(textOf(call['id']) ?? `${key}#${i}`, callOf(call));
    }
  }
  return calls;
}

function callOf(call: Json): GeminiCall {
  const name = (textOf(call['name']) ?? '').slice(0, MAX_NAME);
  const args = isRecord(call['args']) ? call['args'] : {};
  const command = textOf(args['command']);
  const failed = call['status'] === 'error';
  const ran = call['status'] !== 'cancelled';
  return {
    name,
    digest: callDigest(name, call['args']),
    failed,
    file: EDITING_TOOLS.has(name) && ran && !failed ? (textOf(args['file_path']) ?? textOf(args['path'])) : undefined,
    command: command !== undefined && command.length <= MAX_COMMAND ? command : undefined,
    commandFailed: failed || !SHELL_TOOLS.has(name) ? undefined : commandFailed(call['result']),
    ran: ran && !(failed && isDenied(call)),
  };
}

function mergeCalls(
  known: ReadonlyMap<string, GeminiCall> | undefined,
  latest: ReadonlyMap<string, GeminiCall>,
): ReadonlyMap<string, GeminiCall> {
  return known && known.size > 0 ? new Map([...known, ...latest]) : latest;
}
