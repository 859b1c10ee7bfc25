import { inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  name: string;
  /** Unpacked, in bytes. */
  size: number;
  read(): Buffer;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const STORED = 0;

/** The files of a small zip archive such as a VSIX, from its central directory. No encryption, no zip64. */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw new Error('The archive has a damaged directory.');
    }
    const nameLength = archive.readUInt16LE(at + 28);
    const entry = {
      method: archive.readUInt16LE(at + 10),
      packedSize: archive.readUInt32LE(at + 20),
      size: archive.readUInt32LE(at + 24),
      start: archive.readUInt32LE(at + 42),
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
    };
    entries.push({ name: entry.name, size: entry.size, read: () => readEntry(archive, entry) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function findEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= 0; at -= 1) {
    if (archive.readUInt32LE(at) === END_SIGNATURE) {
      return at;
    }
  }
  throw new Error('This is not a zip archive.');
}

function readEntry(archive: Buffer, entry: { method: number; packedSize: number; start: number }): Buffer {
  const data = entry.start + 30 + archive.readUInt16LE(entry.start + 26) + archive.readUInt16LE(entry.start + 28);
  const packed = archive.subarray(data, data + entry.packedSize);
  return entry.method === STORED ? packed : inflateRawSync(packed);
}
