import assert from 'node:assert/strict';
import type { IndexedSession, SessionSource } from '../../../src/sessions/model';
import { SessionIndex } from '../../../src/sessions/sessionIndex';
import { session } from './support/sessions';

/** A source whose scans end when the test says so. */
class SlowSource implements SessionSource {
  readonly agent = 'slow';
  readonly calls: {
    folders: readonly string[];
    now: number;
    finish: (found: IndexedSession[]) => void;
    fail: () => void;
  }[] = [];

  watchFolders(folders: readonly string[]): string[] {
    return folders.map((folder) => `${folder}/watched`);
  }

  scan(folders: readonly string[], now: number, problem: (message: string) => void): Promise<IndexedSession[]> {
    return new Promise((resolve, reject) => {
      problem(`scan ${this.calls.length + 1}`);
      this.calls.push({
        folders,
        now,
        finish: resolve,
        fail: () => {
          reject(new Error('broken'));
        },
      });
    });
  }
}

const source = (agent: string, found: IndexedSession[]): SessionSource => ({
  agent,
  watchFolders: () => ['/shared', `/${agent}`],
  scan: () => Promise.resolve(found),
});

/** Lets everything that is ready run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the index of sessions', () => {
  it('holds the sessions of all sources, newest first, each id once', async () => {
    const index = new SessionIndex([
      source('a', [
        session('one', { lastActiveAt: 1 }),
        session('three', { lastActiveAt: 3 }),
        session('same', { lastActiveAt: 2 }),
      ]),
      source('b', [session('two', { lastActiveAt: 2 }), session('same', { lastActiveAt: 5 })]),
    ]);
    assert.deepEqual(index.sessions, []);
    assert.equal(index.get('one'), undefined);
    const found = await index.refresh(['/w'], 0);
    assert.deepEqual(
      found.map(({ id }) => id),
      ['same', 'three', 'two', 'one'],
    );
    assert.equal(index.sessions, found);
    assert.equal(index.get('same')?.lastActiveAt, 5);
    assert.deepEqual(index.watchFolders(['/w']), ['/shared', '/a', '/b']);
  });

  it('runs once at a time; calls during a run share the following one, with the latest arguments', async () => {
    const slow = new SlowSource();
    const index = new SessionIndex([slow]);
    const first = index.refresh(['/a'], 1);
    const second = index.refresh(['/b'], 2);
    const third = index.refresh(['/c'], 3);
    await settle();
    assert.equal(slow.calls.length, 1);
    slow.calls[0]?.finish([session('first')]);
    assert.deepEqual(
      (await first).map(({ id }) => id),
      ['first'],
    );
    await settle();
    assert.equal(slow.calls.length, 2);
    assert.deepEqual([slow.calls[1]?.folders, slow.calls[1]?.now], [['/c'], 3]);
    const fourth = index.refresh(['/d'], 4);
    slow.calls[1]?.finish([session('second')]);
    assert.deepEqual(
      (await second).map(({ id }) => id),
      ['second'],
    );
    await third;
    await settle();
    assert.equal(slow.calls.length, 3);
    slow.calls[2]?.finish([]);
    assert.deepEqual(await fourth, []);
    const fifth = index.refresh(['/e'], 5);
    await settle();
    slow.calls[3]?.finish([]);
    await fifth;
    assert.equal(slow.calls.length, 4);
  });

  it('keeps what a source found last when it fails, and says so', async () => {
    const slow = new SlowSource();
    const index = new SessionIndex([slow, source('b', [session('b')])]);
    const first = index.refresh(['/a'], 1);
    slow.calls[0]?.finish([session('kept')]);
    await first;
    assert.deepEqual([index.problems, index.failures], [['scan 1'], []]);
    const second = index.refresh(['/a'], 2);
    slow.calls[1]?.fail();
    assert.deepEqual((await second).map(({ id }) => id).sort(), ['b', 'kept']);
    assert.deepEqual([index.problems, index.failures], [['scan 2', 'slow: broken'], ['slow: broken']]);
  });
});
