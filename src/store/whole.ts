import { readIfChanged } from './databaseFile';
import { StoreError } from './errors';
import type { Files } from './files';

/**
 * The bytes of the database as it is now, which any SQLite opens: the file, with what is still in its journal. Undefined where
 * there is no file. Needs no lock and writes nothing. Throws StoreError `readOnly`.
 */
export function wholeDatabase(files: Files, file: string): Uint8Array | undefined {
  const content = readIfChanged(files, file, undefined);
  switch (content.kind) {
    case 'bytes':
      return content.bytes;
    case 'unreadable':
      throw new StoreError({ code: 'readOnly', problem: 'unreadable', detail: content.detail, file });
    default:
      return undefined;
  }
}
