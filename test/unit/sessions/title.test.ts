import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maskSecrets, titleFrom } from '../../../src/sessions/reading/title';

describe('titles', () => {
  it('are one line without control and bidirectional characters', () => {
    assert.equal(titleFrom('  a\n\tb\u0000\u001b[31m \u202ec\u2066\ufeff d\u2028e '), 'a b [31m c d e');
    assert.equal(titleFrom(' \n\u200b\u202e'), undefined);
    assert.equal(titleFrom('x\ud800y'), 'xy');
  });

  it('are cut at a word, at about 60 characters', () => {
    const title = titleFrom('word '.repeat(50)) ?? '';
    assert.match(title, /^(word )+word…$/);
    assert.ok(title.length > 50 && title.length <= 60);
    assert.equal(Array.from(titleFrom('\u{1F600}'.repeat(100)) ?? '').length, 60);
    assert.equal(titleFrom('y'.repeat(60)), 'y'.repeat(60));
  });

  it('never hold what looks like a secret', () => {
    const tail = 'Zz9Yy8Xx7Ww6Vv5Uu4';
    for (const secret of [
      `sk-ant-${tail}`,
      `sk_live_${tail}`,
      `ghp_${tail}`,
      `github_pat_${tail}`,
      `glpat-${tail}`,
      `xoxb-12345678-${tail}`,
      `npm_${tail}`,
      'AKIA0123456789ABCDEF',
      `AIza${tail}${tail}`,
      `eyJhbGciOiJIUzI1.${tail}.${tail}`,
      '0123456789abcdef0123456789abcdef',
      `${tail}${tail}`,
    ]) {
      for (const text of [secret, `use ${secret} please`, `KEY="${secret}"`, `(${secret})`]) {
        assert.equal((titleFrom(text) ?? '').includes(secret.slice(-8)), false, text);
      }
    }
    for (const [text, gone] of [
      ['password: hunter22', 'hunter22'],
      ['my api_key=abcdef', 'abcdef'],
      ['Authorization: Bearer abc.def-ghi', 'abc.def'],
      ['clone https://ada:lovelace@example.org/x', 'lovelace'],
    ] as const) {
      assert.equal((titleFrom(text) ?? '').includes(gone), false, text);
    }
  });

  it('cut after masking, so that no half of a secret is left', () => {
    const secret = 'ghp_Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0Pp9Oo8';
    for (let before = 0; before < 70; before++) {
      assert.equal((titleFrom(`${'a'.repeat(before)} ${secret}`) ?? '').includes('ghp_Z'), false);
    }
  });

  it('leave ordinary words alone', () => {
    for (const text of [
      'Fix src/checkout/discountCodes.test.ts and the README',
      'Why is the total off by 0.01?',
      'Rename getCustomerOrdersByCreationDate to listOrders',
      'See https://example.org/a/b?c=1',
      'The token budget is too small',
    ]) {
      assert.equal(maskSecrets(text), text);
    }
  });

  it('are short and clean for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const title = titleFrom(text) ?? '-';
        assert.ok(Array.from(title).length <= 60);
        assert.doesNotMatch(title, /[\p{Cc}\p{Cf}\p{Cs}]|^\s|\s$|\s\s/u);
      }),
    );
  });
});
