import type { Tokens } from '../../api';
import { isRecord } from '../reading/jsonLines';
import { ToolCalls } from '../reading/toolCalls';
import { countOf, millisOf, textOf } from '../reading/values';
import { parseJson } from '../reading/wholeFiles';

type Json = Readonly<Record<string, unknown>>;

/** What `ui_messages.json` of one task says. */
export interface ClineTask {
  times: number[];
  prompts: number;
  firstPrompt: string | undefined;
  tools: ToolCalls;
  /** Files that its tool calls name; whether a person let each pass is not told. */
  edited: string[];
  apiErrors: number;
  usage: ClineUsage;
  /** Responses by model, where the messages name it. */
  models: Record<string, number>;
}

export interface ClineUsage {
  tokens: Tokens | undefined;
  known: 'full' | 'partial' | 'none';
  /** USD as the agent noted it; absent where it did not for some call. */
  costUsd: number | undefined;
}

const USAGE_MESSAGES = new Set(['api_req_started', 'deleted_api_reqs', 'subagent_usage']);
const TOOL_MESSAGES = new Set(['tool', 'command', 'use_mcp_server', 'browser_action', 'browser_action_launch']);
const TOOL_ERRORS = new Set(['diff_error', 'clineignore_error', 'rooignore_error', 'error']);
const EDITS = new Set([
  'editedExistingFile',
  'newFileCreated',
  'appliedDiff',
  'insertContent',
  'searchAndReplace',
  'fileDeleted',
]);

/** Throws for text that is no list of messages. */
export function clineTask(text: string): ClineTask {
  const messages = parseJson(text);
  if (!Array.isArray(messages)) {
    throw new Error('no list of messages');
  }
  const reader = new TaskReader();
  for (const message of messages as unknown[]) {
    if (isRecord(message)) {
      reader.add(message);
    }
  }
  return reader.task();
}

class TaskReader {
  private readonly times: number[] = [];
  private readonly tools = new ToolCalls();
  private readonly edited: string[] = [];
  private readonly models: Record<string, number> = {};
  private readonly usage = new UsageSum();
  private prompts = 0;
  private firstPrompt: string | undefined;
  private apiErrors = 0;
  private started = false;

  add(message: Json): void {
    const time = millisOf(message['ts']);
    if (time !== undefined) {
      this.times.push(time);
    }
    const what = textOf(message['say']) ?? textOf(message['ask']) ?? '';
    const text = textOf(message['text']) ?? '';
    const said = message['type'] === 'say';
    if (said && ((!this.started && (what === 'text' || what === 'task')) || what === 'user_feedback')) {
      this.prompts++;
      this.firstPrompt ??= text.slice(0, 2000);
    } else if (said && USAGE_MESSAGES.has(what)) {
      this.addUsage(what, text, message);
    } else if (said && what === 'condense_context') {
      const condensed = isRecord(message['contextCondense']) ? message['contextCondense'] : objectIn(text);
      this.usage.addCost(condensed['cost']);
    } else if (TOOL_MESSAGES.has(what) && message['partial'] !== true) {
      this.addTool(what, text);
    } else if (said && TOOL_ERRORS.has(what)) {
      this.tools.end('', { failed: true });
    } else if (what === 'api_req_failed') {
      this.apiErrors++;
    }
    this.started = true;
  }

  task(): ClineTask {
    const { times, prompts, firstPrompt, tools, edited, apiErrors, models } = this;
    return { times, prompts, firstPrompt, tools, edited, apiErrors, models, usage: this.usage.total() };
  }

  private addUsage(what: string, text: string, message: Json): void {
    this.usage.add(objectIn(text), what === 'api_req_started');
    const info = isRecord(message['modelInfo']) ? message['modelInfo'] : {};
    const model = textOf(info['modelId']);
    if (what === 'api_req_started' && model !== undefined) {
      this.models[model] = (this.models[model] ?? 0) + 1;
    }
  }

  private addTool(what: string, text: string): void {
    const input = what === 'command' ? text : objectIn(text);
    const name = isRecord(input) ? (textOf(input['tool']) ?? what) : what;
    const file = isRecord(input) ? textOf(input['path']) : undefined;
    if (file !== undefined && EDITS.has(name)) {
      this.edited.push(file);
    }
    this.tools.start(`${this.tools.size}`, { name, input, ...(what === 'command' ? { command: text } : {}) });
  }
}

/** Adds up what calls cost. A call without usage was cancelled or is not over. */
class UsageSum {
  private readonly sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  private cost = 0;
  private any = false;
  private complete = true;
  private costComplete = true;

  add(usage: Json, required: boolean): void {
    const [tokensIn, tokensOut] = [countOf(usage['tokensIn']), countOf(usage['tokensOut'])];
    if (tokensIn === undefined && tokensOut === undefined) {
      this.complete &&= !required;
      return;
    }
    const cacheRead = countOf(usage['cacheReads']) ?? 0;
    const cacheWrite = countOf(usage['cacheWrites']) ?? 0;
    this.any = true;
    this.sum.input += freshInput(usage, tokensIn ?? 0, cacheRead + cacheWrite);
    this.sum.output += tokensOut ?? 0;
    this.sum.cacheRead += cacheRead;
    this.sum.cacheWrite += cacheWrite;
    this.addCost(usage['cost']);
  }

  addCost(cost: unknown): void {
    if (typeof cost === 'number' && cost >= 0 && Number.isFinite(cost)) {
      this.cost += cost;
    } else {
      this.costComplete = false;
    }
  }

  total(): ClineUsage {
    if (!this.any) {
      return { tokens: undefined, known: 'none', costUsd: undefined };
    }
    const known = this.complete ? 'full' : 'partial';
    return { tokens: { ...this.sum }, known, costUsd: this.costComplete && this.complete ? this.cost : undefined };
  }
}

/**
 * Newer Roo and Kilo note the protocol, and there `tokensIn` is the whole prompt. A number that is too small to hold the cached
 * part is fresh input all the same: the versions in between noted both.
 */
function freshInput(usage: Json, tokensIn: number, cached: number): number {
  return textOf(usage['apiProtocol']) !== undefined && tokensIn >= cached ? tokensIn - cached : tokensIn;
}

function objectIn(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
