import { outcomeOf } from '../../domain/outcome';
import type { CommandOutcome, CommandRun } from '../../domain/outcome';
import { isRecord } from '../reading/jsonLines';
import { textOf } from '../reading/values';
import { parseJson } from '../reading/wholeFiles';

type Json = Readonly<Record<string, unknown>>;

/** What the conversation with the model adds to the messages that a person saw. */
export interface ClineHistory {
  /** The folder that the task began in. */
  folder: string | undefined;
  outcome: CommandOutcome | undefined;
}

const FOLDER = /^# Current (?:Workspace|Working) Directory \(([^\n]{1,4096}?)\) Files/m;
/** The sentence before the output, never the output. */
const EXIT_CODE = /^\s*(?:\[[^\n]{0,2000}\] Result:\s*)?(?:Command [^\n]{0,1000}?\b)?exit code:? (-?\d{1,10})\b/i;
const COMMAND = /<execute_command>[\s\S]{0,400}?<command>([\s\S]{1,20000}?)<\/command>/g;
const COMMAND_TOOLS = new Set(['execute_command', 'run_commands', 'bash']);
const MAX_LOOK = 4000;

/** Throws for text that is no list of messages. */
export function clineHistory(text: string): ClineHistory {
  const messages = parseJson(text);
  if (!Array.isArray(messages)) {
    throw new Error('no list of messages');
  }
  let folder: string | undefined;
  const runs: CommandRun[] = [];
  /** Commands of the last answer, by the id of their call where it has one. */
  let waiting: { run: CommandRun; id: string | undefined }[] = [];
  for (const message of messages as unknown[]) {
    if (!isRecord(message)) {
      continue;
    }
    const blocks = blocksOf(message['content']);
    if (message['role'] === 'assistant') {
      waiting = blocks.flatMap(commandsIn).map(({ command, id }) => {
        const run: CommandRun = { tool: 'execute_command', command, failed: undefined, time: runs.length };
        runs.push(run);
        return { run, id };
      });
    } else {
      folder ??= folderIn(blocks);
      for (const { run, id } of waiting) {
        run.failed = failureIn(blocks, id);
      }
      waiting = [];
    }
  }
  return { folder, outcome: outcomeOf(runs) };
}

function blocksOf(content: unknown): Json[] {
  if (typeof content === 'string') {
    return [{ type: 'text', text: content }];
  }
  return Array.isArray(content) ? (content as unknown[]).filter(isRecord) : [];
}

function commandsIn(block: Json): { command: string; id: string | undefined }[] {
  if (block['type'] === 'tool_use') {
    const input = isRecord(block['input']) ? block['input'] : {};
    const command = textOf(input['command']);
    const known = COMMAND_TOOLS.has(textOf(block['name']) ?? '');
    return known && command !== undefined ? [{ command, id: textOf(block['id']) }] : [];
  }
  return [...(textOf(block['text']) ?? '').matchAll(COMMAND)].map((match) => ({
    command: (match[1] ?? '').trim().replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>'),
    id: undefined,
  }));
}

/** Only a result that says its exit code tells. */
function failureIn(blocks: readonly Json[], id: string | undefined): boolean | undefined {
  for (const block of blocks) {
    if (id !== undefined && block['type'] === 'tool_result' && block['tool_use_id'] !== id) {
      continue;
    }
    const texts = block['type'] === 'tool_result' ? blocksOf(block['content']) : [block];
    for (const each of texts) {
      const code = EXIT_CODE.exec((textOf(each['text']) ?? '').slice(0, MAX_LOOK))?.[1];
      if (code !== undefined) {
        return Number(code) !== 0;
      }
    }
  }
  return undefined;
}

function folderIn(blocks: readonly Json[]): string | undefined {
  for (const block of blocks) {
    const found = FOLDER.exec(textOf(block['text']) ?? '')?.[1];
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
