import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { nodeFiles } from '../../../src/store/files';
import { FolderLock, type LockOptions } from '../../../src/store/lock';
import { formatToken, isProcessAlive, newIdentity, parseToken, type Identity } from '../../../src/store/token';
import { nextTicket, parseWaiter, PATIENCE_MS, waiterName } from '../../../src/store/waitingLine';
import { cleanUp, faultOf, tempFolder } from './support/fixture';

const NAME = 'experiments.db.lock';
/** No process has this number on any system that we run on. */
const DEAD_PID = 2 ** 31 - 2;

function lockIn(folder: string, options: Partial<LockOptions> = {}): FolderLock {
  return new FolderLock({
    folder,
    name: NAME,
    files: nodeFiles,
    identity: newIdentity(),
    staleMs: 1_000_000,
    monotonic: () => performance.now(),
    log: () => undefined,
    ...options,
  });
}

/** A lock that somebody left. */
function leave(folder: string, holder: Partial<Identity>, file?: string): string {
  const token = formatToken({ ...newIdentity(), ...holder }, 1);
  mkdirSync(join(folder, NAME, token), { recursive: true });
  if (file !== undefined) writeFileSync(join(folder, NAME, token, file), 'half');
  return token;
}

/** One who stands in line and never takes its turn. */
function wait(folder: string, identity: Identity, ticket: number): string {
  const token = formatToken(identity, 1);
  const name = waiterName(NAME, { token, ticket });
  mkdirSync(join(folder, name, token), { recursive: true });
  return name;
}

const soon = (): number => performance.now() + 30;

