/**
 * The simplest zstd frames, written by hand so that they do not need a compressor: raw blocks for content, blocks that repeat one byte
 * for bombs (4 bytes become 128 KiB).
 */
const MAX_BLOCK = 128 * 1024;
/** Magic number, no content size, no checksum, no single segment; a window of 128 KiB. */
const HEADER = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]);

const RAW = 0;
const REPEATED = 1;

function blockHeader(type: number, size: number, last: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return header;
}

/** Blocks of `content`, after them (optionally) one byte so many times. */
export function zstdFrame(content: Buffer, bomb?: { byte: number; bytes: number }): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < content.length; at += MAX_BLOCK) {
    const block = content.subarray(at, at + MAX_BLOCK);
    parts.push(blockHeader(RAW, block.length, false), block);
  }
  for (let left = bomb?.bytes ?? 0; left > 0; left -= MAX_BLOCK) {
    parts.push(blockHeader(REPEATED, Math.min(left, MAX_BLOCK), false), Buffer.from([bomb?.byte ?? 0]));
  }
  parts.push(blockHeader(RAW, 0, true));
  return Buffer.concat(parts);
}

/** Many frames one after the other, each with the content: what they say counts again and again. */
export function zstdRepeated(content: Buffer, times: number): Buffer {
  const frame = zstdFrame(content);
  return Buffer.concat(Array.from({ length: times }, () => frame));
}
