import { failedByExitCode } from '../reading/exitCode';
import { isRecord } from '../reading/jsonLines';
import { textOf } from '../reading/values';

type Json = Readonly<Record<string, unknown>>;

/** The facts about a command stand after its output, which may say anything. */
const MAX_END = 4000;
/** Lines that may follow the exit code. */
const AFTER_CODE = /^(?:Signal: (?:0|\(none\))|(?:Background PIDs|Process Group PGID): .*)$/;
const FRAME = { start: '<untrusted_context>\n', end: '\n</untrusted_context>' } as const;
const EXIT_CODE = /^Exit Code: (-?\d{1,10})$/;

/**
 * Whether the command of a result failed. Older versions always name the exit code, newer ones only where it is not zero. The text
 * of a command that was cancelled or goes on in the background begins in another way.
 */
export function commandFailed(result: unknown): boolean | undefined {
  const output = withoutFrame(textOf(responseOf(result)['output']) ?? '');
  const namesZero = output.startsWith('Command: ');
  if (!(namesZero || /^Output(?::| too large\.)/.test(output))) {
    return undefined;
  }
  const last = lastLine(output);
  const code = EXIT_CODE.exec(last)?.[1];
  if (code !== undefined) {
    return failedByExitCode(Number(code));
  }
  return namesZero || /^(?:Error|Signal|Exit Code): /.test(last) ? undefined : false;
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

/** Version 0.61 puts what a command wrote between marks, for the model. */
function withoutFrame(output: string): string {
  return output.startsWith(FRAME.start) && output.endsWith(FRAME.end)
    ? output.slice(FRAME.start.length, -FRAME.end.length)
    : output;
}

/** The last line before those that may follow the exit code. Some texts hold `\n` for line ends. */
function lastLine(output: string): string {
  const end = output.slice(-MAX_END).trimEnd();
  const lines = end.split(end.includes('\n') ? '\n' : '\\n');
  return lines.findLast((line) => !AFTER_CODE.test(line)) ?? '';
}