describe('store: lock', function () {
  this.timeout(20_000);
  afterEach(cleanUp);

  it('is held by one at a time, and leaves nothing behind', async () => {
    const folder = tempFolder();
    const held = await lockIn(folder).acquire(soon());
    assert.ok(held.isHeld());
    const fault = await faultOf(lockIn(folder).acquire(soon()));
    assert.ok(fault.code === 'busy' && fault.holder?.pid === process.pid && fault.waitedMs >= 30);
    assert.deepEqual(readdirSync(folder), [NAME]);
    held.release();
    assert.equal(held.isHeld(), false);
    assert.deepEqual(readdirSync(folder), []);
    (await lockIn(folder).acquire(soon())).release();
    held.release();
  });

  it('creates the folder', async () => {
    const folder = join(tempFolder(), 'a', 'b');
    (await lockIn(folder).acquire(soon())).release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('breaks the lock of a dead process at once, with what is in it', async () => {
    const folder = tempFolder();
    leave(folder, { pid: DEAD_PID }, 'next.db');
    const held = await lockIn(folder).acquire(soon());
    held.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('breaks what it left itself', async () => {
    const folder = tempFolder();
    const identity = newIdentity();
    leave(folder, identity);
    (await lockIn(folder, { identity }).acquire(soon())).release();
  });

  it('respects a dead process id of another machine until it is stale', async () => {
    const folder = tempFolder();
    leave(folder, { pid: DEAD_PID, machine: 'elsewhere' });
    const fault = await faultOf(lockIn(folder).acquire(soon()));
    assert.deepEqual(fault.code === 'busy' && fault.holder, { pid: DEAD_PID, machine: 'elsewhere' });
    (await lockIn(folder, { staleMs: 5 }).acquire(performance.now() + 5_000)).release();
  });

  it('counts staleness on its own clock, from when it first saw that very token', async () => {
    const folder = tempFolder();
    let clock = 0;
    const waiter = lockIn(folder, { staleMs: 100, monotonic: () => clock });
    leave(folder, {});
    assert.equal((await faultOf(waiter.acquire(clock))).code, 'busy');
    clock = 99;
    assert.equal((await faultOf(waiter.acquire(clock))).code, 'busy');
    clock = 100;
    const held = await waiter.acquire(clock + 1);
    held.release();
    // Another token starts anew.
    leave(folder, {});
    clock = 1_000;
    assert.equal((await faultOf(waiter.acquire(clock))).code, 'busy');
  });

  it('does not touch the lock of a newer holder', async () => {
    const folder = tempFolder();
    const first = await lockIn(folder).acquire(soon());
    const thief = await lockIn(folder, { staleMs: 0 }).acquire(soon());
    assert.equal(first.isHeld(), false);
    assert.throws(() => nodeFiles.createNew(join(first.workspace, 'next.db')), { code: 'ENOENT' });
    first.release();
    assert.ok(thief.isHeld());
    thief.release();
  });

  it('clears a foreign file or an empty lock folder out of the way', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, NAME));
    (await lockIn(folder).acquire(soon())).release();
    mkdirSync(join(folder, NAME));
    writeFileSync(join(folder, NAME, '.DS_Store'), '');
    (await lockIn(folder, { staleMs: 1 }).acquire(performance.now() + 5_000)).release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('does not follow a link, nor remove a file, in its place', async function () {
    if (process.platform === 'win32') this.skip();
    const [folder, elsewhere] = [tempFolder(), tempFolder()];
    mkdirSync(join(elsewhere, 'precious'));
    symlinkSync(elsewhere, join(folder, NAME));
    const fault = await faultOf(lockIn(folder, { staleMs: 0 }).acquire(soon()));
    assert.ok(fault.code === 'io' && fault.errno === 'ENOTDIR');
    assert.deepEqual(readdirSync(elsewhere), ['precious']);
    assert.deepEqual(readdirSync(folder), [NAME]);
  });

  it('sweeps what dead waiters left, and nothing of the living', async () => {
    const folder = tempFolder();
    const staged = (holder: Partial<Identity>): string => {
      return wait(folder, { ...newIdentity(), ...holder }, 1);
    };
    staged({ pid: DEAD_PID });
    const kept = [staged({}), staged({ pid: DEAD_PID, machine: 'elsewhere' }), `${NAME}.notes`].sort();
    mkdirSync(join(folder, `${NAME}.notes`));
    (await lockIn(folder).acquire(soon())).release();
    assert.deepEqual(readdirSync(folder).sort(), kept);
  });

  it('is given to those who wait in the order in which they came: nobody is overtaken twice by the same', async () => {
    const folder = tempFolder();
    const crew = Array.from({ length: 8 }, () => lockIn(folder, { monotonic: () => 0 }));
    const turns: number[] = [];
    const overtaken: number[][] = [];
    await Promise.all(
      crew.map(async (lock, who) => {
        for (let turn = 0; turn < 20; turn += 1) {
          const from = turns.length;
          const held = await lock.acquire(1);
          overtaken.push(turns.slice(from));
          turns.push(who);
          // The others look at it while it is held.
          if (turn % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          held.release();
        }
      }),
    );
    assert.equal(turns.length, 160);
    for (const others of overtaken) assert.equal(new Set(others).size, others.length, String(others));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is not kept from others by one whose turn it is and who does not come, once and for all', async () => {
    const folder = tempFolder();
    const asleep = wait(folder, newIdentity(), 1);
    let clock = 0;
    const lock = lockIn(folder, { monotonic: () => (clock += 5) });
    (await lock.acquire(1e6)).release();
    assert.ok(clock >= PATIENCE_MS, `it took its turn after ${clock} ms`);
    clock = 0;
    (await lock.acquire(1e6)).release();
    assert.ok(clock < PATIENCE_MS, 'it waited for the same one again');
    assert.deepEqual(readdirSync(folder), [asleep]);
    // With no time left, turns do not count.
    const hasty = lockIn(folder);
    (await hasty.acquire(0)).release();
  });

  it('takes numbers behind all that wait, and reads no other name as a waiter', () => {
    const waiter = { token: formatToken(newIdentity(), 3), ticket: 7 };
    assert.deepEqual(parseWaiter(NAME, waiterName(NAME, waiter)), waiter);
    assert.equal(nextTicket([]), 1);
    assert.equal(nextTicket([waiter, { ...waiter, ticket: 4 }]), 8);
    assert.ok(
      parseWaiter(NAME, waiterName(NAME, { ...waiter, ticket: nextTicket([{ ...waiter, ticket: 999_999_999 }]) })),
    );
    for (const name of [
      NAME,
      `${NAME}.`,
      `${NAME}.x`,
      `${NAME}.x.`,
      `${NAME}.x.1.2`,
      `${NAME}.x.1234567890`,
      'x.y.1',
    ]) {
      assert.equal(parseWaiter(NAME, name), undefined, name);
    }
  });

  it('reads back any token that it writes, and no other name', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[A-Za-z0-9-]{0,20}$/), fc.nat(), (pid, machine, count) => {
        const identity = { pid, machine, instance: '0123abcd' };
        assert.deepEqual(parseToken(formatToken(identity, count)), identity);
      }),
    );
    for (const name of ['', 'x', '1_2', '1_a_0f', '../1_a_0f_1', '1_a_0f_1.tmp']) {
      assert.equal(parseToken(name), undefined, name);
    }
    assert.equal(isProcessAlive(process.pid), true);
    assert.equal(isProcessAlive(DEAD_PID), false);
    assert.equal(isProcessAlive(0), false);
  });
});
