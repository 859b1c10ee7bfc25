/** One line of the table that the bench prints. */
export interface Row {
  what: string;
  value: string;
  /** What it is compared with, measured in the same run. */
  beside?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

export const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
export const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const kb = (bytes: number): string => `${Math.round(bytes / 1e3)} kB`;
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} ×`;

export function printTable(title: string, rows: readonly Row[]): void {
  const width = (field: (row: Row) => string): number => Math.max(...rows.map((row) => field(row).length));
  const [what, value] = [width((row) => row.what), width((row) => row.value)];
  console.log(`\n${title}`);
  for (const row of rows) {
    console.log(`  ${row.what.padEnd(what)}  ${row.value.padStart(value)}  ${row.beside ?? ''}`.trimEnd());
  }
}
