import assert from 'node:assert/strict';
import { LookSchedule, POLL_MS, POLL_SHARE, SETTLE_MS } from '../../../src/ui/lookSchedule';

/** A clock that is moved by hand, and looks that take as long as they are told to. */
class World {
  wanted = true;
  focused = true;
  lookMs = 0;
  /** When each look began. */
  readonly looks: number[] = [];
  readonly schedule: LookSchedule;
  private time = 0;
  private waiting: { at: number; run: () => void }[] = [];

  constructor() {
    this.schedule = new LookSchedule({
      look: () => {
        this.looks.push(this.time);
        return new Promise((resolve) => this.later(this.lookMs, resolve));
      },
      wanted: () => this.wanted,
      focused: () => this.focused,
      now: () => this.time,
      later: (milliseconds, run) => this.later(milliseconds, run),
    });
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.time + milliseconds;
    for (;;) {
      await new Promise(setImmediate);
      const [next] = this.waiting.sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.waiting.shift();
      this.time = next.at;
      next.run();
    }
    this.time = until;
  }

  private later(milliseconds: number, run: () => void): () => void {
    const entry = { at: this.time + milliseconds, run };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
    };
  }
}

describe('When to look for sessions', () => {
  it('is at once the first time, and then shortly after a sign', async () => {
    const world = new World();
    await world.pass(1000);
    world.schedule.soon();
    await world.pass(200);
    world.schedule.soon();
    await world.pass(SETTLE_MS);
    assert.deepEqual(world.looks, [1000, 1200 + SETTLE_MS]);
  });

  it('is once for any number of signs, and never stops for a storm of them', async () => {
    const world = new World();
    for (let n = 0; n < 10_000; n++) {
      world.schedule.soon();
      if (n % 10 === 9) await world.pass(3);
    }
    // 3 s: a look after each time to settle, and no more.
    assert.ok(world.looks.length >= 9 && world.looks.length <= 3000 / SETTLE_MS, `${world.looks.length} looks`);
  });

  it('is also without a sign, every poll, and where looking takes long one twentieth of the time', async () => {
    const quick = new World();
    await quick.pass(60_000);
    assert.equal(quick.looks.length, 60_000 / POLL_MS);
    const slow = new World();
    slow.lookMs = 500;
    await slow.pass(120_000);
    const between = slow.looks.map((at, i) => at - (slow.looks[i - 1] ?? 0));
    const [, afterFirst, ...later] = between;
    assert.equal(afterFirst, slow.lookMs + POLL_MS);
    assert.ok(later.length >= 10);
    assert.deepEqual(
      later.filter((gap) => gap !== (POLL_SHARE + 1) * slow.lookMs),
      [],
    );
  });

  it('is not put off by a single slow look', async () => {
    const world = new World();
    world.lookMs = 5000;
    await world.pass(POLL_MS + 1);
    world.lookMs = 10;
    await world.pass(5000 + POLL_MS);
    assert.deepEqual(world.looks, [POLL_MS, POLL_MS + 5000 + POLL_MS]);
    await world.pass(10 + POLL_MS);
    assert.equal(world.looks.length, 3);
  });

  it('is never while nobody wants it, and not by itself in a window without focus', async () => {
    const world = new World();
    world.wanted = false;
    world.schedule.soon();
    await world.pass(60_000);
    assert.deepEqual(world.looks, []);
    world.wanted = true;
    world.focused = false;
    await world.pass(60_000);
    assert.deepEqual(world.looks, []);
    world.schedule.soon();
    await world.pass(60_000);
    assert.equal(world.looks.length, 1, 'a sign counts there too');
    world.focused = true;
    await world.pass(POLL_MS);
    assert.equal(world.looks.length, 2);
  });

  it('is over at the end', async () => {
    const world = new World();
    world.schedule.soon();
    world.schedule.dispose();
    world.schedule.soon();
    await world.pass(60_000);
    assert.deepEqual(world.looks, []);
  });
});
