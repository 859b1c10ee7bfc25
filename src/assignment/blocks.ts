import { createHmac, randomBytes } from 'node:crypto';
import { allocationFraction, type DrawnVariant } from '../domain/assignment';

/** The sequence of draws of one experiment and agent: whoever knows the seed knows it all, so the seed stays in the store. */
export interface Stratum {
  /** 64 hexadecimal digits. */
  seed: string;
  experimentId: string;
  agent: string;
  /** The share of Treatment; one that `allocationFraction` knows. */
  allocation: number;
}

export function newSeed(): string {
  return randomBytes(32).toString('hex');
}

/** Where the blocks lie around a position: each holds exactly its share of Treatment once it is full. */
export interface Block {
  start: number;
  size: number;
}

/** Blocks shorter than this would give the last draw of each away. */
const SHORTEST_BLOCK = 4;

function sizesFor(of: number): [number, number] {
  const times = Math.ceil(SHORTEST_BLOCK / of);
  return [times * of, (times + 1) * of];
}

/** Numbers that look random to whoever lacks the seed, and are the same for the same seed and purpose. */
class KeyedNumbers {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private round = 0;

  constructor(
    private readonly seed: string,
    private readonly purpose: readonly (string | number)[],
  ) {}

  /** A whole number from 0 up to and without `limit`, each as likely. */
  below(limit: number): number {
    const fair = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const number = this.next();
      if (number < fair) return number % limit;
    }
  }

  private next(): number {
    if (this.at + 4 > this.bytes.length) {
      // JSON keeps parts apart that a plain join would let run into each other.
      const message = JSON.stringify([...this.purpose, this.round]);
      this.bytes = createHmac('sha256', Buffer.from(this.seed, 'hex')).update(message).digest();
      this.round += 1;
      this.at = 0;
    }
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }
}

/**
 * The block of a position. Blocks have two sizes, in pairs whose order is drawn: nobody can count to the last draw of a block,
 * and every position is found without walking there.
 */
export function blockAt({ seed, experimentId, agent, allocation }: Stratum, position: number): Block {
  const [short, long] = sizesFor(fractionOf(allocation).of);
  const pair = Math.floor(position / (short + long));
  const pairStart = pair * (short + long);
  const shortFirst = new KeyedNumbers(seed, ['pair', experimentId, agent, pair]).below(2) === 0;
  const first = shortFirst ? short : long;
  return position < pairStart + first
    ? { start: pairStart, size: first }
    : { start: pairStart + first, size: short + long - first };
}

/**
 * The variant of the draw with this number, by permuted blocks (Zelen 1974; Matts and Lachin 1988): a random order of as many
 * Treatments as the block's share asks for. Throws RangeError for a share that no block can hold.
 */
export function variantAt(stratum: Stratum, position: number): DrawnVariant {
  const { treatment, of } = fractionOf(stratum.allocation);
  const { start, size } = blockAt(stratum, position);
  const numbers = new KeyedNumbers(stratum.seed, ['block', stratum.experimentId, stratum.agent, start]);
  const drawn = Array.from({ length: size }, (_, index): DrawnVariant =>
    index < (size / of) * treatment ? 'Treatment' : 'Control',
  );
  // Fisher and Yates, as far as the position that is asked for.
  const wanted = position - start;
  for (let index = 0; index <= wanted; index += 1) {
    const other = index + numbers.below(size - index);
    const swapped = drawn[index];
    drawn[index] = drawn[other] ?? 'Control';
    drawn[other] = swapped ?? 'Control';
  }
  return drawn[wanted] ?? 'Control';
}

function fractionOf(allocation: number): { treatment: number; of: number } {
  const fraction = allocationFraction(allocation);
  if (fraction === undefined) throw new RangeError(`no block holds a share of ${allocation}`);
  return fraction;
}
