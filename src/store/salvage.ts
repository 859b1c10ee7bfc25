import { salvageImage, type SalvagedImage, type SalvagedRecord } from '../sqlite/salvage';
import type { RecordValue } from '../sqlite/record';
import type { Engine } from './engine';
import { detailOf } from './errors';
import type { Files } from './files';
import { readDamaged, SourceError } from './importSource';
import { emptyDatabase } from './memoryCopy';
import { exactText, rowKey, type ExactRow, type ExactValue } from './exactRows';
import type { SourceRows } from './merge';
import { canHold, ownTables, type OwnTable } from './ownTables';
import { entriesIn, JOURNAL_SUFFIX, withJournal } from './salvageJournal';

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
 * What can be read of a damaged file that was put aside, with the journal that was put aside with it; or of such a journal whose
 * file was gone already. Changes nothing. Throws SourceError where there is neither, or it is too large.
 */
export function salvageFile(files: Files, engine: Engine, file: string): Salvaged {
  const scratch = emptyDatabase(engine);
  try {
    const own = ownTables(scratch);
    const alone = file.endsWith(JOURNAL_SUFFIX) && entriesIn(files, file).length > 0;
    const salvaged = alone ? nothingOf(own) : salvageRows(readDamaged(files, file), own);
    return withJournal(files, alone ? file : file + JOURNAL_SUFFIX, salvaged, { scratch, own });
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError({ code: 'unreadable', detail: detailOf(error) }, file, error);
  } finally {
    scratch.close();
  }
}

function nothingOf(own: readonly OwnTable[]): Salvaged {
  const tables = new Map(own.map(({ name }) => [name, []] as const));
  const detail = 'the database file that this journal belongs to is missing';
  return { rows: { version: 1, tables, strangers: [] }, lost: [{ reason: 'problem', detail }] };
}
