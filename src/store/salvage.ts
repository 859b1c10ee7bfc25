import { join } from 'node:path';
import { salvageImage, type SalvagedImage, type SalvagedRecord } from '../sqlite/salvage';
import type { RecordValue } from '../sqlite/record';
import type { Engine, MemoryDatabase } from './engine';
import { detailOf } from './errors';
import type { Files } from './files';
import { readDamaged } from './importSource';
import { parseEntryName } from './journal';
import { decodeEntry } from './journalEntry';
import { emptyDatabase } from './memoryCopy';
import { exactRows, exactText, insertExact, rowKey, type ExactRow, type ExactValue } from './exactRows';
import type { SourceRows } from './merge';
import { canHold, ownTables, type OwnTable } from './ownTables';

/** Something of a damaged file that could not be read. */
export interface LostPart {
  /** The table; undefined where it cannot be told. */
  table?: string;
  /** The page of the file, from 1. */
  page?: number;
  reason: 'problem' | 'page' | 'row' | 'missingRow' | 'unlikely';
  /** What is known of it: what the reader says, or the ids that an index still has. */
  detail: string;
}

/** Beside the damaged file `x.db`, its journal is `x.db-journal`: a folder of entries. */
const JOURNAL_SUFFIX = '-journal';

export interface Salvaged {
  rows: SourceRows;
  lost: readonly LostPart[];
}

function exactOf(value: RecordValue): ExactValue {
  if (typeof value !== 'object' || value === null) return value;
  return 'text' in value ? exactText(value.text) : value.blob;
}

/** A row's values, in the table's columns. Columns that were added later are missing at the end of older rows. */
function rowOf(table: OwnTable, { rowid, values }: SalvagedRecord): ExactRow | undefined {
  if (values.length > table.columns.length) return undefined;
  return table.columns.map((_, at) => (at === table.numbered ? (rowid ?? null) : exactOf(values[at] ?? null)));
}

/** Whether a row that no table leads to can be of this one: every value is of its column's type. */
function isLikely(table: OwnTable, record: SalvagedRecord, row: ExactRow): boolean {
  return (
    record.values.length === table.columns.length &&
    canHold(table, row) &&
    row.every((value, at) => value === null || typeof value === expectedType(table, at))
  );
}

function expectedType(table: OwnTable, at: number): string {
  if (table.affinities[at] === 'TEXT') return 'string';
  return table.affinities[at] === 'INTEGER' ? 'bigint' : 'number';
}

/** Everything of our tables that can be read of a damaged database's bytes, and what cannot. Total. */
function salvageRows(bytes: Uint8Array, own: readonly OwnTable[]): Salvaged {
  const image = salvageImage(bytes);
  const lost: LostPart[] = image.problems.map((detail) => ({ reason: 'problem', detail }));
  const tables = new Map<string, ExactRow[]>();
  for (const table of own) tables.set(table.name, rowsOfTable(table, image, lost));
  for (const record of image.loose) {
    for (const table of own) {
      const row = rowOf(table, record);
      if (row !== undefined && isLikely(table, record, row)) tables.get(table.name)?.push(row);
    }
  }
  for (const table of own) lost.push(...missingRows(table, tables.get(table.name) ?? [], image));
  // Ours came with its history; what a tag's history was is part of what is salvaged, or lost.
  return { rows: { version: 1, tables, strangers: [] }, lost };
}

function rowsOfTable(table: OwnTable, { tables }: SalvagedImage, lost: LostPart[]): ExactRow[] {
  const tree = tables.get(table.name);
  if (tree === undefined) {
    lost.push({ table: table.name, reason: 'problem', detail: 'the list of tables does not name it' });
    return [];
  }
  for (const { page, cell, reason } of tree.losses) {
    lost.push({ table: table.name, page, reason: cell === undefined ? 'page' : 'row', detail: reason });
  }
  return tree.records.flatMap((record) => {
    const row = rowOf(table, record);
    if (row !== undefined && canHold(table, row)) return [row];
    lost.push({
      table: table.name,
      page: record.page,
      reason: 'unlikely',
      detail: 'its values are not of their columns',
    });
    return [];
  });
}

