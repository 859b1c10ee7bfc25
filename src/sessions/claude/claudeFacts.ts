import { createHash } from 'node:crypto';
import { classifyUserText } from './claudePrompt';
import { isRecord } from '../reading/jsonLines';

type Json = Readonly<Record<string, unknown>>;

/** Usage of one API response (`message.usage`), tokens. Reasoning is inside `output`. */
export interface ClaudeResponse {
  input: number;
  output: number;
  cacheRead: number;
  /** All cache writes; `cacheWrite1h` is the part of it that lives for an hour. */
  cacheWrite: number;
  cacheWrite1h: number;
  model: string | undefined;
  /** ms since the epoch. */
  at: number | undefined;
  subagent: boolean;
  /** Place among the user and assistant records of its file. */
  order: number;
}

export interface ClaudeToolCall {
  name: string;
  /** Digest of name and input: equal for identical calls. */
  digest: number;
  /** The file that the call was to change. */
  file: string | undefined;
  subagent: boolean;
  order: number;
}

export interface ClaudeSlashCommand {
  order: number;
  command: string;
  /** A model answer followed before the next prompt. */
  startedTurn: boolean;
}

/**
 * What one transcript file says, gathered record by record, so that a file that grew is read on from where it ended. Maps are
 * keyed by what identifies the thing in all files of a project, so that copies in a resumed or forked session can be told.
 */
export class ClaudeFacts {
  /** The first session id in the records. */
  sessionId: string | undefined;
  /** The folder that the session was started in: the first `cwd`. */
  cwd: string | undefined;
  /** Where a `relocated` record says that the session went. */
  relocatedCwd: string | undefined;
  branch: string | undefined;
  customTitle: string | undefined;
  aiTitle: string | undefined;
  firstPrompt: string | undefined;
  /** Titles of conversations by the uuid of their last message; often of other sessions than this. */
  readonly summaries = new Map<string, string>();
  /** uuid of the last message of the main thread. */
  lastUuid: string | undefined;
  /** The file begins with history of another session. */
  copied = false;
  /** Any record's latest time, ms since the epoch: a sign of life. */
  lastSign: number | undefined;
  /** Times of the user and assistant records in file order, ms since the epoch; NaN where it cannot be read. */
  readonly times: number[] = [];
  readonly responses = new Map<string, ClaudeResponse>();
  readonly prompts = new Map<string, { order: number }>();
  readonly slashCommands = new Map<string, ClaudeSlashCommand>();
  readonly toolCalls = new Map<string, ClaudeToolCall>();
  /** Tool results by call id. */
  readonly toolResults = new Map<string, { failed: boolean; order: number }>();
  readonly apiErrors = new Map<string, { order: number }>();
  /** User and assistant records that are nothing of the above, by uuid. */
  readonly others = new Map<string, { order: number }>();
  readonly subagentFile: boolean;
  private readonly path: string;
  private openSlashCommand: ClaudeSlashCommand | undefined;
  private lines = 0;

  /**
   * `path` makes keys of records without ids unique. `subagentFile`: the whole file is the transcript of a sub-agent, whose
   * records are no prompts and no part of the main thread.
   */
  constructor(path: string, subagentFile: boolean) {
    this.path = path;
    this.subagentFile = subagentFile;
  }

  add(record: Json): void {
    this.lines++;
    const at = timeOf(record['timestamp']);
    if (at !== undefined && (this.lastSign === undefined || at > this.lastSign)) {
      this.lastSign = at;
    }
    this.addPlace(record);
    const message = isRecord(record['message']) ? record['message'] : {};
    const type = textOf(record['type']) ?? textOf(message['role']);
    if (type === 'user' || type === 'assistant') {
      this.addMessage(type, record, message, at);
    } else {
      this.addNote(type, record);
    }
  }

  private addPlace(record: Json): void {
    const sessionId = textOf(record['sessionId']);
    this.sessionId ??= sessionId;
    this.cwd ??= textOf(record['cwd']);
    const branch = textOf(record['gitBranch']);
    if (branch !== 'HEAD') {
      this.branch ??= branch;
    }
    if (isRecord(record['forkedFrom']) || (sessionId !== undefined && sessionId !== this.sessionId)) {
      this.copied = true;
    }
  }

  private addNote(type: string | undefined, record: Json): void {
    const leaf = textOf(record['leafUuid']);
    const summary = textOf(record['summary']);
    if (type === 'summary' && leaf !== undefined && summary !== undefined) {
      this.summaries.set(leaf, summary.slice(0, 500));
    } else if (type === 'custom-title') {
      this.customTitle = textOf(record['customTitle'])?.slice(0, 500) ?? this.customTitle;
    } else if (type === 'ai-title') {
      this.aiTitle = textOf(record['aiTitle'])?.slice(0, 500) ?? this.aiTitle;
    } else if (type === 'relocated') {
      this.relocatedCwd = textOf(record['relocatedCwd']) ?? this.relocatedCwd;
    }
  }

