import '../../support/vscodeStub';
import assert from 'node:assert/strict';
import { makeFormat } from '../../../src/webview/format';
import type { Child, VNode } from '../../../src/webview/h';
import { page } from '../../../src/webview/views/page';
import { initialView, sortBy, sorted } from '../../../src/webview/views/viewState';
import { storyPage, type Story } from '../../page/data';

const all = (nodes: readonly Child[]): VNode[] =>
  nodes.flatMap((node) => (typeof node === 'string' ? [] : [node, ...all(node.children)]));
const widths = new Map([
  ['effect', 600],
  ['sessions', 600],
  ['overTime', 600],
]);
const view = (story: Story): VNode[] => all(page(storyPage(story), initialView, widths));

describe('the views of the report page', () => {
  it('draw every story without a number that is none', () => {
    for (const story of ['win', 'none', 'harm', 'open', 'few'] as const) {
      for (const { tag, attributes } of view(story)) {
        for (const [name, value] of Object.entries(attributes)) {
          assert.doesNotMatch(value, /NaN|Infinity|undefined/, `${story}: <${tag} ${name}>`);
        }
      }
    }
  });

  it('use no element or attribute that could run something', () => {
    for (const { tag, attributes } of view('win')) {
      assert.ok(!['script', 'style', 'iframe', 'img', 'a', 'object', 'foreignObject'].includes(tag), tag);
      for (const name of Object.keys(attributes)) assert.doesNotMatch(name, /^on|^style$|href|src/);
    }
  });

  it('have a heading for every part, a name for every picture and a scope for every heading of a table', () => {
    const nodes = view('win');
    const ids = new Set(nodes.map(({ attributes }) => attributes['id']));
    for (const { tag, attributes } of nodes) {
      if (tag === 'section') assert.ok(ids.has(attributes['aria-labelledby']));
      if (attributes['role'] === 'img') assert.ok(attributes['aria-label'] && ids.has(attributes['aria-describedby']));
      if (tag === 'th') assert.ok(attributes['scope']);
    }
    assert.equal(nodes.filter(({ tag }) => tag === 'h1').length, 1);
  });

  it('give one verdict per story', () => {
    const tones = (['win', 'none', 'harm', 'open', 'few'] as const).map((story) => storyPage(story).verdict.tone);
    assert.deepEqual(tones, ['good', 'even', 'bad', 'wait', 'wait']);
  });

  it('sort by any column, ties in the order of time', () => {
    const { sample } = storyPage('win');
    const byValue = sorted(sample, sortBy(initialView, 'value'));
    const values = byValue.map(({ value }) => value ?? -Infinity);
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
    );
    const byVariant = sorted(sample, sortBy(initialView, 'variant'));
    assert.equal(byVariant[0]?.variant, 'Control');
    const times = byVariant.filter(({ variant }) => variant === 'Control').map(({ startedAt }) => startedAt);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.equal(sortBy(sortBy(initialView, 'value'), 'value').order, 'down');
  });
});

describe('the numbers of the page', () => {
  it('are written as a person reads them', () => {
    const tokens = makeFormat('en', 'count', '{0} points');
    assert.deepEqual(
      [tokens.value(84_213.4), tokens.value(3.456), tokens.short(84_213), tokens.effect('log', Math.log(0.6))],
      ['84,213', '3.46', '84.2K', '−40%'],
    );
    assert.equal(tokens.effect('log', Math.log(1.034)), '+3.4%');
    assert.equal(tokens.effect('log', 0), '0%');
    const usd = makeFormat('en', 'usd', '{0} points');
    assert.deepEqual(
      [usd.value(1.5), usd.value(0.00123), usd.effect('difference', -0.25)],
      ['$1.50', '$0.0012', '−$0.25'],
    );
    const share = makeFormat('en', 'share', '{0} points');
    assert.deepEqual([share.value(0.85), share.effect('difference', 0.04)], ['85%', '+4 points']);
    assert.equal(tokens.dateTime(9e15), '–');
  });
});
