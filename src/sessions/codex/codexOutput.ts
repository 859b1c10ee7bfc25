import { isRecord } from '../reading/jsonLines';

/** The facts about a call stand at the start of its output. */
const MAX_HEADER = 4000;
const EXIT_CODE = /^(?:Process exited with code|Exit code:?)\s+(-?\d+)/m;
const GOES_ON = /^Process running with session ID (\w{1,40})$/m;
const REFUSED_BY_CODEX = /^(?:unsupported call:|failed to parse function arguments|apply_patch verification failed)/;
/** A person, a rule or a hook said no. */
const REJECTED = /^(?:exec command rejected by user|Tool call blocked by PreToolUse hook)/;

/** What the output of a tool call says of how it ended. */
export interface CodexOutput {
  /** Undefined where it does not say. */
  failed: boolean | undefined;
  exitCode: number | undefined;
  /** The command goes on, and is asked for by this name. */
  goesOnAs: string | undefined;
  /** Nothing ran. */
  refused: boolean;
}

export function readOutput(output: unknown): CodexOutput {
  const { text, exitCode, success } = unwrap(output);
  const header = headerOf(text);
  const written = EXIT_CODE.exec(header)?.[1];
  const code = exitCode ?? (written === undefined ? undefined : Number(written));
  const unfit = REFUSED_BY_CODEX.test(header);
  const said = code === undefined ? (unfit ? true : success === true ? false : undefined) : code !== 0;
  return {
    failed: success === false ? true : said,
    exitCode: code,
    goesOnAs: GOES_ON.exec(header)?.[1],
    refused: code === undefined && (unfit || REJECTED.test(header)),
  };
}

/** The part before the output of the command itself, which may say anything. */
function headerOf(text: string): string {
  const head = text.slice(0, MAX_HEADER);
  const end = /^Output:/m.exec(head)?.index;
  return end === undefined ? head : head.slice(0, end);
}

interface Unwrapped {
  text: string;
  exitCode?: number;
  success?: boolean;
}

/** Versions write the output as text, as JSON in text `{output, metadata: {exit_code}}`, as object or as list of contents. */
function unwrap(output: unknown): Unwrapped {
  if (typeof output === 'string') {
    return output.startsWith('{') ? unwrapJson(output) : { text: output };
  }
  if (Array.isArray(output)) {
    const texts = (output as unknown[]).map((item) => (isRecord(item) ? stringOf(item['text']) : ''));
    return { text: texts.join('\n') };
  }
  if (isRecord(output)) {
    const success = output['success'];
    const inner = unwrap(output['content'] ?? output['output'] ?? '');
    return typeof success === 'boolean' ? { ...inner, success } : inner;
  }
  return { text: '' };
}

function unwrapJson(text: string): Unwrapped {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { text };
  }
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const exitCode = metadata['exit_code'];
  const inner = isRecord(value) ? stringOf(value['output']) : text;
  return { text: inner, ...(typeof exitCode === 'number' ? { exitCode } : {}) };
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
