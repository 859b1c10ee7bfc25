import { Kind } from './jsonScanner';

/** Where a value stands in the line and what it is. */
export class Spot {
  /** The text where it is known without a look at the line. */
  known: string | undefined;

  constructor(
    public kind = Kind.None,
    public from = 0,
    public to = 0,
  ) {}
}

export function copyOf(spot: Spot): Spot {
  return new Spot(spot.kind, spot.from, spot.to);
}

/** Known names of one object, each with the spot of its value; found by their bytes. */
export class Names<K extends string> {
  readonly spots: Readonly<Record<K, Spot>>;
  private readonly all: Spot[];
  private readonly byLength: { bytes: Buffer; spot: Spot }[][] = [];

  constructor(names: readonly K[]) {
    const entries = names.map((name) => [name, new Spot()] as const);
    this.spots = Object.fromEntries(entries) as Record<K, Spot>;
    this.all = entries.map(([, spot]) => spot);
    for (const [name, spot] of entries) {
      (this.byLength[name.length] ??= []).push({ bytes: Buffer.from(name), spot });
    }
  }

  clear(): void {
    for (const spot of this.all) {
      spot.kind = Kind.None;
      spot.known = undefined;
    }
  }

  find(bytes: Buffer, from: number, to: number): Spot | undefined {
    const length = to - from;
    const candidates = this.byLength[length];
    if (candidates === undefined) return undefined;
    next: for (const candidate of candidates) {
      for (let i = 0; i < length; i++) {
        if (bytes[from + i] !== candidate.bytes[i]) continue next;
      }
      return candidate.spot;
    }
    return undefined;
  }
}

/** Remembers the last text of each length: most records repeat their session, folder, branch, type and model. */
export class Repeated {
  private readonly known: { bytes: Buffer; text: string }[] = [];

  of(line: Buffer, from: number, to: number): string {
    const length = to - from;
    const known = this.known[length];
    if (known && isAt(line, from, known.bytes)) return known.text;
    const text = line.toString('utf8', from, to);
    if (length <= MAX_REPEATED) this.known[length] = { bytes: Buffer.from(line.subarray(from, to)), text };
    return text;
  }
}

/** Longer texts are not remembered. */
const MAX_REPEATED = 256;

function isAt(line: Buffer, from: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (line[from + i] !== bytes[i]) return false;
  }
  return true;
}
