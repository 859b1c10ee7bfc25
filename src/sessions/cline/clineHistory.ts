import { outcomeOf } from '../../domain/outcome';
import type { CommandOutcome, CommandRun } from '../../domain/outcome';
import { failedByExitCode } from '../reading/exitCode';
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
/** How a result begins that is one text. The command that it names may have several lines. */
const HEADING = /^\s*\[\w{1,40} for '[\s\S]{0,3000}?'\] Result:\s*/;
/** The sentence before the output, never the output. */
const EXIT_CODE = /^\s*(?:\[[^\n]{0,2000}\] Result:\s*)?(?:Command [^\n]{0,1000}?\b)?exit code:? (-?\d{1,10})\b/i;
const DENIED = /^\s*(?:The user denied this operation|\{"status":"denied")/;
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
  const denied = new Set<CommandRun>();
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
        const result = resultIn(blocks, id);
        run.failed = result === 'denied' ? undefined : failedByExitCode(result);
        if (result === 'denied') {
          denied.add(run);
        }
      }
      waiting = [];
    }
  }
  return { folder, outcome: outcomeOf(runs.filter((run) => !denied.has(run))) };
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

/** The exit code, where the result of a command says it; `denied` where a person let nothing run. */
function resultIn(blocks: readonly Json[], id: string | undefined): number | 'denied' | undefined {
  for (const block of blocks) {
    if (id !== undefined && block['type'] === 'tool_result' && block['tool_use_id'] !== id) {
      continue;
    }
    const texts = block['type'] === 'tool_result' ? blocksOf(block['content']) : [block];
    for (const each of texts) {
      const text = (textOf(each['text']) ?? '').slice(0, MAX_LOOK).replace(HEADING, '');
      const code = EXIT_CODE.exec(text)?.[1];
      if (code !== undefined || DENIED.test(text)) {
        return code === undefined ? 'denied' : Number(code);
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
