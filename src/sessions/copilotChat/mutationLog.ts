import { isRecord } from '../reading/jsonLines';
import { parseJson } from '../reading/wholeFiles';

export interface LoggedState {
  /** The object after all changes; undefined where nothing whole was there. */
  state: unknown;
  /** Lines that are no change of this log. */
  badLines: number;
}

type Key = string | number;

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The content of a chat session's file: one JSON object, or a log whose first line holds the object (kind 0) and whose later
 * lines set a value at a path (1), cut a list and append to it (2), or delete a value (3).
 */
export function replayChatFile(text: string): LoggedState {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = entryOf(lines[0] ?? '');
  if (first === undefined) {
    return { state: parseJson(text), badLines: 0 };
  }
  let state: unknown;
  let badLines = 0;
  for (const line of lines) {
    const entry = entryOf(line);
    if (entry?.['kind'] === 0) {
      state = entry['v'];
    } else if (!entry || !change(state, entry)) {
      badLines++;
    }
  }
  return { state, badLines };
}

function entryOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJson(line);
    return isRecord(value) && typeof value['kind'] === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** False where the entry changes nothing that is there. */
function change(state: unknown, entry: Readonly<Record<string, unknown>>): boolean {
  const path = entry['k'];
  if (!Array.isArray(path) || path.length === 0 || !(path as unknown[]).every(isKey)) {
    return false;
  }
  const keys = path as Key[];
  const last = keys.at(-1) ?? '';
  const owner = keys.slice(0, -1).reduce<unknown>((value, key) => valueAt(value, key), state);
  switch (entry['kind']) {
    case 1:
      return put(owner, last, entry['v']);
    case 2:
      return append(owner, last, entry['v'], entry['i']);
    case 3:
      return remove(owner, last);
    default:
      return false;
  }
}

function isKey(value: unknown): value is Key {
  return typeof value === 'number' ? Number.isSafeInteger(value) && value >= 0 : typeof value === 'string';
}

function indexOf(key: Key): number {
  return typeof key === 'number' ? key : /^\d{1,9}$/.test(key) ? Number(key) : NaN;
}

function valueAt(value: unknown, key: Key): unknown {
  if (Array.isArray(value)) {
    return (value as unknown[])[indexOf(key)];
  }
  return isRecord(value) && Object.hasOwn(value, String(key)) ? value[key] : undefined;
}

function put(owner: unknown, key: Key, value: unknown): boolean {
  if (Array.isArray(owner)) {
    const index = indexOf(key);
    if (!(index <= owner.length)) {
      return false;
    }
    owner[index] = value;
    return true;
  }
  if (!isRecord(owner) || FORBIDDEN.has(String(key))) {
    return false;
  }
  (owner as Record<string, unknown>)[key] = value;
  return true;
}

function append(owner: unknown, key: Key, values: unknown, from: unknown): boolean {
  const known = valueAt(owner, key);
  if (known !== undefined && known !== null && !Array.isArray(known)) {
    return false;
  }
  const list = Array.isArray(known) ? (known as unknown[]) : [];
  if (list !== known && !put(owner, key, list)) {
    return false;
  }
  if (typeof from === 'number' && from >= 0 && from < list.length) {
    list.length = Math.floor(from);
  }
  if (Array.isArray(values)) {
    for (const value of values as unknown[]) {
      list.push(value);
    }
  }
  return true;
}

function remove(owner: unknown, key: Key): boolean {
  if (Array.isArray(owner)) {
    const index = indexOf(key);
    if (!(index < owner.length)) {
      return false;
    }
    owner.splice(index, 1);
    return true;
  }
  return isRecord(owner) && Object.hasOwn(owner, String(key)) && Reflect.deleteProperty(owner, String(key));
}
