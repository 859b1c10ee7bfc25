import { readRecord, readVarint, type RecordValue } from './record';

export interface SalvagedRecord {
  /** The row's number; undefined for an entry of an index. */
  rowid: bigint | undefined;
  values: RecordValue[];
  page: number;
}

/** A part that could not be read. `cell` counts within the page, from 0; absent for a whole page. */
export interface Loss {
  page: number;
  cell?: number;
  reason: string;
}

export interface SalvagedTree {
  records: SalvagedRecord[];
  losses: Loss[];
}

export interface SalvagedImage {
  /** By name, those that the schema still tells of. */
  tables: Map<string, SalvagedTree>;
  indexes: Map<string, SalvagedTree>;
  /** Rows on pages that no tree leads to any more, and that are not free. */
  loose: SalvagedRecord[];
  /** What is wrong with the file as a whole. */
  problems: string[];
}

const LEAF_TABLE = 13;
const INTERIOR_TABLE = 5;
const LEAF_INDEX = 10;
const INTERIOR_INDEX = 2;
const FILE_HEADER = 100;
/** What SQLite makes by itself; tried where the header does not say. */
const USUAL_PAGE_SIZE = 4096;
const MAX_DEPTH = 40;

/**
 * Reads what can be read of a damaged SQLite file, page by page, without SQLite, which would stop at the first page that is wrong.
 * Total: what is lost is told. What is read may still be wrong where bits changed inside a text; only its form is checked.
 */
export function salvageImage(bytes: Uint8Array): SalvagedImage {
  return new Salvage(bytes).run();
}

class Salvage {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pageSize: number;
  readonly #usable: number;
  readonly #pages: number;
  readonly #visited = new Set<number>();
  readonly #problems: string[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const stored = bytes.length >= FILE_HEADER ? this.#view.getUint16(16) : 0;
    const told = stored === 1 ? 65_536 : stored;
    const plausible = told >= 512 && (told & (told - 1)) === 0;
    if (!plausible) this.#problems.push('the header of the file is damaged');
    this.#pageSize = plausible ? told : USUAL_PAGE_SIZE;
    const reserved = plausible ? (bytes[20] ?? 0) : 0;
    this.#usable = this.#pageSize - (reserved <= 64 ? reserved : 0);
    this.#pages = Math.floor(bytes.length / this.#pageSize);
    const expected = plausible ? this.#view.getUint32(28) : 0;
    if (expected > this.#pages) this.#problems.push(`the file is cut short: ${this.#pages} of ${expected} pages`);
  }

