import type { Random } from '../../../scripts/demo/random';

/** A change of a file's bytes. `other` is a file that it may be spliced with. */
export type ByteMutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const BROKEN_UTF8: readonly Buffer[] = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
].map((bytes) => Buffer.from(bytes));

/** Characters that repeated lines may come to: huge files are cases of their own. */
const MAX_REPEATED = 10_000_000;

function insert(bytes: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function place(bytes: Buffer, random: Random): number {
  return random.between(0, bytes.length);
}

function onLines(change: (lines: string[], random: Random) => string[]): ByteMutation {
  return (bytes, random) => Buffer.from(change(bytes.toString('latin1').split('\n'), random).join('\n'), 'latin1');
}

export const BYTE_MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  cut: (bytes, random) => bytes.subarray(0, place(bytes, random)),
  behead: (bytes, random) => bytes.subarray(place(bytes, random)),
  hole: (bytes, random) => {
    const at = place(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 200))]);
  },
  splice: (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]),
  insertOther: (bytes, random, other) => insert(bytes, place(bytes, random), other),
  flip: (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let left = random.pick([1, 1, 2, 5, 50]); left > 0 && changed.length > 0; left--) {
      const at = random.between(0, changed.length - 1);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.between(0, 7));
    }
    return changed;
  },
  noise: (bytes, random) => {
    const noise = Buffer.from(Array.from({ length: random.between(1, 300) }, () => random.between(0, 255)));
    return insert(bytes, place(bytes, random), noise);
  },
  nuls: (bytes, random) => insert(bytes, place(bytes, random), Buffer.alloc(random.pick([1, 7, 512, 4096, 100_000]))),
  overwriteWithNuls: (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = place(bytes, random);
    return changed.fill(0, at, Math.min(bytes.length, at + random.pick([1, 16, 512, 4096])));
  },
  brokenUtf8: (bytes, random) => insert(bytes, place(bytes, random), random.pick(BROKEN_UTF8)),
  bom: (bytes, random) => insert(bytes, random.pick([0, 0, place(bytes, random)]), BOM),
  utf16: (bytes, random) => {
    const text = Buffer.from(bytes.toString('utf8'), 'utf16le');
    return random.chance(0.5) ? text : Buffer.concat([Buffer.from([0xff, 0xfe]), text]);
  },
  crlf: (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
  oldMacLines: (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r'), 'latin1'),
  noLines: (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', ''), 'latin1'),
  blankLines: (bytes, random) =>
    insert(
      bytes,
      place(bytes, random),
      Buffer.from(random.pick(['\n', ' \n', '\r\n', '\t\n']).repeat(random.between(1, 5000))),
    ),
  duplicateLines: onLines((lines, random) => lines.flatMap((line) => (random.chance(0.3) ? [line, line] : [line]))),
  repeatLine: onLines((lines, random) => {
    const longest = lines.reduce((most, { length }) => Math.max(most, length), 1);
    const times = Math.min(3000, Math.floor(MAX_REPEATED / longest));
    return [...lines, ...Array.from({ length: times }, () => random.pick(lines))];
  }),
  reorderLines: onLines((lines, random) =>
    lines
      .map((line) => ({ line, key: random.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ line }) => line),
  ),
  dropLines: onLines((lines, random) => lines.filter(() => random.chance(0.7))),
  reverseLines: onLines((lines) => [...lines].reverse()),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  empty: () => Buffer.alloc(0),
  onlyNuls: (bytes) => Buffer.alloc(bytes.length),
  digits: (bytes, random) => {
    const numbers = [
      '-1',
      '0',
      '1e999',
      '9007199254740993',
      '99999999999999999999999',
      '-0',
      '0.5',
      '1e-9',
      'NaN',
      'null',
    ];
    return Buffer.from(
      bytes
        .toString('latin1')
        .replace(/(?<=[:[,])\d+/g, (digits) => (random.chance(0.2) ? random.pick(numbers) : digits)),
      'latin1',
    );
  },
};
