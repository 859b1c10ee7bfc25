import assert from 'node:assert/strict';
import fc from 'fast-check';
import { headAt, parseReflog } from '../../../src/git/reflog';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(64);
const line = (old: string, next: string, seconds: number, message: string): string =>
  `${old} ${next} Ada <ada@example.com> ${seconds} +0100\t${message}\n`;

describe('Reflog: lines', () => {
  it('are read whatever the name and the message hold', () => {
    assert.deepEqual(parseReflog(`${A} ${B} Ada 5 +0000 <a@b.c> 12 -0930\tcommit: x\t<y> 99 +0000 \n`), [
      { old: A, new: B, time: 12_000, message: 'commit: x\t<y> 99 +0000 ' },
    ]);
    assert.deepEqual(parseReflog(`${C} ${C} <> 12 +0000\n`), [{ old: C, new: C, time: 12_000, message: '' }]);
    assert.deepEqual(parseReflog(''), []);
  });

  it('that are none break the chain', () => {
    const entries = parseReflog(`${line(A, B, 1, 'commit: x')}hello\n${line(B, A, 3, 'commit: y')}`);
    assert.deepEqual(
      entries.map((entry) => entry?.time),
      [1000, undefined, 3000],
    );
    assert.deepEqual(headAt(entries, 2000, 'main'), {});
    assert.deepEqual(headAt(entries, 3000, 'main'), { commit: A, branch: 'main' });
  });
});

describe('Reflog: HEAD at a moment', () => {
  it('goes by the last of entries of the same second', () => {
    const entries = parseReflog(line(A, B, 5, 'commit: x') + line(B, A, 5, 'reset: moving to HEAD~1'));
    assert.equal(headAt(entries, 5999, 'main').commit, A);
    assert.equal(headAt(entries, 4999, 'main').commit, undefined);
  });

  it('is on no branch where checkout and what follows disagree', () => {
    const entries = parseReflog(line(A, B, 5, 'checkout: moving from main to side'));
    assert.deepEqual(headAt(entries, 6000, 'side'), { commit: B, branch: 'side' });
    assert.deepEqual(headAt(entries, 6000, 'other'), { commit: B });
    assert.deepEqual(headAt(entries, 6000, undefined), { commit: B });
  });

  it('has no commit after an entry that names none', () => {
    assert.deepEqual(headAt(parseReflog(line(A, '0'.repeat(40), 5, '')), 6000, 'main'), {});
  });
});

describe('Reflog: any input', () => {
  const ids = fc.constantFrom(A, B, '0'.repeat(40));
  const messages = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'checkout: moving from main to side',
      'checkout: moving from side to main',
      `checkout: moving from ${A} to main`,
      'commit: x',
      'commit (initial): x',
      'rebase (start): checkout main',
      'rebase (finish): returning to refs/heads/side',
      'Branch: renamed refs/heads/main to refs/heads/side',
    ),
  );
  const lines = fc.oneof(
    fc.string(),
    fc.tuple(ids, ids, fc.nat(20), messages).map((parts) => line(...parts).trimEnd()),
  );

  it('never throws, and names only commits and branches that the log or HEAD names', () => {
    fc.assert(
      fc.property(fc.array(lines), fc.integer({ min: -1, max: 25_000 }), (text, time) => {
        const { commit, branch } = headAt(parseReflog(text.join('\n')), time, 'now');
        assert.ok(commit === undefined || text.some((one) => one.includes(commit)));
        assert.ok(branch === undefined || branch === 'now' || text.some((one) => one.includes(branch)));
        assert.ok(branch === undefined || commit !== undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('knows the commit after every entry of an unbroken log', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1 }), fc.nat(200), (gaps, asked) => {
        const id = (i: number): string => i.toString(16).padStart(40, '1');
        let time = 0;
        const entries = gaps.map((gap, i) => ({ old: id(i), new: id(i + 1), time: (time += gap) * 1000, message: '' }));
        const expected = entries.filter((entry) => entry.time <= asked * 1000).at(-1)?.new;
        assert.equal(headAt(entries, asked * 1000, 'main').commit, expected);
      }),
    );
  });
});
