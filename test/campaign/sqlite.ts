import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import initSqlJs from 'sql.js';

export const wasmFile = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');

let engine: Promise<initSqlJs.SqlJsStatic> | undefined;

type Run = (sql: string, values?: (string | number)[]) => void;

/** The bytes of a database that the statements fill. */
export async function sqliteFile(fill: (run: Run) => void): Promise<Buffer> {
  engine ??= readFile(wasmFile).then((wasm) => initSqlJs({ wasmBinary: new Uint8Array(wasm).buffer }));
  const database = new (await engine).Database();
  try {
    fill((sql, values) => {
      database.run(sql, values);
    });
    return Buffer.from(database.export());
  } finally {
    database.close();
  }
}

const WAL_HEADER = 32;
const FRAME_HEADER = 24;

export interface WalFrame {
  page: number;
  /** The size of the database in pages after this frame, 0 where the transaction goes on. */
  commit: number;
  content: Buffer;
}

/** A write-ahead log with right checksums, whatever its frames say. */
export function walFile(pageSize: number, frames: readonly WalFrame[]): Buffer {
  const header = Buffer.alloc(WAL_HEADER);
  header.writeUInt32BE(0x377f0682, 0);
  header.writeUInt32BE(3_007_000, 4);
  header.writeUInt32BE(pageSize, 8);
  header.writeUInt32BE(0x1234, 16);
  header.writeUInt32BE(0x5678, 20);
  let sum = checksum(header.subarray(0, 24), [0, 0]);
  header.writeUInt32BE(sum[0], 24);
  header.writeUInt32BE(sum[1], 28);
  const parts: Buffer[] = [header];
  for (const { page, commit, content } of frames) {
    const frame = Buffer.alloc(FRAME_HEADER);
    frame.writeUInt32BE(page, 0);
    frame.writeUInt32BE(commit, 4);
    frame.writeUInt32BE(0x1234, 8);
    frame.writeUInt32BE(0x5678, 12);
    sum = checksum(content, checksum(frame.subarray(0, 8), sum));
    frame.writeUInt32BE(sum[0], 16);
    frame.writeUInt32BE(sum[1], 20);
    parts.push(frame, content);
  }
  return Buffer.concat(parts);
}

function checksum(bytes: Buffer, [first, second]: [number, number]): [number, number] {
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + bytes.readUInt32LE(at) + b) >>> 0;
    b = (b + bytes.readUInt32LE(at + 4) + a) >>> 0;
  }
  return [a, b];
}