  private addMessage(type: 'user' | 'assistant', record: Json, message: Json, at: number | undefined): void {
    const order = this.times.length;
    this.times.push(at ?? NaN);
    const subagent = this.subagentFile || record['isSidechain'] === true;
    const key = textOf(record['uuid']) ?? `${this.path}#${this.lines}`;
    if (!subagent) {
      this.lastUuid = key;
    }
    const blocks = Array.isArray(message['content']) ? (message['content'] as unknown[]).filter(isRecord) : [];
    if (type === 'user') {
      this.addUser(record, message['content'], blocks, { key, order, subagent });
    } else {
      this.addAssistant(record, message, { key, order, subagent, at });
      this.addToolCalls(blocks, { key, order, subagent });
    }
  }

  private addUser(
    record: Json,
    content: unknown,
    blocks: readonly Json[],
    { key, order, subagent }: { key: string; order: number; subagent: boolean },
  ): void {
    const results = blocks.filter((block) => block['type'] === 'tool_result');
    for (const result of results) {
      const id = textOf(result['tool_use_id']);
      if (id !== undefined) {
        const known = this.toolResults.get(id);
        const failed = result['is_error'] === true || known?.failed === true;
        this.toolResults.set(id, { failed, order: known?.order ?? order });
      }
    }
    if (results.length > 0) {
      return;
    }
    if (subagent || !maybeTyped(record)) {
      this.others.set(key, { order });
      return;
    }
    const texts = typeof content === 'string' ? [content] : blocks.flatMap((block) => textOf(block['text']) ?? []);
    const user = classifyUserText(
      texts,
      blocks.some((block) => block['type'] === 'image'),
    );
    if (user.kind === 'prompt') {
      this.prompts.set(key, this.prompts.get(key) ?? { order });
      this.firstPrompt ??= user.text === '' ? undefined : user.text.slice(0, 2000);
      this.openSlashCommand = undefined;
    } else if (user.kind === 'slashCommand') {
      const known = this.slashCommands.get(key);
      this.openSlashCommand = known ?? { order, command: user.command, startedTurn: false };
      this.slashCommands.set(key, this.openSlashCommand);
    } else {
      this.others.set(key, { order });
    }
  }

  private addAssistant(
    record: Json,
    message: Json,
    { key, order, subagent, at }: { key: string; order: number; subagent: boolean; at: number | undefined },
  ): void {
    if (record['isApiErrorMessage'] === true) {
      this.apiErrors.set(key, { order });
      return;
    }
    const model = textOf(message['model']);
    if (model === '<synthetic>') {
      this.others.set(key, { order });
      return;
    }
    if (!subagent && this.openSlashCommand) {
      this.openSlashCommand.startedTurn = true;
      this.openSlashCommand = undefined;
    }
    const usage = usageOf(message['usage']);
    if (!usage) {
      this.others.set(key, { order });
      return;
    }
    const id = textOf(message['id']) ?? key;
    const known = this.responses.get(id);
    if (!known) {
      this.responses.set(id, { ...usage, model: model?.slice(0, 200), at, subagent, order });
      return;
    }
    known.subagent &&= subagent;
    if (totalOf(usage) >= totalOf(known)) {
      Object.assign(known, usage);
      known.model = model?.slice(0, 200) ?? known.model;
      known.at = at ?? known.at;
    }
  }

  private addToolCalls(
    blocks: readonly Json[],
    { key, order, subagent }: { key: string; order: number; subagent: boolean },
  ): void {
    blocks.forEach((block, index) => {
      if (block['type'] !== 'tool_use') {
        return;
      }
      const id = textOf(block['id']) ?? `${key}#${index}`;
      if (this.toolCalls.has(id)) {
        return;
      }
      const name = textOf(block['name'])?.slice(0, 200) ?? '';
      const file = changedFile(name, block['input']);
      this.toolCalls.set(id, { name, digest: digestOf(name, block['input']), file, subagent, order });
    });
  }
}

/** False for user records that the program wrote itself. */
function maybeTyped(record: Json): boolean {
  const flags = ['isMeta', 'isCompactSummary', 'isVisibleInTranscriptOnly', 'isVirtual'];
  const origin = isRecord(record['origin']) ? textOf(record['origin']['kind']) : undefined;
  return flags.every((flag) => record[flag] !== true) && (origin === undefined || origin === 'human');
}

const EDITING_TOOLS = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

function changedFile(tool: string, input: unknown): string | undefined {
  if (!EDITING_TOOLS.has(tool) || !isRecord(input)) {
    return undefined;
  }
  return textOf(input['file_path']) ?? textOf(input['notebook_path']);
}

/** 48 bits of a hash: enough to tell neighbouring calls apart. */
function digestOf(name: string, input: unknown): number {
  let text: string;
  try {
    text = JSON.stringify([input]);
  } catch {
    return NaN; // Nested too deeply to be written down; NaN equals nothing, so it is no repeat.
  }
  return createHash('sha1').update(name).update('\0').update(text).digest().readUIntBE(0, 6);
}

type Usage = Pick<ClaudeResponse, 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'cacheWrite1h'>;

function usageOf(value: unknown): Usage | undefined {
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

/** All tokens of a response: what decides between several records of one. */
export function totalOf(usage: Usage): number {
  return usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** A text that is not empty. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const EARLIEST = Date.UTC(2000, 0);
const LATEST = Date.UTC(2200, 0);

/** An ISO 8601 time as ms since the epoch; undefined for anything else and for times that no transcript can have. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) || value.length > 40) {
    return undefined;
  }
  const time = Date.parse(value);
  return time >= EARLIEST && time < LATEST ? time : undefined;
}
