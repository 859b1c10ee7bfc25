import { Random } from '../../../scripts/demo/random';

const WORDS =
  'const return import export from function class async await total price cart order item value index map filter reduce state test expect render props the of and to in is that this when'.split(
    ' ',
  );

/** A line of made-up source text, JSON-escaped as it stands in a transcript, about 60 characters long. */
function sourceLine(random: Random, number: number): string {
  const words = Array.from({ length: random.between(3, 9) }, () => random.pick(WORDS)).join(' ');
  const kind = random.next();
  if (kind < 0.25) return `  ${words}(\\"${random.pick(WORDS)}\\", ${random.between(1, 999)});`;
  if (kind < 0.3) return `\\t// ${words} – geprüft ✓`;
  if (kind < 0.5) return `${String(number).padStart(6)}→${words} = { ${random.pick(WORDS)}: '${random.hex(6)}' };`;
  return `    ${words};`;
}

/** Escaped text of any length, cut from one pool, so that gigabytes can be written quickly. */
export class TextPool {
  private readonly lines: string[];

  constructor(seed: number) {
    const random = new Random(seed);
    this.lines = Array.from({ length: 20_000 }, (_, n) => sourceLine(random, (n % 900) + 1));
  }

  take(random: Random, characters: number): string {
    const parts: string[] = [];
    let at = random.between(0, this.lines.length - 1);
    for (let length = 0; length < characters; at = (at + 1) % this.lines.length) {
      const line = this.lines[at] ?? '';
      parts.push(line);
      length += line.length + 2;
    }
    return parts.join('\\n');
  }
}
