import { readIfChanged } from './databaseFile';
import type { Engine } from './engine';
import { detailOf, StoreError } from './errors';
import type { Files } from './files';
import { nextCounter, parseHeader } from './header';
import { listJournal, readBase, replay, setBase, type Listing } from './journal';
import { sealedExport, sealOf } from './seal';

/** A look may meet the moment in which entries went into the file. */
const LOOKS = 5;

/**
 * The bytes of the database as it is now, which any SQLite opens, in the schema that its file has: the file, byte for byte, where
 * it has no journal, and with the journal in it otherwise. Undefined where there is no file. Needs no lock and writes nothing.
 * Throws StoreError `readOnly`.
 */
export function wholeDatabase(files: Files, file: string, engine: Engine): Uint8Array | undefined {
  for (let looks = LOOKS; ; looks -= 1) {
    try {
      const listing = listJournal(files, file);
      const content = readIfChanged(files, file, undefined);
      if (content.kind === 'unreadable') throw new Error(content.detail);
      if (content.kind !== 'bytes') {
        if (listing.names.length > 0) throw new Error('the file is missing, but its journal is there');
        return undefined;
      }
      return listing.names.length === 0 ? content.bytes : withJournal(engine, content.bytes, { files, file, listing });
    } catch (error) {
      if (looks > 1) continue;
      throw new StoreError({ code: 'readOnly', problem: 'unreadable', detail: detailOf(error), file }, error);
    }
  }
}

function withJournal(
  engine: Engine,
  bytes: Uint8Array,
  { files, file, listing }: { files: Files; file: string; listing: Listing },
): Uint8Array {
  const db = engine.open(Uint8Array.from(bytes));
  try {
    if (sealOf(db, bytes) === 'broken') throw new Error('its bytes are not those that were written');
    const base = readBase(db);
    const replayed = replay(files, file, db, { base, at: base, entries: 0, bytes: 0 }, listing);
    if (replayed.kind !== 'done') throw new Error(replayed.detail);
    if (replayed.applied === 0) return bytes;
    setBase(db, replayed.progress.at);
    return sealedExport(db, nextCounter(parseHeader(bytes)?.counter ?? 0));
  } finally {
    db.close();
  }
}
