import type { FileAccess } from './fileAccess';

/** A whole file of at most `maxBytes`; `size` is what it is known to have, what was added since is left out. */
export async function readBytes(access: FileAccess, path: string, size: number, maxBytes: number): Promise<Buffer> {
  if (size > maxBytes) {
    throw new Error(`${size} bytes, more than ${maxBytes}`);
  }
  const file = await access.open(path);
  try {
    const buffer = Buffer.alloc(size);
    let got = 0;
    for (let more = -1; more !== 0 && got < size; got += more) {
      more = await file.read(buffer.subarray(got), got);
    }
    return buffer.subarray(0, got);
  } finally {
    await file.close();
  }
}
