import type { Tokens } from '../../api';
import { failedByExitCode } from '../reading/exitCode';
import { isRecord } from '../reading/jsonLines';
import { ToolCalls } from '../reading/toolCalls';
import { countOf, isoTimeOf, textOf } from '../reading/values';
import { CopilotShells } from './copilotShells';
import { changedFiles, commandOf, exitCodeOf, inputOf } from './copilotTools';

type Json = Readonly<Record<string, unknown>>;

/** Asking how something is going on is waiting, no loop. */
const POLLING_TOOLS = new Set([
  'read_bash',
  'read_powershell',
  'list_bash',
  'get_terminal_output',
  'list_agents',
  'read_agent',
]);
const COMMIT = /^[0-9a-f]{7,64}$/;
const NO_COMMIT = /^0+$/;

/** What the events of one Copilot session say. Copilot Chat writes the same events into its transcripts folder, without usage. */
export class CopilotEvents {
  sessionId: string | undefined;
  cwd: string | undefined;
  /** Branch and commit when the session was started. */
  branch: string | undefined;
  startCommit: string | undefined;
  firstPrompt: string | undefined;
  prompts = 0;
  apiErrors = 0;
  readonly times: number[] = [];
  /** Responses by model. */
  readonly models: Record<string, number> = {};
  /** Every model that is named anywhere. */
  readonly modelsSeen = new Set<string>();
  readonly filesModified = new Set<string>();
  /** The last event says that the program ended. */
  ended = false;
  private readonly requested = new ToolCalls();
  private readonly started = new ToolCalls();
  private readonly shells = new CopilotShells();
  private readonly usage = new CopilotUsage();
  private currentModel: string | undefined;

  add(event: Json): void {
    const type = textOf(event['type']);
    const data = isRecord(event['data']) ? event['data'] : {};
    const time = isoTimeOf(event['timestamp']);
    if (time !== undefined) {
      this.times.push(time);
    }
    this.ended = type === 'session.shutdown';
    this.addModel(type, data);
    switch (type) {
      case 'session.start':
      case 'session.resume':
        this.addStart(data);
        break;
      case 'session.error':
        this.apiErrors++;
        break;
      case 'user.message':
        this.addPrompt(data);
        break;
      case 'assistant.message':
        this.addMessage(data);
        break;
      case 'tool.execution_start':
        this.addCall(this.started, data, data['toolName'], data);
        break;
      case 'tool.execution_complete':
        this.addResult(data);
        break;
      case 'session.shutdown':
        this.addShutdown(data);
        break;
      default:
        break;
    }
  }

  /** Tool calls as the model asked for them; a transcript that holds no requests has what was started. */
  get tools(): ToolCalls {
    return this.requested.size > 0 ? this.requested : this.started;
  }

  get tokens(): { tokens: Tokens | undefined; known: 'full' | 'partial' | 'none' } {
    return this.usage.total();
  }

  private addModel(type: string | undefined, data: Json): void {
    const model = textOf(data['newModel']) ?? textOf(data['selectedModel']) ?? textOf(data['model']);
    if (model === undefined || model.startsWith('[')) {
      return;
    }
    this.modelsSeen.add(model);
    if (type === 'session.model_change' || type === 'session.start' || type === 'session.resume') {
      this.currentModel = model;
    }
  }

  private addStart(data: Json): void {
    this.usage.startSegment();
    const context = isRecord(data['context']) ? data['context'] : {};
    this.sessionId ??= textOf(data['sessionId']);
    this.cwd ??= textOf(context['cwd']);
    this.branch ??= textOf(context['branch']);
    const commit = textOf(context['headCommit']);
    this.startCommit ??= commit !== undefined && COMMIT.test(commit) && !NO_COMMIT.test(commit) ? commit : undefined;
  }

  /** A message with a source is not from a person: a skill, a sub-agent, a notice. */
  private addPrompt(data: Json): void {
    const source = textOf(data['source']);
    if ((source !== undefined && source !== 'user') || textOf(data['parentAgentTaskId']) !== undefined) {
      return;
    }
    this.prompts++;
    this.firstPrompt ??= textOf(data['content'])?.slice(0, 2000);
  }

