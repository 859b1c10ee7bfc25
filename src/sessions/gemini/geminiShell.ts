import { failedByExitCode } from '../reading/exitCode';
import { isRecord } from '../reading/jsonLines';
import { textOf } from '../reading/values';

type Json = Readonly<Record<string, unknown>>;

/** The facts about a command stand after its output, which may say anything. */
const MAX_END = 4000;
/** Lines that may follow the exit code. */
const AFTER_CODE = /^(?:Signal: (?:0|\(none\))|(?:Background PIDs|Process Group PGID): .*|<\/untrusted_context>)$/;
/** Version 0.61 puts the text between marks, and then may leave out the middle of it. */
const START = /^(?:Output too large\.[^\n]{0,1000}\n)?(?:<untrusted_context>\n)?(Output|Command): /;
const EXIT_CODE = /^Exit Code: (-?\d{1,10})$/;

/**
 * Whether the command of a result failed. Older versions always name the exit code, newer ones only where it is not zero, and
 * there the lines after it show that the text is whole. The text of a command that was cancelled or goes on in the background
 * begins in another way.
 */
export function commandFailed(result: unknown): boolean | undefined {
  const output = textOf(responseOf(result)['output']) ?? '';
  const form = START.exec(output.slice(0, MAX_END))?.[1];
  if (form === undefined) {
    return undefined;
  }
  const { last, whole } = endOf(output);
  const code = EXIT_CODE.exec(last)?.[1];
  if (code !== undefined) {
    return failedByExitCode(Number(code));
  }
  const saysZero = form === 'Output' && whole && !/^(?:Error|Signal|Exit Code): /.test(last);
  return saysZero ? false : undefined;
}

/** A call that a policy denied: its error is in the place of a result. */
export function isDenied(call: Json): boolean {
  const error = textOf(responseOf(call['result'])['error']) ?? '';
  return /\bdenied by policy\b/.test(error.slice(0, MAX_END));
}

function responseOf(result: unknown): Json {
  const [first] = Array.isArray(result) ? (result as unknown[]) : [];
  const response = isRecord(first) && isRecord(first['functionResponse']) ? first['functionResponse']['response'] : {};
  return isRecord(response) ? response : {};
}

/** The last line before those that may follow the exit code, and whether any does. Some texts hold `\n` for line ends. */
function endOf(output: string): { last: string; whole: boolean } {
  const end = output.slice(-MAX_END).trimEnd();
  const lines = end.split(end.includes('\n') ? '\n' : '\\n');
  const at = lines.findLastIndex((line) => !AFTER_CODE.test(line));
  return { last: lines[at] ?? '', whole: at < lines.length - 1 };
}
