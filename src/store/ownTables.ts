import type { MemoryDatabase } from './engine';
import type { ExactRow, ExactValue, Table } from './exactRows';

/** A table of our schema, with what its columns can hold. */
export interface OwnTable extends Table {
  affinities: readonly ('TEXT' | 'INTEGER' | 'other')[];
  required: readonly boolean[];
  /** The column that numbers the rows by itself; undefined where there is none. */
  numbered: number | undefined;
  /** The columns of its key; empty where the rows are numbered. */
  key: readonly number[];
}

/** Tells a file from other files, and says nothing of experiments. */
const OF_THE_FILE = ['journal_base'];

/** The tables with rows of experiments in a database that has our schema and nothing else. */
export function ownTables(db: MemoryDatabase): OwnTable[] {
  const names = db.rows(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  );
  const told = names.map(([name]) => String(name)).filter((name) => !OF_THE_FILE.includes(name));
  return told.map((name) => {
    const columns = db.rows('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', [name]);
    const numbered = columns.findIndex(([, type, , pk]) => type === 'INTEGER' && pk === 1);
    return {
      name,
      columns: columns.map(([column]) => String(column)),
      affinities: columns.map(([, type]) => (type === 'TEXT' || type === 'INTEGER' ? type : 'other')),
      required: columns.map(([, , notNull]) => notNull === 1),
      numbered: numbered < 0 ? undefined : numbered,
      key: numbered < 0 ? columns.flatMap(([, , , pk], at) => (Number(pk) > 0 ? [at] : [])) : [],
    };
  });
}

/** Whether the table would hold the row as it is: SQLite changes some values to the type of their column, and needs others. */
export function canHold(table: OwnTable, row: ExactRow): boolean {
  return row.every((value, at) => {
    if (value === null) return table.required[at] !== true || at === table.numbered;
    if (at === table.numbered) return typeof value === 'bigint';
    switch (table.affinities[at]) {
      case 'TEXT':
        return typeof value !== 'bigint' && typeof value !== 'number';
      case 'INTEGER':
        return typeof value === 'bigint' || (typeof value !== 'number' ? !isNumeric(value) : !Number.isInteger(value));
      default:
        return true;
    }
  });
}

function isNumeric(value: ExactValue): boolean {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
}

export function isOwnTable(tables: readonly OwnTable[], name: string): boolean {
  return OF_THE_FILE.includes(name) || tables.some((table) => table.name === name);
}
