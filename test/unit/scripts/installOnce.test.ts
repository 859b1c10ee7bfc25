import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installOnce } from '../../../scripts/editor/installOnce';

describe('installing an editor once', () => {
  let parent: string;
  const target = (): string => path.join(parent, 'editor');

  beforeEach(() => {
    parent = mkdtempSync(path.join(os.tmpdir(), 'agentx-once-'));
  });
  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it('fills the folder, and never again', async () => {
    let fills = 0;
    const fill = (folder: string): Promise<void> => {
      fills += 1;
      writeFileSync(path.join(folder, 'program'), 'complete');
      return Promise.resolve();
    };
    await installOnce(target(), fill);
    await installOnce(target(), fill);
    assert.equal(fills, 1);
    assert.deepEqual(readdirSync(parent), ['editor']);
  });

  it('leaves one whole folder when two install at once', async () => {
    const fill =
      (who: string) =>
      async (folder: string): Promise<void> => {
        writeFileSync(path.join(folder, 'first'), who);
        await new Promise((resolve) => setImmediate(resolve));
        writeFileSync(path.join(folder, 'second'), who);
      };
    await Promise.all([installOnce(target(), fill('a')), installOnce(target(), fill('b'))]);
    assert.deepEqual(readdirSync(parent), ['editor']);
    assert.equal(
      readFileSync(path.join(target(), 'first'), 'utf8'),
      readFileSync(path.join(target(), 'second'), 'utf8'),
    );
  });

  it('leaves nothing when it fails, so that the next try starts anew', async () => {
    await assert.rejects(
      installOnce(target(), () => Promise.reject(new Error('no disk'))),
      /no disk/,
    );
    assert.deepEqual(readdirSync(parent), []);
  });

  it('removes what a killed install left long ago, and nothing of one that may be running', async () => {
    const old = path.join(parent, 'editor.unfinished-old');
    mkdirSync(old);
    mkdirSync(path.join(parent, 'editor.unfinished-new'));
    const longAgo = new Date(Date.now() - 3 * 60 * 60 * 1000);
    utimesSync(old, longAgo, longAgo);
    await installOnce(target(), () => Promise.resolve());
    assert.deepEqual(readdirSync(parent).sort(), ['editor', 'editor.unfinished-new']);
  });
});
