import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineSplitter, parseLine } from '../../../src/sessions/reading/jsonLines';
import type { LineSink } from '../../../src/sessions/reading/jsonLines';

/** Lines, the rest and how many were too long, of a text in chunks. */
function split(
  chunks: readonly Buffer[],
  limit?: number,
): { lines: string[]; rest: string | undefined; tooLong: number } {
  const splitter = new LineSplitter(limit);
  const lines: string[] = [];
  let tooLong = 0;
  for (const chunk of chunks) {
    splitter.push(chunk, {
      line: (bytes, from, to) => lines.push(bytes.toString('latin1', from, to)),
      tooLong: () => {
        tooLong++;
      },
    });
  }
  return { lines, rest: splitter.rest()?.toString('latin1'), tooLong };
}

const chunked = (text: string, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
    Buffer.from(text.slice(i * size, (i + 1) * size), 'latin1'),
  );

const isFilled = (line: string): boolean => line !== '';

describe('lines of a file', () => {
  it('are the same however the bytes come in', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\0', '{', '\u00ff'), maxLength: 200 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 12 }), (whole, size, limit) => {
        const expected = whole.split('\n');
        const rest = expected.pop() ?? '';
        const fit = expected.filter((line) => line.length <= limit);
        const found = split(chunked(whole, size), limit);
        assert.ok(found.lines.length <= fit.length);
        assert.deepEqual(
          { ...found, lines: found.lines.filter(isFilled) },
          {
            lines: fit.filter(isFilled),
            rest: rest.length <= limit ? rest : undefined,
            tooLong: expected.length - fit.length,
          },
        );
      }),
    );
  });

  it('that are empty are not all told, for a damaged file may hold nothing else', () => {
    assert.deepEqual(split([Buffer.from('a\n\n\n\n\nb\n')]).lines, ['a', 'b']);
    assert.deepEqual(split([Buffer.from('a'), Buffer.from('\n\n\n'), Buffer.from('\n\nb')]).lines, ['a', '']);
  });

  it('may share their buffer: what is held is a copy', () => {
    const buffer = Buffer.from('ab');
    const splitter = new LineSplitter();
    const lines: string[] = [];
    const sink: LineSink = {
      line: (bytes, from, to) => lines.push(bytes.toString('latin1', from, to)),
      tooLong: () => undefined,
    };
    splitter.push(buffer, sink);
    buffer.write('c\n');
    splitter.push(buffer, sink);
    assert.deepEqual(lines, ['abc']);
  });

  it('are parsed as objects, whatever blanks, NULs or a byte order mark stand around', () => {
    for (const text of ['{"a":1}', ' {"a":1}\r', '\0\0{"a":1}\0', '\ufeff{"a":1}']) {
      assert.deepEqual(parseLine(Buffer.from(text)), { kind: 'record', record: { a: 1 } });
    }
    for (const text of ['', ' \t\r', '\0\0', '\ufeff']) {
      assert.deepEqual(parseLine(Buffer.from(text)), { kind: 'blank' });
    }
    for (const text of ['{', '[]', 'null', '1', '"a"', '{"a":1}{"a":1}']) {
      assert.deepEqual(parseLine(Buffer.from(text)), { kind: 'bad' });
    }
  });
});
