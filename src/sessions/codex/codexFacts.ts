import { isRecord } from '../reading/jsonLines';
import { callDigest, isoTimeOf, textOf } from '../reading/values';
import { commandOf } from './codexCommands';
import { usageFrom, sameUsage } from './codexCounter';
import type { CodexUsage, CounterEvent } from './codexCounter';
import { metaFrom } from './codexMeta';
import type { CodexMeta } from './codexMeta';
import { readOutput } from './codexOutput';
import { contentText, isInjected, typedPart } from './codexPrompt';
import { RunningCommands } from './codexRunning';

type Json = Readonly<Record<string, unknown>>;

export interface CodexPrompt {
  /** Equal for the two forms in which one prompt may be written. */
  key: number;
  form: 'message' | 'item';
  turn: string | undefined;
  order: number;
}

export interface CodexCall {
  name: string;
  digest: number;
  /** The command line, where the call runs one. */
  command: string | undefined;
  at: number | undefined;
  order: number;
}

/** What became of a call. */
export interface CodexResult {
  failed: boolean;
  /** A person said no, or Codex itself: nothing ran. */
  declined: boolean;
  /** How the command ended, where the file tells. */
  exitCode: number | undefined;
}

const MAX_NAME = 200;

/** What one rollout says, gathered record by record, so that a file that grew is read on from where it ended. */
export class CodexFacts {
  /** The file's own `session_meta`, its first; later ones are copies of a parent's. */
  meta: CodexMeta | undefined;
  /** The file holds the beginning of another thread's file. */
  holdsForeignMeta = false;
  /** The folder of the first turn, for files without `session_meta`. */
  turnCwd: string | undefined;
  /** Counts were seen, so that the agent does report what it uses. */
  reportsTokens = false;
  /** What had been used by the parent's history in this file. */
  history: CodexUsage | undefined;
  firstPrompt: string | undefined;
  /** Latest time of any record, ms since the epoch. */
  lastSign: number | undefined;
  readonly times: number[] = [];
  /** Counter events whose total differs from the one before. */
  readonly events: CounterEvent[] = [];
  readonly prompts: CodexPrompt[] = [];
  /** User messages for the model that nothing shows to be injected: the prompts of versions that write no others. */
  readonly userMessages: CodexPrompt[] = [];
  readonly calls = new Map<string, CodexCall>();
  readonly results = new Map<string, CodexResult>();
  /** Changed files, with the place of the first change. */
  readonly files = new Map<string, number>();
  readonly running = new RunningCommands();
  readonly models = new Set<string>();
  /** Names of the turns, with the place of their last record. */
  readonly turns = new Map<string, number>();
  private order = 0;
  private model: string | undefined;
  private turn: string | undefined;
  /** Totals by `token_usage_record`, which a `token_count` repeats later. */
  private readonly recorded = new Set<string>();

  get id(): string | undefined {
    return this.meta?.id;
  }

  get cwd(): string | undefined {
    return this.meta?.cwd ?? this.turnCwd;
  }

  add(record: Json): void {
    this.order++;
    const payload = isRecord(record['payload']) ? record['payload'] : {};
    const type = textOf(record['type']);
    if (type === 'session_meta') {
      this.addMeta(payload);
    } else if (this.isHistory(record['ordinal'])) {
      this.takeHistory(type, payload);
      return;
    }
    const at = isoTimeOf(record['timestamp']);
    if (at !== undefined) {
      this.times.push(at);
      this.lastSign = Math.max(this.lastSign ?? at, at);
    }
    switch (type) {
      case 'turn_context':
        this.turnCwd ??= textOf(payload['cwd']);
        this.setModel(payload['model']);
        this.setTurn(payload['turn_id']);
        break;
      case 'event_msg':
        this.addEvent(payload, at);
        break;
      case 'response_item':
        this.addItem(payload, at);
        break;
      case 'token_usage_record':
        this.addUsageRecord(payload, at);
        break;
      default: // Types that say nothing here, and those of versions to come.
    }
  }

  /** True for a record that stands for the parent's history in a sub-agent's file. */
  private isHistory(ordinal: unknown): boolean {
    const start = this.meta?.historyStart;
    return start !== undefined && typeof ordinal === 'number' && ordinal < start;
  }

  /** Of a parent's history only the counter matters: the thread's own goes on from it. */
  private takeHistory(type: string | undefined, payload: Json): void {
    const info = isRecord(payload['info']) ? payload['info'] : {};
    const usage = type === 'token_usage_record' ? payload['thread_token_usage'] : info['total_token_usage'];
    const total = usageFrom(usage);
    if (total) {
      this.history = total;
    }
  }

  private addMeta(payload: Json): void {
    const meta = metaFrom(payload);
    if (!this.meta) {
      this.meta = meta;
      if (meta.startedAt !== undefined) {
        this.times.push(meta.startedAt);
      }
    } else if (meta.id !== this.meta.id) {
      this.holdsForeignMeta = true;
    }
  }

  private setModel(value: unknown): void {
    const model = textOf(value)?.slice(0, MAX_NAME);
    if (model !== undefined) {
      this.model = model;
      this.models.add(model);
    }
  }

  private setTurn(value: unknown): void {
    const turn = textOf(value);
    if (turn !== undefined) {
      this.turn = turn;
      this.turns.set(turn, this.order);
    }
  }

