import type { Stored } from '../indexFile/restOfFile';

/** Hashes of what a file may share with others; those from the index file are only read where they are needed. */
export type Links = Float64Array | Stored;

export function toHashes(links: Links): Float64Array {
  if (links instanceof Float64Array) return links;
  const bytes = links.bytes();
  // A copy, as numbers must not begin just anywhere.
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 8)));
}

export function toBytes(links: Links): Uint8Array | Stored {
  return links instanceof Float64Array ? new Uint8Array(links.buffer, links.byteOffset, links.byteLength) : links;
}

/** How many hashes there are. */
export function countOfLinks(links: Links): number {
  return links instanceof Float64Array ? links.length : Math.floor(links.length / Float64Array.BYTES_PER_ELEMENT);
}

/** Files that share something, found by hashes. Two files with the same hash by chance are only looked at together. */
export class LinkedFiles {
  private readonly numbers = new Map<string, number>();
  /** A forest: the root is the smallest number of a group. */
  private readonly parents: number[] = [];
  private readonly owners = new HashTable();

  /** Ties a file to all that have one of these hashes. */
  add(path: string, hashes: Float64Array): void {
    let number = this.numbers.get(path);
    if (number === undefined) {
      number = this.parents.length;
      this.numbers.set(path, number);
      this.parents.push(number);
    }
    for (const hash of hashes) {
      const owner = this.owners.claim(hash, number);
      if (owner !== number) this.tie(owner, number);
    }
  }

  /** Makes room for so many more hashes at once. */
  expect(hashes: number): void {
    this.owners.expect(hashes);
  }

  /** The files group by group, each in the order given. */
  groups<T>(files: readonly T[], pathOf: (file: T) => string): T[][] {
    const groups = new Map<number, T[]>();
    for (const file of files) {
      const root = this.root(this.numbers.get(pathOf(file)) ?? -1);
      const group = groups.get(root);
      if (group) group.push(file);
      else groups.set(root, [file]);
    }
    return [...groups.values()];
  }

  private tie(a: number, b: number): void {
    const [first, second] = [this.root(a), this.root(b)];
    this.parents[Math.max(first, second)] = Math.min(first, second);
  }

  private root(number: number): number {
    let root = number;
    for (let parent = this.parents[root]; parent !== undefined && parent !== root; parent = this.parents[root]) {
      const above = this.parents[parent] ?? parent;
      this.parents[root] = above;
      root = above;
    }
    return root;
  }
}

/** Numbers by hash in two flat arrays: a Map of so many numbers takes several times the memory. */
class HashTable {
  private keys = new Float64Array(1024);
  private values = new Int32Array(1024);
  private used = 0;

  /** Makes room for so many more keys. */
  expect(keys: number): void {
    let places = this.keys.length;
    while ((this.used + keys) * 2 > places) places *= 2;
    if (places > this.keys.length) this.grow(places);
  }

  /** The value of the key, which becomes this one where there is none. */
  claim(key: number, value: number): number {
    this.expect(1);
    const stored = key + 1; // 0 stands for an empty place.
    const slot = this.slot(stored);
    if (this.keys[slot] === stored) return this.values[slot] ?? value;
    this.keys[slot] = stored;
    this.values[slot] = value;
    this.used++;
    return value;
  }

  private slot(stored: number): number {
    const mask = this.keys.length - 1;
    let slot = (stored % 0xffffffff) & mask;
    while (this.keys[slot] !== 0 && this.keys[slot] !== stored) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(places: number): void {
    const { keys, values } = this;
    this.keys = new Float64Array(places);
    this.values = new Int32Array(places);
    keys.forEach((stored, n) => {
      if (stored === 0) return;
      const slot = this.slot(stored);
      this.keys[slot] = stored;
      this.values[slot] = values[n] ?? 0;
    });
  }
}
