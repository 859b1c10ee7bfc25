import { execFileSync } from 'node:child_process';

/** Runs a query in another SQLite, Debian's command line tool; undefined where it is not installed. */
export function otherSqlite(file: string, query: string): unknown[][] | undefined {
  try {
    const out = execFileSync('sqlite3', ['-readonly', '-json', file, query], { encoding: 'utf8' });
    return out.trim() === '' ? [] : (JSON.parse(out) as Record<string, unknown>[]).map((row) => Object.values(row));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
