import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type WindowName = 'A' | 'B';

/** Which of the two windows this is. The suite entry of each window sets it. */
export function thisWindow(): WindowName {
  const name = process.env['AGENT_EXPERIMENTS_TEST_WINDOW'];
  if (name !== 'A' && name !== 'B') {
    throw new Error('This runs in two windows: see test/host/twoWindows.ts.');
  }
  return name;
}

const DEADLINE_MS = 50_000;
/** Both windows have seen each other's note well before this much time has passed. */
const HEAD_START_MS = 25;

/** Two windows meet through files in a folder that both know. Every step and value needs a name that is used once. */
export class Rendezvous {
  readonly #folder: string;
  readonly #me: WindowName;

  constructor(folder: string, me: WindowName) {
    this.#folder = folder;
    this.#me = me;
  }

  get #other(): WindowName {
    return this.#me === 'A' ? 'B' : 'A';
  }

  /** Waits for the other window to come to the same step; then both go on in the same millisecond, as near as they can. */
  async meet(step: string): Promise<void> {
    const mine = Date.now();
    this.put(`meet ${step}`, mine);
    const theirs = await this.get<number>(`meet ${step}`);
    const start = Math.max(mine, theirs) + HEAD_START_MS;
    await sleep(Math.max(0, start - Date.now() - 5));
    while (Date.now() < start) {
      // The last milliseconds are not left to a timer.
    }
  }

  /** Leaves a JSON value for the other window. */
  put(name: string, value: unknown): void {
    const file = this.#file(this.#me, name);
    writeFileSync(`${file}.new`, JSON.stringify(value));
    renameSync(`${file}.new`, file);
  }

  /** The value that the other window left, as soon as it has. */
  async get<T>(name: string): Promise<T> {
    const file = this.#file(this.#other, name);
    const deadline = Date.now() + DEADLINE_MS;
    while (!existsSync(file)) {
      if (Date.now() > deadline) {
        throw new Error(`Window ${this.#me} waited ${DEADLINE_MS} ms for "${name}" from window ${this.#other}.`);
      }
      await sleep(2);
    }
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  }

  #file(window: WindowName, name: string): string {
    return path.join(this.#folder, `${window} ${name}`.replace(/[^A-Za-z0-9]+/g, '-'));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
