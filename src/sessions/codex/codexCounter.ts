import { isRecord } from '../reading/jsonLines';
import { countOf } from '../reading/values';

/** Codex's counts: `input` includes `cached` and `cacheWrite`, `output` includes `reasoning`. */
export interface CodexUsage {
  input: number;
  cached: number;
  cacheWrite: number;
  output: number;
  reasoning: number;
}

/** What a thread had used at a moment, and its last response. */
export interface CounterEvent {
  /** Since the thread began, history taken over from another thread included. */
  total: CodexUsage;
  last: CodexUsage | undefined;
  model: string | undefined;
  turn: string | undefined;
  /** ms since the epoch. */
  at: number | undefined;
  /** Place among the records of its file. */
  order: number;
}

/** One response, or several where the file does not tell them apart. */
export interface CodexResponse extends CodexUsage {
  model: string | undefined;
  at: number | undefined;
}

export const NOTHING_USED: CodexUsage = { input: 0, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 };
const PARTS = ['input', 'cached', 'cacheWrite', 'output', 'reasoning'] as const;

/** The counts of a `TokenUsage` object. Its `total_tokens` is not read: after an overflow it is the size of the context. */
export function usageFrom(value: unknown): CodexUsage | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const input = countOf(value['input_tokens']);
  const output = countOf(value['output_tokens']);
  if (input === undefined && output === undefined) {
    return undefined;
  }
  return {
    input: input ?? 0,
    cached: countOf(value['cached_input_tokens']) ?? 0,
    cacheWrite: countOf(value['cache_write_input_tokens']) ?? 0,
    output: output ?? 0,
    reasoning: countOf(value['reasoning_output_tokens']) ?? 0,
  };
}

export function sameUsage(a: CodexUsage | undefined, b: CodexUsage | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && PARTS.every((part) => a[part] === b[part]));
}

/** Part by part, never below zero. */
export function minus(a: CodexUsage, b: CodexUsage): CodexUsage {
  const rest = { ...NOTHING_USED };
  for (const part of PARTS) {
    rest[part] = Math.max(0, a[part] - b[part]);
  }
  return rest;
}

/**
 * The responses between counter events, `base` having been used before the first. The same total again is a repeated event. Where
 * it falls the thread started to count anew, and only its last response is known.
 */
export function responsesOf(events: readonly CounterEvent[], base: CodexUsage): CodexResponse[] {
  const responses: CodexResponse[] = [];
  let before = base;
  for (const { total, last, model, at } of events) {
    if (sameUsage(total, before)) {
      continue;
    }
    const fell = total.input < before.input || total.output < before.output;
    responses.push({ ...(fell ? (last ?? total) : minus(total, before)), model, at });
    before = total;
  }
  return responses;
}

/** How many events at the start of `events` are a copy of those of `other`. Events of two turns with names are never the same. */
export function copiedEvents(events: readonly CounterEvent[], other: readonly CounterEvent[]): number {
  let copied = 0;
  for (const [i, event] of events.entries()) {
    const original = other[i];
    if (!original || !sameUsage(event.total, original.total) || !sameUsage(event.last, original.last)) {
      break;
    }
    if (event.turn !== undefined && original.turn !== undefined && event.turn !== original.turn) {
      break;
    }
    copied++;
  }
  return copied;
}

/** What was used before the first event of a thread that goes on from another one without a copy of its events. */
export function takenOver(events: readonly CounterEvent[]): CodexUsage {
  const [first] = events;
  return first?.last ? minus(first.total, first.last) : NOTHING_USED;
}
