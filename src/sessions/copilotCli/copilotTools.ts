import { isRecord } from '../reading/jsonLines';
import { textOf } from '../reading/values';

const EDITING_TOOLS = new Set(
  (
    'create edit str_replace str_replace_editor insert write create_file insert_edit_into_file replace_string_in_file ' +
    'edit_notebook_file'
  ).split(' '),
);
/** Tools that apply one change to each of several files. */
const MANY_EDITS = new Set(['multi_replace_string_in_file']);
const READING_COMMANDS = new Set(['view', 'undo_edit']);
/** Tools that run a command. */
export const SHELL_TOOLS: ReadonlySet<string> = new Set([
  'bash',
  'shell',
  'powershell',
  'local_shell',
  'run_in_terminal',
  'copilot_runInTerminal',
]);

/** Arguments are an object, or JSON text. */
export function inputOf(value: unknown): unknown {
  if (typeof value !== 'string') {
    return value;
  }
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/**
 * The files that a call changes if it succeeds: those that its arguments name. The headers inside a patch are the model's text, and no
 * event says which of them were applied.
 */
export function changedFiles(tool: string, input: unknown): string[] {
  if (!isRecord(input) || READING_COMMANDS.has(textOf(input['command']) ?? '')) {
    return [];
  }
  if (MANY_EDITS.has(tool) && Array.isArray(input['replacements'])) {
    return (input['replacements'] as unknown[]).flatMap((each) => (isRecord(each) ? pathOf(each) : []));
  }
  return EDITING_TOOLS.has(tool) ? pathOf(input) : [];
}

function pathOf(input: Readonly<Record<string, unknown>>): string[] {
  const path = textOf(input['path']) ?? textOf(input['filePath']) ?? textOf(input['file_path']);
  return path === undefined ? [] : [path];
}

/** The command line of a tool that runs one. */
export function commandOf(tool: string, input: unknown): string | undefined {
  return SHELL_TOOLS.has(tool) && isRecord(input) ? textOf(input['command']) : undefined;
}

/** The exit code of a command: from the terminal part of the result, else from the mark at the end of what it printed. */
export function exitCodeOf(result: Readonly<Record<string, unknown>>): number | undefined {
  const parts = Array.isArray(result['contents']) ? (result['contents'] as unknown[]) : [];
  for (const part of parts) {
    if (isRecord(part) && part['type'] === 'terminal' && Number.isSafeInteger(part['exitCode'])) {
      return Number(part['exitCode']);
    }
  }
  const text = textOf(result['content']) ?? textOf(result['text_result_for_llm']) ?? textOf(result['textResultForLlm']);
  const code = /<[^<>\n]{0,80}\bexit code:? (-?\d{1,10})>\s*$/.exec((text ?? '').slice(-200))?.[1];
  return code === undefined ? undefined : Number(code);
}