  private addMessage(data: Json): void {
    const model = textOf(data['model']) ?? this.currentModel;
    if (model !== undefined) {
      this.models[model] = (this.models[model] ?? 0) + 1;
    }
    this.usage.addMessage(countOf(data['outputTokens']));
    const requests = Array.isArray(data['toolRequests']) ? (data['toolRequests'] as unknown[]) : [];
    for (const request of requests) {
      if (isRecord(request)) {
        this.addCall(this.requested, request, request['name'], data);
      }
    }
  }

  private addCall(calls: ToolCalls, call: Json, toolName: unknown, owner: Json): void {
    const id = textOf(call['toolCallId']);
    const name = textOf(toolName);
    if (id === undefined || name === undefined) {
      return;
    }
    const input = inputOf(call['arguments']);
    if (!calls.has(id)) {
      this.shells.addCall(id, name, input);
    }
    calls.start(id, {
      name,
      input,
      files: changedFiles(name, input),
      command: commandOf(name, input),
      outsideLoops: POLLING_TOOLS.has(name) || textOf(owner['parentToolCallId']) !== undefined,
    });
  }

  private addResult(data: Json): void {
    const result = isRecord(data['result']) ? data['result'] : {};
    const kind = textOf(result['result_type']) ?? textOf(result['resultType']);
    const refused = kind === 'rejected' || kind === 'denied';
    const failed = data['success'] === false || refused || kind === 'failure' || kind === 'error';
    const code = exitCodeOf(result);
    const how = { failed, refused, commandFailed: failedByExitCode(code) };
    const id = textOf(data['toolCallId']) ?? '';
    this.requested.end(id, how);
    this.started.end(id, how);
    const command = this.shells.commandOf(id);
    if (command !== undefined && how.commandFailed !== undefined) {
      this.requested.endLater(command, how.commandFailed);
      this.started.endLater(command, how.commandFailed);
    }
  }

  private addShutdown(data: Json): void {
    const changes = isRecord(data['codeChanges']) ? data['codeChanges'] : {};
    const files = Array.isArray(changes['filesModified']) ? (changes['filesModified'] as unknown[]) : [];
    for (const file of files) {
      if (typeof file === 'string' && file !== '') {
        this.filesModified.add(file);
      }
    }
    this.usage.addShutdown(data['modelMetrics']);
  }
}

/**
 * Tokens over all runs of a session. A run's counters begin at 0 and are written when it shuts down. What is written there is the
 * run's account, and where it leaves out what a model used, the sum is partial. Of a run that never shut down (a crash, a kill, one
 * that goes on) only the output of its messages is known.
 */
class CopilotUsage {
  private readonly sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  private reasoning: number | undefined;
  /** Output of messages of the current run since its last shutdown. */
  private output = 0;
  private messages = 0;
  private any = false;
  private complete = true;

  startSegment(): void {
    if (this.messages > 0) {
      this.sum.output += this.output;
      this.complete = false;
    }
    this.messages = 0;
    this.output = 0;
  }

  addMessage(output: number | undefined): void {
    this.messages++;
    this.output += output ?? 0;
    this.any ||= output !== undefined;
  }

  addShutdown(metrics: unknown): void {
    const models = isRecord(metrics) ? Object.values(metrics).filter(isRecord) : [];
    if (models.length === 0) {
      return;
    }
    const usages = models.map((each) => each['usage']).filter(isRecord);
    this.complete &&= usages.length === models.length;
    for (const usage of usages) {
      const input = countOf(usage['inputTokens']) ?? 0;
      const cacheRead = countOf(usage['cacheReadTokens']) ?? 0;
      this.sum.input += Math.max(0, input - cacheRead);
      this.sum.cacheRead += cacheRead;
      this.sum.cacheWrite += countOf(usage['cacheWriteTokens']) ?? 0;
      this.sum.output += countOf(usage['outputTokens']) ?? 0;
      const reasoning = countOf(usage['reasoningTokens']);
      this.reasoning = reasoning === undefined ? this.reasoning : (this.reasoning ?? 0) + reasoning;
    }
    this.any ||= usages.length > 0;
    this.messages = 0;
    this.output = 0;
  }

  total(): { tokens: Tokens | undefined; known: 'full' | 'partial' | 'none' } {
    if (!this.any) {
      return { tokens: undefined, known: 'none' };
    }
    const tokens = { ...this.sum, output: this.sum.output + this.output };
    return { tokens, known: this.complete && this.messages === 0 ? 'full' : 'partial' };
  }
}
