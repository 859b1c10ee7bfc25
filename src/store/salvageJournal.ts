import { join } from 'node:path';
import { parseMetadata } from '../domain/metadata';
import type { Change } from './changes';
import type { MemoryDatabase } from './engine';
import { detailOf, errnoOf } from './errors';
import { exactRows, insertExact } from './exactRows';
import type { Files } from './files';
import { readDamaged } from './importSource';
import { parseEntryName } from './journal';
import { decodeEntry } from './journalEntry';
import type { OwnTable } from './ownTables';
import type { LostPart, Salvaged } from './salvage';

/** Beside the damaged file `x.db`, its journal is `x.db-journal`: a folder of entries. It may be all that was left. */
export const JOURNAL_SUFFIX = '-journal';

/** Does in memory, on the rows that could be read, what the entries say, as far as they can be read and still apply. */
export function withJournal(
  files: Files,
  folder: string,
  { rows, lost }: Salvaged,
  { scratch, own }: { scratch: MemoryDatabase; own: readonly OwnTable[] },
): Salvaged {
  const entries = entriesIn(files, folder);
  if (entries.length === 0) return { rows, lost };
  const more: LostPart[] = [...lost, ...gapsIn(entries)];
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
      for (const change of decoded.entry.changes) {
        attempt(`${name}, ${change.name}`, () => {
          redo(scratch, change);
        });
      }
    });
  }
  const tables = new Map(own.map((table) => [table.name, exactRows(scratch, table)] as const));
  return { rows: { ...rows, tables }, lost: more };
}

/** Throws where the change needs a row that is lost, and does not say all of it. */
function redo(scratch: MemoryDatabase, change: Change): void {
  const changed = scratch.change(change.name, change.parameters);
  // What is lost need not be deleted any more.
  if (changed === change.rows || change.name.startsWith('delete')) return;
  const whole = changed === 0 ? wholeRow(change) : undefined;
  if (whole === undefined) throw new Error(`it changed ${changed} rows instead of ${change.rows}`);
  scratch.change(whole.name, whole.parameters);
}

/** The row that a change leaves, where it says all of it; undefined otherwise. */
function wholeRow({ name, parameters }: Change): Pick<Change, 'name' | 'parameters'> | undefined {
  if (name === 'updateTag') {
    const [variant = null, ...key] = parameters;
    return { name: 'insertTag', parameters: [...key, variant] };
  }
  if (name === 'updateExperiment') {
    const [title = null, metadata = null, state = null, concludedAt = null, id = null] = parameters;
    const createdAt = typeof metadata === 'string' ? parseMetadata(metadata)?.['created_at_ms'] : undefined;
    if (typeof createdAt !== 'number') return undefined;
    return { name: 'insertExperiment', parameters: [id, title, createdAt, metadata, state, concludedAt] };
  }
  return undefined;
}

/** In the order in which they were written. Throws what the file system says. */
export function entriesIn(files: Files, folder: string): string[] {
  try {
    if (files.lstat(folder).kind !== 'directory') return [];
    const names = files.readdir(folder);
    return names.filter((name) => parseEntryName(name) !== undefined).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function gapsIn(entries: readonly string[]): LostPart[] {
  const numbers = entries.map((name) => parseEntryName(name)?.sequence ?? 0);
  return numbers.flatMap((number, at): LostPart[] => {
    const before = numbers[at - 1];
    if (before === undefined || number <= before + 1) return [];
    return [{ reason: 'problem', detail: `entries ${before + 1} to ${number - 1} of the journal are missing` }];
  });
}
