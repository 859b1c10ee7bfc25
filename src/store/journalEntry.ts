import { createHash } from 'node:crypto';
import { CHANGES, type Change, type ChangeName } from './changes';
import type { SqlValue } from './engine';
import { detailOf } from './errors';

/** Which entry of the journal a database contains last: 0 and '' where it contains none. */
export interface Position {
  sequence: number;
  checksum: string;
}

/** What one commit changed. The file's name is made of the database's id and the sequence number. */
export interface Entry {
  /** The id of the database. */
  id: string;
  /** One more than the entry before. */
  sequence: number;
  /** The checksum of the entry before. */
  follows: string;
  /** The schema of the database when it was written. */
  schema: number;
  changes: readonly Change[];
}

export type Decoded =
  | { kind: 'entry'; entry: Entry; checksum: string }
  | { kind: 'damaged'; detail: string }
  /** Of a form, or with a change, that this version does not know. */
  | { kind: 'newer'; detail: string };

/** A larger commit is written as a whole file. */
export const MAX_ENTRY_BYTES = 256 * 1024;
const FORM = 1;
const MAGIC = 'agent-experiments-journal';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function encodeValue(value: SqlValue): unknown {
  return value instanceof Uint8Array ? { blob: Buffer.from(value).toString('base64') } : value;
}

/** Undefined for what is no value of SQLite. */
function decodeValue(value: unknown): SqlValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const blob: unknown = typeof value === 'object' && 'blob' in value ? value.blob : undefined;
  return typeof blob === 'string' ? new Uint8Array(Buffer.from(blob, 'base64')) : undefined;
}

/** Undefined where JSON cannot hold the changes exactly, or they are too large. */
export function encodeEntry(entry: Entry): { bytes: Uint8Array; checksum: string } | undefined {
  const { changes } = entry;
  if (changes.some(({ parameters }) => parameters.some((value) => typeof value === 'number' && !isFinite(value)))) {
    return undefined;
  }
  const named = changes.map(({ name, parameters, rows }) => [name, parameters.map(encodeValue), rows]);
  const body = Buffer.from(JSON.stringify({ ...entry, changes: named }));
  const checksum = sha256(body);
  const bytes = Buffer.concat([Buffer.from(`${MAGIC} ${FORM} ${checksum}\n`), body]);
  return bytes.length > MAX_ENTRY_BYTES ? undefined : { bytes, checksum };
}

/** Total: whatever the bytes are. */
export function decodeEntry(bytes: Uint8Array): Decoded {
  const end = bytes.indexOf(10);
  const start = Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString('latin1');
  const [, form, checksum] = /^agent-experiments-journal (\d{1,9}) ([0-9a-f]{64})$/.exec(start) ?? [];
  if (form === undefined || checksum === undefined)
    return { kind: 'damaged', detail: 'it does not begin like an entry' };
  const body = bytes.subarray(end + 1);
  if (sha256(body) !== checksum) return { kind: 'damaged', detail: 'its checksum is wrong' };
  if (Number(form) !== FORM) return { kind: 'newer', detail: `form ${form}` };
  try {
    return readBody(JSON.parse(Buffer.from(body).toString('utf8')), checksum);
  } catch (error) {
    return { kind: 'damaged', detail: detailOf(error) };
  }
}

function readBody(body: unknown, checksum: string): Decoded {
  const { id, sequence, follows, schema, changes } = body as Record<string, unknown>;
  if (typeof id !== 'string' || typeof sequence !== 'number' || typeof follows !== 'string') {
    return { kind: 'damaged', detail: 'it does not say where it belongs' };
  }
  if (typeof schema !== 'number' || !Array.isArray(changes)) return { kind: 'damaged', detail: 'it has no changes' };
  const read: Change[] = [];
  for (const change of changes as unknown[]) {
    const [name, parameters, rows] = change as unknown[];
    if (typeof name !== 'string' || !Array.isArray(parameters) || typeof rows !== 'number') {
      return { kind: 'damaged', detail: 'a change is incomplete' };
    }
    if (!isChangeName(name)) return { kind: 'newer', detail: `the change ${name}` };
    const values = parameters.map(decodeValue);
    if (!values.every((value) => value !== undefined)) return { kind: 'damaged', detail: 'a value has no type' };
    read.push({ name, parameters: values, rows });
  }
  return { kind: 'entry', entry: { id, sequence, follows, schema, changes: read }, checksum };
}

function isChangeName(name: string): name is ChangeName {
  return Object.hasOwn(CHANGES, name);
}
