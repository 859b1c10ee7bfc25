import { baseName } from '../../domain/testCommands';
import { isRecord } from '../reading/jsonLines';

/** Longer commands are not kept: what a cut one does cannot be told. */
const MAX_COMMAND = 4000;

const SHELL = /^(?:(?:ba|z|da|k|fi)?sh|pwsh|powershell|cmd)(?:\.exe)?$/i;
const SHELL_FLAG = /^-[a-z]*c$|^-command$|^\/c$/i;
/** A word that means the same with quotes around it and without. */
const PLAIN = /^[\w@%+=:,./-]+$/;

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
  const [program = '', ...args] = command;
  const flag = SHELL.test(baseName(program)) ? args.findIndex((arg) => SHELL_FLAG.test(arg)) : -1;
  const script = flag < 0 ? undefined : args[flag + 1];
  return fitting(script ?? command.map(quoted).join(' '));
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Ctrl-C and Ctrl-\\, as they are typed. */
const STOPS = ['\u0003', '\u001c'];

/** The name of the running command that a call writes to or asks for, and whether it stops it. */
export function writesTo(input: unknown): { session: string; stops: boolean } | undefined {
  const fields = typeof input === 'string' ? parse(input) : input;
  const session = isRecord(fields) ? fields['session_id'] : undefined;
  if (!isRecord(fields) || (typeof session !== 'number' && typeof session !== 'string')) {
    return undefined;
  }
  const typed = fields['chars'];
  return { session: String(session), stops: typeof typed === 'string' && STOPS.some((key) => typed.includes(key)) };
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
