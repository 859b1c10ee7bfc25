import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';

/** Largest window that a frame may ask for: zstd's own limit for decoders that nobody told otherwise. */
const MAX_WINDOW = 128 * 1024 * 1024;
/** Most that native decoding gives at once; larger files are decoded piece by piece. */
const MAX_AT_ONCE = 64 * 1024 * 1024;
const PIECE = 64 * 1024;
const MAGIC = 0xfd2fb528;

type DecodeAll = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

/** Node's own decoder, which came with 22.15; several times faster. */
export const nativeZstd: DecodeAll | undefined = (zlib as { zstdDecompressSync?: DecodeAll }).zstdDecompressSync;

/**
 * Decodes a zstd stream in pieces; stops when `onData` says no. Throws for a damaged stream, after handing out what came before the
 * damage. `pause` is awaited between the pieces.
 */
export async function decodeZstd(
  bytes: Buffer,
  onData: (piece: Buffer) => boolean,
  pause: () => Promise<void>,
): Promise<void> {
  if (windowSize(bytes) > MAX_WINDOW) {
    throw new Error('zstd: the window is too large');
  }
  const state = { wanted: true };
  const decoder = new Decompress((piece) => {
    state.wanted &&= onData(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  });
  for (let at = 0; at < bytes.length && state.wanted; at += PIECE) {
    const end = Math.min(bytes.length, at + PIECE);
    decoder.push(bytes.subarray(at, end), end === bytes.length);
    await pause();
  }
}

/** The whole content, by Node's own decoder; undefined where there is none, or it does not fit. */
export function decodeAtOnce(bytes: Buffer, decode: DecodeAll | undefined = nativeZstd): Buffer | undefined {
  try {
    return decode?.(bytes, { maxOutputLength: MAX_AT_ONCE });
  } catch {
    return undefined; // Decoding in pieces gives what can be had.
  }
}

/** The window that the first frame needs, in bytes. */
function windowSize(bytes: Buffer): number {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== MAGIC) {
    return 0;
  }
  const flags = bytes.readUInt8(4);
  if ((flags & 0x20) === 0) {
    const descriptor = bytes.readUInt8(5);
    const base = 2 ** (10 + (descriptor >> 3));
    return base + (base / 8) * (descriptor & 7);
  }
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const size = [1, 2, 4, 8][flags >> 6] ?? 1;
  const at = 5 + dictionary;
  if (bytes.length < at + size) {
    return 0;
  }
  return size === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, size);
}
