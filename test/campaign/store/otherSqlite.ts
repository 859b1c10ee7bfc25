import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasOtherSqlite } from '../../unit/store/support/fixture';

interface Asked {
  file: string;
  tags: number;
  where: string;
}

/** Asks a program of another SQLite about many databases at once: to start it for each would take longer than all the rest. */
export class OtherSqlite {
  readonly #folder: string;
  readonly #asked: Asked[] = [];
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Keeps the bytes of a database, which is sound and has so many tags, to ask about. */
  add(bytes: Uint8Array, tags: number, where: string): void {
    if (!hasOtherSqlite()) return;
    const file = path.join(this.#folder, `${this.#asked.length}.db`);
    writeFileSync(file, bytes);
    this.#asked.push({ file, tags, where });
  }

  /** How many databases it was asked about. */
  get count(): number {
    return this.#count;
  }

  /** Asks, and forgets them. What was otherwise. */
  ask(): string[] {
    const asked = this.#asked.splice(0);
    if (asked.length === 0) return [];
    const script = asked.map(({ file }) => [
      `.open --readonly '${file}'`,
      `SELECT group_concat(integrity_check) FROM pragma_integrity_check;`,
      `SELECT count(*) FROM experiment_tags;`,
    ]);
    const options = { encoding: 'utf8', input: script.flat().join('\n'), maxBuffer: 2 ** 26 } as const;
    const lines = execFileSync('sqlite3', ['-batch', '-list'], options).trimEnd().split('\n');
    this.#count += asked.length;
    for (const { file } of asked) rmSync(file);
    return asked.flatMap(({ tags, where }, at) => {
      const answer = lines.slice(2 * at, 2 * at + 2).join();
      return answer === `ok,${tags}` ? [] : [`${where}: another SQLite says ${answer}`];
    });
  }
}