  private addEvent(payload: Json, at: number | undefined): void {
    switch (payload['type']) {
      case 'token_count':
        this.addTokenCount(payload['info'], at);
        break;
      case 'user_message':
        this.addUserMessage(payload);
        break;
      case 'task_started':
      case 'task_complete':
      case 'turn_aborted':
        this.setTurn(payload['turn_id']);
        break;
      case 'thread_settings_applied':
        this.setModel(isRecord(payload['thread_settings']) ? payload['thread_settings']['model'] : undefined);
        break;
      case 'exec_command_end':
        this.addExit(payload['call_id'], payload['exit_code']);
        break;
      case 'mcp_tool_call_end':
        this.addResult(payload['call_id'], {
          failed: isRecord(payload['result']) ? 'Err' in payload['result'] : undefined,
        });
        break;
      case 'patch_apply_end':
        this.addPatch(payload['call_id'], payload['changes'], payload['success'] !== false);
        break;
      case 'item_completed':
        this.addCompleted(payload);
        break;
    }
  }

  private addTokenCount(info: unknown, at: number | undefined): void {
    if (!isRecord(info)) {
      return; // Only the limits of the plan.
    }
    this.reportsTokens = true;
    const last = usageFrom(info['last_token_usage']);
    const total = usageFrom(info['total_token_usage']);
    if (total && !this.recorded.has(JSON.stringify(total))) {
      this.addCounter(total, last, at);
    }
  }

  /** The response that the next `token_count` tells of too, and some that none tells of by themselves (compaction). */
  private addUsageRecord(payload: Json, at: number | undefined): void {
    const total = usageFrom(payload['thread_token_usage']);
    if (total) {
      this.reportsTokens = true;
      this.recorded.add(JSON.stringify(total));
      this.addCounter(total, usageFrom(payload['usage']), at);
    }
  }

  private addCounter(total: CounterEvent['total'], last: CounterEvent['last'], at: number | undefined): void {
    if (!sameUsage(this.events.at(-1)?.total, total)) {
      this.events.push({ total, last, model: this.model, turn: this.turn, at, order: this.order });
    }
  }

  private addUserMessage(payload: Json): void {
    const kind = textOf(payload['kind']);
    if (kind === undefined || kind === 'plain') {
      this.addPrompt('message', textOf(payload['message']) ?? '', this.turn);
    }
  }

  private addCompleted(payload: Json): void {
    const item = isRecord(payload['item']) ? payload['item'] : {};
    const status = textOf(item['status']);
    const declined = status === 'declined';
    const failed = status === undefined ? undefined : status === 'failed' || declined;
    switch (item['type']) {
      case 'UserMessage':
        this.addPrompt('item', contentText(item['content']), textOf(payload['turn_id']) ?? this.turn);
        break;
      case 'CommandExecution':
        if (typeof item['exit_code'] === 'number') {
          this.addExit(item['id'], item['exit_code']);
        } else {
          this.addResult(item['id'], { failed, declined });
        }
        break;
      case 'McpToolCall':
        this.addResult(item['id'], { failed, declined });
        break;
      case 'FileChange':
        this.addPatch(item['id'], item['changes'], failed !== true, declined);
        break;
    }
  }

  private addPrompt(form: CodexPrompt['form'], text: string, turn: string | undefined): void {
    this.prompts.push({ key: callDigest(turn ?? '', text), form, turn, order: this.order });
    this.nameBy(text);
  }

  private nameBy(text: string): void {
    const typed = typedPart(text);
    this.firstPrompt ??= typed === '' ? undefined : typed.slice(0, 2000);
  }

  private addItem(payload: Json, at: number | undefined): void {
    switch (payload['type']) {
      case 'message':
        this.addMessage(payload);
        break;
      case 'function_call':
      case 'custom_tool_call':
      case 'local_shell_call':
        this.addCall(payload, at);
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
      case 'local_shell_call_output':
        this.addOutput(payload['call_id'], payload['output']);
        break;
    }
  }

  private addMessage(payload: Json): void {
    const text = contentText(payload['content']);
    if (payload['role'] === 'user' && !isInjected(text)) {
      this.userMessages.push({ key: NaN, form: 'message', turn: this.turn, order: this.order });
      this.nameBy(text);
    }
  }

  private addCall(payload: Json, at: number | undefined): void {
    const id = textOf(payload['call_id']) ?? textOf(payload['id']) ?? `#${this.order}`;
    if (this.calls.has(id)) {
      return;
    }
    const name = (textOf(payload['name']) ?? textOf(payload['type']) ?? '').slice(0, MAX_NAME);
    const input = payload['arguments'] ?? payload['input'] ?? payload['action'];
    this.running.addCall(id, name, input);
    this.calls.set(id, {
      name,
      digest: callDigest(name, input),
      command: commandOf(input),
      at,
      order: this.order,
    });
  }

  private addPatch(id: unknown, changes: unknown, applied: boolean, declined = false): void {
    this.addResult(id, { failed: !applied, declined });
    for (const name of applied && isRecord(changes) ? Object.keys(changes) : []) {
      if (!this.files.has(name)) {
        this.files.set(name, this.order);
      }
    }
  }

  private addOutput(callId: unknown, output: unknown): void {
    const read = readOutput(output);
    this.addResult(callId, { failed: read.failed, declined: read.refused, exitCode: read.exitCode });
    this.running.addOutput(callId, read);
  }

  private addExit(callId: unknown, code: unknown): void {
    if (typeof code === 'number') {
      this.addResult(callId, { failed: code !== 0, exitCode: code });
    }
  }

  /** A call that failed by one record has failed, whatever the others say. */
  private addResult(
    callId: unknown,
    {
      failed,
      declined = false,
      exitCode,
    }: { failed: boolean | undefined; declined?: boolean; exitCode?: number | undefined },
  ): void {
    const id = textOf(callId);
    if (id === undefined || (failed === undefined && !declined)) {
      return;
    }
    const known = this.results.get(id);
    this.results.set(id, {
      failed: failed === true || known?.failed === true,
      declined: declined || known?.declined === true,
      exitCode: exitCode ?? known?.exitCode,
    });
  }
}
