import { createHash } from 'node:crypto';
import { compareText } from '../domain/experiment';

/** Digests of instruction files by path, relative to the folder, with slashes. */
export type InstructionFiles = Readonly<Record<string, string>>;

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const CR = 13;
const LF = 10;

/**
 * The digest of a file's content. A line end counts alike in both spellings: git writes the one or the other into the working
 * tree, by a setting, and no agent reads another rule in it.
 */
export function contentDigest(content: Uint8Array): string {
  if (!content.includes(CR)) return sha256(content);
  const plain = new Uint8Array(content.length);
  let length = 0;
  for (let i = 0; i < content.length; i += 1) {
    const byte = content[i] ?? 0;
    if (byte === CR && content[i + 1] === LF) continue;
    plain[length] = byte;
    length += 1;
  }
  return sha256(plain.subarray(0, length));
}

/** One digest of all instruction files: which there are, and what each says. No file at all is a state, too. */
export function fingerprintOf(files: InstructionFiles): string {
  const lines = Object.entries(files)
    .sort(([a], [b]) => compareText(a, b))
    .map(([path, digest]) => `${path}\0${digest}\n`);
  return sha256(lines.join(''));
}

export type FileChange = 'added' | 'removed' | 'changed';

/** Which files differ, in the order of their paths. */
export function changesBetween(
  before: InstructionFiles,
  after: InstructionFiles,
): { path: string; change: FileChange }[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
  return paths.flatMap((path): { path: string; change: FileChange }[] => {
    const [old, now] = [before[path], after[path]];
    if (old === now) return [];
    return [{ path, change: old === undefined ? 'added' : now === undefined ? 'removed' : 'changed' }];
  });
}
