import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Seed } from './seeds/seed';
import { zstdFrame } from './zstd';

const MEGABYTE = 1024 * 1024;
const PIECE = 4 * MEGABYTE;

/** A file of the victim that is too big to be held, so it is written piece by piece. */
export interface HugeCase {
  name: string;
  fits(seed: Seed): boolean;
  megabytes: number;
  /** Seconds that the case may take, its writing left out. */
  seconds: number;
  write(file: string, content: Buffer, megabytes: number): void;
}

function fill(file: string, parts: { before: Buffer; unit: Buffer; after: Buffer }, megabytes: number): void {
  const handle = fs.openSync(file, 'w');
  try {
    fs.writeSync(handle, parts.before);
    const piece = Buffer.alloc(PIECE - (PIECE % parts.unit.length), parts.unit);
    for (let left = megabytes * MEGABYTE; left > 0; left -= piece.length) {
      fs.writeSync(handle, piece);
    }
    fs.writeSync(handle, parts.after);
  } finally {
    fs.closeSync(handle);
  }
}

const nothing = Buffer.alloc(0);
const isText = ({ main }: Seed): boolean => !/db|zst/.test(main.source);
const isLines = ({ main }: Seed): boolean => main.source.endsWith('jsonl$');
const isZstd = ({ name }: Seed): boolean => name === 'codex-zstd';
const isDatabase = ({ main }: Seed): boolean => main.source.includes('db');

function filled(
  name: string,
  fits: (seed: Seed) => boolean,
  megabytes: number,
  parts: (content: Buffer) => { before: Buffer; unit: Buffer; after: Buffer },
): HugeCase {
  return {
    name,
    fits,
    megabytes,
    seconds: 5 + megabytes * 0.1,
    write: (file, content, size) => {
      fill(file, parts(content), size);
    },
  };
}

function bomb(name: string, gigabytes: number, start: (content: Buffer) => Buffer, byte: number): HugeCase {
  const megabytes = gigabytes * 1024;
  return {
    name: `${name}, ${gigabytes} GB from ${Math.ceil((gigabytes * 32) / 1024)} MB`,
    fits: isZstd,
    megabytes,
    seconds: 5 + megabytes * 0.005,
    write: (file, content, size) => {
      fs.writeFileSync(file, zstdFrame(start(content), { byte, bytes: size * MEGABYTE }));
    },
  };
}

const inside = (content: Buffer): Buffer => content.subarray(9, -3);
const newline = Buffer.from('\n');
const quoted = Buffer.from('{"type":"user","message":{"role":"user","content":"');

/** Few, slow, and each in a process of its own. */
export const HUGE_CASES: readonly HugeCase[] = [
  filled('one line of 200 MB after the session', isLines, 200, (content) => ({
    before: Buffer.concat([content, quoted]),
    unit: Buffer.from('x'),
    after: Buffer.from('"}}\n'),
  })),
  filled('one line of 200 MB before the session', isLines, 200, (content) => ({
    before: nothing,
    unit: Buffer.from('x'),
    after: Buffer.concat([newline, content]),
  })),
  filled('a line of 60 MB that is JSON', isLines, 60, (content) => ({
    before: Buffer.concat([content, quoted]),
    unit: Buffer.from('é "'.replace('"', '\\"')),
    after: Buffer.from('"}}\n'),
  })),
  filled('an unfinished line of 200 MB', isLines, 200, (content) => ({
    before: content,
    unit: Buffer.from('['),
    after: nothing,
  })),
  filled('200 MB of NULs', isText, 200, (content) => ({ before: content, unit: Buffer.alloc(1), after: nothing })),
  filled('50 MB of empty lines', isLines, 50, (content) => ({ before: content, unit: newline, after: nothing })),
  filled('200 MB of short lines', isLines, 200, (content) => ({
    before: content,
    unit: Buffer.from('{"type":"x","text":"0123456789012345678901234567890123456789012345678901234567890123456789"}\n'),
    after: nothing,
  })),
  filled(
    'a document of 120 MB',
    (seed) => isText(seed) && !isLines(seed),
    120,
    () => ({
      before: Buffer.from('{"messages":[1'),
      unit: Buffer.from(',1234567'),
      after: Buffer.from(']}'),
    }),
  ),
  filled(
    'a document of 200 MB',
    (seed) => isText(seed) && !isLines(seed),
    200,
    () => ({
      before: Buffer.from('["'),
      unit: Buffer.from('x'),
      after: Buffer.from('"]'),
    }),
  ),
  filled('a database with 200 MB behind it', isDatabase, 200, (content) => ({
    before: content,
    unit: Buffer.alloc(1),
    after: nothing,
  })),
  bomb('a bomb of one byte', 2, inside, 0x61),
  bomb('a bomb of blanks at the start', 2, () => nothing, 0x20),
  bomb('a bomb of empty lines', 2, inside, 0x0a),
  bomb('a bomb of brackets', 2, inside, 0x5b),
];

export function writeHuge(huge: HugeCase, home: string, target: string, content: Buffer): void {
  huge.write(path.join(home, target), content, huge.megabytes);
}
