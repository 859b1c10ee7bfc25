import * as path from 'node:path';
import { isRecord } from '../reading/jsonLines';

/** The facts about a call stand at the start of its output. */
const MAX_HEADER = 4000;
const EXIT_CODE = /^(?:Process exited with code|Exit code:?)\s+(-?\d+)/m;
const REFUSED_BY_CODEX = /^(?:unsupported call:|failed to parse function arguments|apply_patch verification failed)/;
const PATCHED = 'Success. Updated the following files:';

/** Whether the output of a tool call says that it failed; undefined where it does not say. */
export function outputFailed(output: unknown): boolean | undefined {
  const { text, exitCode, success } = unwrap(output);
  if (success === false) {
    return true;
  }
  if (exitCode !== undefined) {
    return exitCode !== 0;
  }
  const header = headerOf(text);
  const code = EXIT_CODE.exec(header)?.[1];
  if (code !== undefined) {
    return Number(code) !== 0;
  }
  return REFUSED_BY_CODEX.test(header) ? true : success === true ? false : undefined;
}

/** The files that a patch changed, as its output lists them. */
export function patchedFiles(output: unknown, cwd: string | undefined): string[] {
  const { text } = unwrap(output);
  const start = text.slice(0, MAX_HEADER).indexOf(PATCHED);
  if (start < 0) {
    return [];
  }
  const files: string[] = [];
  for (const line of text
    .slice(start + PATCHED.length)
    .trimStart()
    .split('\n')) {
    const name = /^[AMD] (.+)$/.exec(line.trimEnd())?.[1];
    if (name === undefined) {
      break;
    }
    files.push(absolute(name, cwd));
  }
  return files;
}

/** Patches name files as seen from the session's folder, events by their whole path. */
function absolute(name: string, cwd: string | undefined): string {
  if (cwd === undefined || path.posix.isAbsolute(name) || path.win32.isAbsolute(name)) {
    return name;
  }
  return (cwd.startsWith('/') ? path.posix : path.win32).join(cwd, name);
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
