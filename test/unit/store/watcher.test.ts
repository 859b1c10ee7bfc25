import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subscription } from '../../../src/store/experimentStore';
import { watchFile } from '../../../src/store/watcher';
import { cleanUp, tempFolder } from './support/fixture';

/** Resolves at the next look; a test that waits in vain fails by its timeout. */
class Looks {
  #waiting: (() => void) | undefined;
  count = 0;
  readonly look = (): void => {
    this.count += 1;
    this.#waiting?.();
  };
  next(): Promise<void> {
    return new Promise((resolve) => (this.#waiting = resolve));
  }
}

describe('store: watcher', function () {
  this.timeout(20_000);
  let watching: Subscription | undefined;
  afterEach(() => {
    watching?.dispose();
    cleanUp();
  });

  it('looks when the file changes', async () => {
    const file = join(tempFolder(), 'experiments.db');
    const looks = new Looks();
    watching = watchFile(file, 'journal', looks.look, () => undefined, 1_000_000);
    const seen = looks.next();
    writeFileSync(file, 'x');
    await seen;
  });

  it('looks now and then where the folder is missing, and at once where it came', async () => {
    const folder = join(tempFolder(), 'later');
    const looks = new Looks();
    watching = watchFile(join(folder, 'experiments.db'), 'journal', looks.look, () => undefined, 20);
    await looks.next();
    mkdirSync(folder);
    await looks.next();
    writeFileSync(join(folder, 'experiments.db'), 'x');
    await looks.next();
  });

  it('looks when something changes in the folder inside, also where that came later', async () => {
    const folder = tempFolder();
    const looks = new Looks();
    watching = watchFile(join(folder, 'experiments.db'), 'journal', looks.look, () => undefined, 1_000_000);
    for (const round of ['first', 'after it was replaced']) {
      const came = looks.next();
      mkdirSync(join(folder, 'journal'));
      await came;
      const seen = looks.next();
      writeFileSync(join(folder, 'journal', round), 'x');
      await seen;
      const gone = looks.next();
      rmSync(join(folder, 'journal'), { recursive: true });
      await gone;
    }
  });

  it('survives that the folder is replaced', async () => {
    const folder = join(tempFolder(), 'storage');
    mkdirSync(folder);
    const looks = new Looks();
    watching = watchFile(join(folder, 'experiments.db'), 'journal', looks.look, () => undefined, 20);
    rmSync(folder, { recursive: true });
    await looks.next();
    mkdirSync(folder);
    await looks.next();
    writeFileSync(join(folder, 'experiments.db'), 'x');
    await looks.next();
  });

  it('stops when it is disposed', async () => {
    const file = join(tempFolder(), 'experiments.db');
    const looks = new Looks();
    const first = watchFile(file, 'journal', looks.look, () => undefined, 5);
    await looks.next();
    first.dispose();
    const { count } = looks;
    const second = new Looks();
    watching = watchFile(file, 'journal', second.look, () => undefined, 5);
    await second.next();
    await second.next();
    assert.equal(looks.count, count);
  });
});
