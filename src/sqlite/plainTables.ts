type Rows = (sql: string) => readonly Readonly<Record<string, unknown>>[];

/**
 * Throws where one of the tables is none, but a view, a virtual table, or one that computes columns: what a database of another
 * program may run that way has no end in time or memory. A table that is missing is left to the query.
 */
export function requirePlainTables(rows: Rows, tables: readonly string[]): void {
  for (const table of tables) {
    const found = rows(`SELECT type FROM pragma_table_list('${table}')`);
    const computed = rows(`SELECT 1 FROM pragma_table_xinfo('${table}') WHERE hidden <> 0`);
    if (found.some(({ type }) => type !== 'table') || computed.length > 0) {
      throw new Error(`${table} is no plain table`);
    }
  }
}
