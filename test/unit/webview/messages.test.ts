import '../../support/vscodeStub';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readFromPage, readPageState, readToPage } from '../../../src/webview/messages';
import { storyPage } from '../../page/data';

describe('the messages between the extension and the report page', () => {
  it('pass in both directions, through JSON', () => {
    for (const story of ['win', 'none', 'harm', 'open', 'few'] as const) {
      const message = { type: 'show', data: storyPage(story) };
      assert.deepEqual(readToPage(JSON.parse(JSON.stringify(message))), message);
    }
    for (const message of [
      { type: 'ready' },
      { type: 'openTranscript', sessionId: 's' },
      { type: 'export', format: 'csv' },
      { type: 'copyMarkdown' },
    ]) {
      assert.deepEqual(readFromPage(message), message);
    }
  });

  it('drop what nobody asked for', () => {
    assert.deepEqual(readFromPage({ type: 'ready', command: 'workbench.action.quit' }), { type: 'ready' });
    assert.deepEqual(readPageState({ experimentId: 'e', rows: 50, html: '<b>' }), { experimentId: 'e', rows: 50 });
  });

  it('are nothing where they are of another shape', () => {
    for (const wrong of [
      undefined,
      null,
      'ready',
      [],
      {},
      { type: 'export', format: 'exe' },
      { type: 'openTranscript' },
      { type: 'openTranscript', sessionId: 7 },
      Object.create({ type: 'ready' }),
    ]) {
      assert.equal(readFromPage(wrong), undefined);
    }
    assert.equal(readPageState({ experimentId: 'e', sort: 'size' }), undefined);
    const data = storyPage('win');
    for (const damaged of [
      { ...data, name: 7 },
      { ...data, looks: [{}] },
      { ...data, effect: { scale: 'log', estimate: Infinity } },
      { ...data, texts: {} },
      { ...data, sample: 'all' },
    ]) {
      assert.equal(readToPage({ type: 'show', data: damaged }), undefined);
    }
  });

  it('are read without an exception, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        readFromPage(value);
        readToPage(value);
        readPageState(value);
      }),
    );
  });
});
