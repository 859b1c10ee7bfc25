/** Writes a write-ahead log as SQLite does, for tests of reading one. */
export class Wal {
  private readonly parts: Buffer[] = [];
  private a = 0;
  private b = 0;
  private readonly bigEndian: boolean;
  private readonly salts: Buffer;

  constructor(pageSize: number, options: { bigEndian?: boolean; salt?: number } = {}) {
    this.bigEndian = options.bigEndian ?? false;
    const header = Buffer.alloc(32);
    header.writeUInt32BE(this.bigEndian ? 0x377f0683 : 0x377f0682, 0);
    header.writeUInt32BE(3_007_000, 4);
    header.writeUInt32BE(pageSize, 8);
    header.writeUInt32BE(options.salt ?? 17, 16);
    header.writeUInt32BE(99, 20);
    this.salts = header.subarray(16, 24);
    this.sum(header.subarray(0, 24));
    header.writeUInt32BE(this.a, 24);
    header.writeUInt32BE(this.b, 28);
    this.parts.push(header);
  }

  /** `size`: pages of the database after the transaction that this frame ends, 0 where it does not end one. */
  frame(number: number, page: Buffer, size: number): this {
    const header = Buffer.alloc(24);
    header.writeUInt32BE(number, 0);
    header.writeUInt32BE(size, 4);
    this.salts.copy(header, 8);
    this.sum(header.subarray(0, 8));
    this.sum(page);
    header.writeUInt32BE(this.a, 16);
    header.writeUInt32BE(this.b, 20);
    this.parts.push(header, page);
    return this;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  private sum(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 8) {
      const read = (place: number): number => (this.bigEndian ? bytes.readUInt32BE(place) : bytes.readUInt32LE(place));
      this.a = (this.a + read(at) + this.b) % 2 ** 32;
      this.b = (this.b + read(at + 4) + this.a) % 2 ** 32;
    }
  }
}

/** A file with the header of a database in WAL mode and pages that are filled with these bytes. */
export function database(pageSize: number, fill: readonly number[]): Buffer {
  const bytes = Buffer.concat(fill.map((byte) => Buffer.alloc(pageSize, byte)));
  bytes.write('SQLite format 3\0', 0, 'latin1');
  bytes.writeUInt16BE(pageSize === 65_536 ? 1 : pageSize, 16);
  bytes[18] = 2;
  bytes[19] = 2;
  return bytes;
}
