import type { MemoryDatabase, SqlValue } from './engine';

/** A text that is no clean UTF-8, or has a NUL in it, as its bytes. */
export interface OddText {
  text: Uint8Array;
}

/** A value exactly as SQLite stores it: INTEGER is bigint, REAL number, TEXT string, BLOB bytes. */
export type ExactValue = null | bigint | number | string | Uint8Array | OddText;
export type ExactRow = readonly ExactValue[];

export interface Table {
  name: string;
  columns: readonly string[];
}

/** Names of tables and columns cannot be parameters. These come from our own schema; they are quoted all the same. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Every row. Plain reading would change texts with a NUL or broken UTF-8, and large integers. */
export function exactRows(db: MemoryDatabase, { name, columns }: Table): ExactRow[] {
  const parts = columns.map(quoted).map(
    (column) =>
      `typeof(${column}), CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB)
       WHEN 'integer' THEN CAST(${column} AS TEXT) ELSE ${column} END`,
  );
  const sql = `SELECT ${parts.join(', ')} FROM ${quoted(name)}`;
  return db.rows(sql).map((row) => columns.map((_, at) => exactValue(String(row[2 * at]), row[2 * at + 1] ?? null)));
}

function exactValue(type: string, value: SqlValue): ExactValue {
  if (type === 'integer') return BigInt(String(value));
  if (type === 'text') return exactText(value instanceof Uint8Array ? value : new Uint8Array());
  if (type === 'blob') return value instanceof Uint8Array ? value : new Uint8Array();
  return typeof value === 'number' ? value : null;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function exactText(bytes: Uint8Array): string | OddText {
  try {
    const text = decoder.decode(bytes);
    return text.includes('\0') ? { text: bytes } : text;
  } catch {
    return { text: bytes };
  }
}

function isOddText(value: ExactValue): value is OddText {
  return typeof value === 'object' && value !== null && 'text' in value;
}

/** The value as a plain one, where that loses nothing; undefined otherwise. */
export function plainValue(value: ExactValue | undefined): SqlValue | undefined {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  return value === undefined || isOddText(value) ? undefined : value;
}

/** Equal for equal values and for no others. */
export function keyOf(value: ExactValue): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value === 'number') return `r${value}`;
  if (typeof value === 'string') return `t${JSON.stringify(value)}`;
  return isOddText(value) ? `o${Buffer.from(value.text).toString('hex')}` : `b${Buffer.from(value).toString('hex')}`;
}

export const rowKey = (row: ExactRow): string => row.map(keyOf).join(' ');

/** Writes a row so that `exactRows` gives it back as it is. Throws what SQLite says. */
export function insertExact(db: MemoryDatabase, { name, columns }: Table, row: ExactRow): void {
  const values = columns.map(
    () => `CASE ? WHEN 'text' THEN CAST(? AS TEXT) WHEN 'integer' THEN CAST(? AS INTEGER) ELSE ? END`,
  );
  const sql = `INSERT INTO ${quoted(name)}(${columns.map(quoted).join(', ')}) VALUES (${values.join(', ')})`;
  db.run(
    sql,
    columns.flatMap((_, at) => parameters(row[at] ?? null)),
  );
}

/** The four of one value: its kind, and itself where its kind is read. */
function parameters(value: ExactValue): SqlValue[] {
  if (typeof value === 'bigint') return ['integer', null, String(value), null];
  if (isOddText(value)) return ['text', value.text, null, null];
  return ['other', null, null, value];
}
