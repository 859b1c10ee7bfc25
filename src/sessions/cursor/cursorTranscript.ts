import { isRecord } from '../reading/jsonLines';
import { ToolCalls } from '../reading/toolCalls';
import { textOf } from '../reading/values';

type Json = Readonly<Record<string, unknown>>;

const EDITING_TOOLS = new Set(['Write', 'StrReplace', 'Edit', 'MultiEdit', 'Delete', 'EditNotebook', 'ApplyPatch']);
const SHELL_TOOLS = new Set(['Shell', 'Bash']);
const POLLING_TOOLS = new Set(['Await', 'AwaitShell', 'BashOutput']);

/** What a Cursor agent transcript says: prompts and tool calls. It has no times, no tokens, no model and no results. */
export class CursorTranscript {
  prompts = 0;
  firstPrompt: string | undefined;
  /** Turns that ended with an error. */
  failedTurns = 0;
  readonly tools = new ToolCalls();

  add(record: Json): void {
    if (record['type'] === 'turn_ended') {
      this.failedTurns += record['status'] === 'error' || textOf(record['error']) !== undefined ? 1 : 0;
      return;
    }
    const message = isRecord(record['message']) ? record['message'] : {};
    const content = message['content'];
    const blocks = Array.isArray(content) ? (content as unknown[]).filter(isRecord) : [{ type: 'text', text: content }];
    if (record['role'] === 'user') {
      this.addPrompt(blocks);
    } else if (record['role'] === 'assistant') {
      for (const block of blocks) {
        this.addCall(block);
      }
    }
  }

  private addPrompt(blocks: readonly Json[]): void {
    const text = blocks
      .map((block) => (block['type'] === 'text' ? textOf(block['text']) : undefined))
      .find((each) => each);
    if (text === undefined && !blocks.some((block) => block['type'] === 'image')) {
      return;
    }
    this.prompts++;
    this.firstPrompt ??= promptOf(text ?? '');
  }

  private addCall(block: Json): void {
    const name = textOf(block['name']);
    if (block['type'] !== 'tool_use' || name === undefined) {
      return;
    }
    const input = isRecord(block['input']) ? block['input'] : {};
    const file = textOf(input['path']) ?? textOf(input['file_path']) ?? textOf(input['target_notebook']);
    this.tools.start(textOf(block['id']) ?? `${this.tools.size}`, {
      name,
      input,
      files: EDITING_TOOLS.has(name) && file !== undefined ? [file] : [],
      command: SHELL_TOOLS.has(name) ? textOf(input['command']) : undefined,
      outsideLoops: POLLING_TOOLS.has(name),
    });
  }
}

/** What the person typed, without what Cursor puts around it. */
function promptOf(text: string): string {
  const query = /<user_query>\s*([\s\S]{0,2000}?)\s*(?:<\/user_query>|$)/.exec(text.slice(0, 100_000))?.[1];
  return (query ?? text).slice(0, 2000);
}
