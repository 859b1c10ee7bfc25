import type { InstructionLook } from '../domain/instructionLooks';
import type { InstructionFiles } from './fingerprint';

/** What a log of looks holds. The files of a state are told once. */
export type LookLine =
  { kind: 'state'; fingerprint: string; files: InstructionFiles } | { kind: 'look'; look: InstructionLook };

/**
 * A line of its own, whatever stands before it: one that another process did not write to its end spoils no second one.
 */
export function encodeLine(line: LookLine): string {
  if (line.kind === 'state') return `\n${JSON.stringify({ state: line.fingerprint, files: line.files })}\n`;
  const { at, window, state, untouchedSince, rootSince, quietUntil } = line.look;
  return `\n${JSON.stringify({ at, window, look: state, untouched: untouchedSince, root: rootSince, quiet: quietUntil })}\n`;
}

/** Whatever is no whole line is left out. */
export function decodeLines(text: string): LookLine[] {
  return text.split('\n').flatMap((line) => {
    const record = line === '' ? undefined : parse(line);
    return (record && (readState(record) ?? readLook(record))) ?? [];
  });
}

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

function parse(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readState({ state, files }: Json): LookLine | undefined {
  if (typeof state !== 'string' || !isRecord(files)) return undefined;
  const entries = Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { kind: 'state', fingerprint: state, files: Object.fromEntries(entries) };
}

function readLook({ at, window, look: state, untouched, root, quiet }: Json): LookLine | undefined {
  if (!isTime(at) || typeof window !== 'string' || typeof state !== 'string') return undefined;
  if (!isTime(untouched) || !isTime(root) || (quiet !== undefined && !isTime(quiet))) return undefined;
  const look: InstructionLook = { at, window, state, untouchedSince: untouched, rootSince: root };
  return { kind: 'look', look: quiet === undefined ? look : { ...look, quietUntil: quiet } };
}
