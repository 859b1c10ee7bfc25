import { isRecord } from '../reading/jsonLines';

/** Longer commands are not kept: what a cut one does cannot be told. */
const MAX_COMMAND = 4000;

const SHELL_FLAG = /^-[a-z]*c$/;

/** The command line that a call runs: `{cmd}`, `{command}` as text or list, as object or JSON in text. */
export function commandOf(input: unknown): string | undefined {
  const fields = typeof input === 'string' ? parse(input) : input;
  if (!isRecord(fields)) {
    return undefined;
  }
  const command = fields['cmd'] ?? fields['command'];
  if (typeof command === 'string') {
    return fitting(command);
  }
  if (!Array.isArray(command) || !command.every((part) => typeof part === 'string')) {
    return undefined;
  }
  const script = command[2];
  return fitting(SHELL_FLAG.test(command[1] ?? '') && script !== undefined ? script : command.join(' '));
}

function fitting(command: string): string | undefined {
  return command.length > MAX_COMMAND ? undefined : command;
}

function parse(text: string): unknown {
  if (!text.startsWith('{') || text.length > 2 * MAX_COMMAND) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