/** Rows that the index of the primary key still names, or whose number is missing in a table from which none is removed. */
function missingRows(table: OwnTable, rows: readonly ExactRow[], { indexes }: SalvagedImage): LostPart[] {
  if (table.numbered !== undefined) return gaps(table, rows);
  const index = indexes.get(`sqlite_autoindex_${table.name}_1`);
  if (index === undefined) return [];
  const keyLength = (index.records[0]?.values.length ?? 1) - 1;
  const found = new Set(rows.map((row) => rowKey(row.slice(0, keyLength))));
  return index.records.flatMap(({ values }): LostPart[] => {
    const key = values.slice(0, keyLength).map(exactOf);
    if (found.has(rowKey(key))) return [];
    return [{ table: table.name, reason: 'missingRow', detail: key.map(shown).join(', ') }];
  });
}

const shown = (value: ExactValue): string => (typeof value === 'string' ? value : '?');

function gaps(table: OwnTable, rows: readonly ExactRow[]): LostPart[] {
  const numbers = rows.map((row) => Number(row[table.numbered ?? 0] ?? 0)).sort((a, b) => a - b);
  return numbers.flatMap((number, at): LostPart[] => {
    const first = (numbers[at - 1] ?? 0) + 1;
    if (number <= first) return [];
    return [
      { table: table.name, reason: 'missingRow', detail: first === number - 1 ? `${first}` : `${first}–${number - 1}` },
    ];
  });
}

/**
 * What can be read of a damaged file that was put aside, with the journal that was put aside with it. Changes nothing. Throws
 * SourceError where there is no file, or it is too large.
 */
export function salvageFile(files: Files, engine: Engine, file: string): Salvaged {
  const scratch = emptyDatabase(engine);
  try {
    const own = ownTables(scratch);
    const salvaged = salvageRows(readDamaged(files, file), own);
    return withJournal(files, file + JOURNAL_SUFFIX, salvaged, { scratch, own });
  } finally {
    scratch.close();
  }
}

/** Does in memory, on the rows that could be read, what the entries say, as far as they can be read and still apply. */
function withJournal(
  files: Files,
  folder: string,
  { rows, lost }: Salvaged,
  { scratch, own }: { scratch: MemoryDatabase; own: readonly OwnTable[] },
): Salvaged {
  const entries = entriesIn(files, folder);
  if (entries.length === 0) return { rows, lost };
  const more: LostPart[] = [...lost];
  const attempt = (detail: string, step: () => void): void => {
    try {
      step();
    } catch (error) {
      more.push({ reason: 'row', detail: `${detail}: ${detailOf(error)}` });
    }
  };
  for (const table of own) {
    for (const row of rows.tables.get(table.name) ?? []) {
      attempt(table.name, () => {
        insertExact(scratch, table, row);
      });
    }
  }
  for (const name of entries) {
    attempt(name, () => {
      const decoded = decodeEntry(readDamaged(files, join(folder, name)));
      if (decoded.kind !== 'entry') throw new Error(decoded.detail);
      for (const { name: change, parameters } of decoded.entry.changes) {
        attempt(`${name}, ${change}`, () => scratch.change(change, parameters));
      }
    });
  }
  const tables = new Map(own.map((table) => [table.name, exactRows(scratch, table)] as const));
  return { rows: { ...rows, tables }, lost: more };
}

/** In the order in which they were written. */
function entriesIn(files: Files, folder: string): string[] {
  try {
    if (files.lstat(folder).kind !== 'directory') return [];
    return files
      .readdir(folder)
      .filter((name) => parseEntryName(name) !== undefined)
      .sort();
  } catch {
    return [];
  }
}
