import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../../../src/store/engine';
import { exactRows, rowKey } from '../../../../src/store/exactRows';
import type { FileStore } from '../../../../src/store/fileStore';
import type { MergeResult } from '../../../../src/store/merge';
import { ownTables } from '../../../../src/store/ownTables';
import { author, loadWasm, tempFolder } from './fixture';

/** How the tests import. */
export const how = { author, reason: 'Imported from a file', takeDamaged: true };

/** Every row of every table of a file, so that two databases can be compared. */
export async function allRows(file: string): Promise<Record<string, string[]>> {
  const db = (await Engine.load(loadWasm)).open(new Uint8Array(readFileSync(file)));
  return Object.fromEntries(ownTables(db).map((table) => [table.name, exactRows(db, table).map(rowKey).sort()]));
}

export async function importFile(store: FileStore, file: string): Promise<MergeResult> {
  return store.merge(await store.readDatabase(file), how);
}

/** The file that an export of the store writes. */
export async function exported(store: FileStore): Promise<string> {
  const file = join(tempFolder(), 'export.db');
  writeFileSync(file, (await store.export()).bytes);
  return file;
}