  run(): SalvagedImage {
    const tables = new Map<string, SalvagedTree>();
    const indexes = new Map<string, SalvagedTree>();
    const schema = this.#walk(1, true);
    for (const { page, reason } of schema.losses) this.#problems.push(`the list of tables, page ${page}: ${reason}`);
    for (const { values } of schema.records) {
      const [type, name, , root] = values;
      if (typeof root !== 'bigint' || root < 2n || root > BigInt(this.#pages)) continue;
      if (textOf(type) === 'table') tables.set(textOf(name), this.#walk(Number(root), true));
      if (textOf(type) === 'index') indexes.set(textOf(name), this.#walk(Number(root), false));
    }
    return { tables, indexes, loose: this.#loose(), problems: this.#problems };
  }

  #walk(root: number, table: boolean): SalvagedTree {
    const tree: SalvagedTree = { records: [], losses: [] };
    this.#visit(root, table, tree, 0);
    return tree;
  }

  #visit(page: number, table: boolean, tree: SalvagedTree, depth: number): void {
    if (page < 1 || page > this.#pages) {
      tree.losses.push({ page, reason: 'the file has no such page' });
      return;
    }
    if (this.#visited.has(page) || depth > MAX_DEPTH) {
      tree.losses.push({ page, reason: 'the page belongs to something else' });
      return;
    }
    const start = this.#start(page);
    const type = this.#bytes[start];
    const [leaf, interior] = table ? [LEAF_TABLE, INTERIOR_TABLE] : [LEAF_INDEX, INTERIOR_INDEX];
    if (type !== leaf && type !== interior) {
      tree.losses.push({ page, reason: 'the page is overwritten' });
      return;
    }
    this.#visited.add(page);
    if (type === leaf) {
      this.#leaf(page, table, tree);
      return;
    }
    for (const [cell, at] of this.#cells(page, 12).entries()) {
      if (at === undefined) {
        tree.losses.push({ page, cell, reason: 'it points beyond the page' });
        continue;
      }
      if (!table) this.#record(page, cell, at + 4, false, tree);
      this.#visit(this.#view.getUint32(at), table, tree, depth + 1);
    }
    this.#visit(this.#view.getUint32(start + 8), table, tree, depth + 1);
  }

  #start(page: number): number {
    return (page - 1) * this.#pageSize + (page === 1 ? FILE_HEADER : 0);
  }

  /** Where the cells of a page are in the file; undefined for one that cannot be. */
  #cells(page: number, header: number): (number | undefined)[] {
    const start = this.#start(page);
    const first = (page - 1) * this.#pageSize;
    const count = this.#view.getUint16(start + 3);
    const room = Math.floor((first + this.#usable - start - header) / 2);
    return Array.from({ length: Math.min(count, room) }, (_, index) => {
      const offset = this.#view.getUint16(start + header + 2 * index);
      return offset >= start - first + header && offset <= this.#usable - 4 ? first + offset : undefined;
    });
  }

  #leaf(page: number, table: boolean, tree: SalvagedTree): void {
    for (const [cell, at] of this.#cells(page, 8).entries()) {
      if (at === undefined) tree.losses.push({ page, cell, reason: 'it points beyond the page' });
      else this.#record(page, cell, at, table, tree);
    }
  }

  #record(page: number, cell: number, at: number, table: boolean, tree: SalvagedTree): void {
    try {
      const length = readVarint(this.#bytes, at);
      const rowid = table ? readVarint(this.#bytes, length.end) : undefined;
      if (length.value < 0n || length.value > BigInt(this.#bytes.length)) throw new Error('it is longer than the file');
      const payload = this.#payload(page, rowid?.end ?? length.end, Number(length.value), table);
      tree.records.push({ rowid: rowid?.value, values: readRecord(payload), page });
    } catch (error) {
      tree.losses.push({ page, cell, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** The bytes of a record, with those that went to other pages. */
  #payload(page: number, at: number, length: number, table: boolean): Uint8Array {
    const usable = this.#usable;
    const most = table ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
    const end = (page - 1) * this.#pageSize + usable;
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (usable - 4));
    const local = length <= most ? length : fitting <= most ? fitting : least;
    if (at + local + (local < length ? 4 : 0) > end) throw new Error('it goes beyond the page');
    const payload = new Uint8Array(length);
    payload.set(this.#bytes.subarray(at, at + local));
    let done = local;
    let next = local < length ? this.#view.getUint32(at + local) : 0;
    while (done < length) {
      if (next < 2 || next > this.#pages || this.#visited.has(next)) throw new Error('its continuation is lost');
      this.#visited.add(next);
      const start = (next - 1) * this.#pageSize;
      const part = Math.min(usable - 4, length - done);
      payload.set(this.#bytes.subarray(start + 4, start + 4 + part), done);
      done += part;
      next = this.#view.getUint32(start);
    }
    return payload;
  }

  /** Pages that are free hold rows that were deleted: those must not come back. */
  #free(): void {
    let trunk = this.#bytes.length >= FILE_HEADER ? this.#view.getUint32(32) : 0;
    while (trunk >= 2 && trunk <= this.#pages && !this.#visited.has(trunk)) {
      this.#visited.add(trunk);
      const start = (trunk - 1) * this.#pageSize;
      const count = Math.min(this.#view.getUint32(start + 4), Math.floor(this.#usable / 4) - 2);
      for (let index = 0; index < count; index += 1) this.#visited.add(this.#view.getUint32(start + 8 + 4 * index));
      trunk = this.#view.getUint32(start);
    }
  }

  #loose(): SalvagedRecord[] {
    this.#free();
    const tree: SalvagedTree = { records: [], losses: [] };
    for (let page = 2; page <= this.#pages; page += 1) {
      if (this.#visited.has(page) || this.#bytes[this.#start(page)] !== LEAF_TABLE) continue;
      this.#leaf(page, true, tree);
    }
    return tree.records;
  }
}

const decoder = new TextDecoder();

function textOf(value: RecordValue | undefined): string {
  return typeof value === 'object' && value !== null && 'text' in value ? decoder.decode(value.text) : '';
}
