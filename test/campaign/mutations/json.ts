import type { Random } from '../../../scripts/demo/random';
import type { ByteMutation } from './bytes';

/** Stands for a text that JSON.stringify could not write; it is put in afterwards. */
const RAW = '@@RAW@@';
export const DEPTH = 200_000;

const RAW_TEXTS: readonly (() => string)[] = [
  () => '['.repeat(DEPTH) + ']'.repeat(DEPTH),
  () => '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH),
  () => '['.repeat(DEPTH),
  () => '[{"content":'.repeat(DEPTH / 2) + '0' + '}]'.repeat(DEPTH / 2),
  () => '1e999',
  () => '-1e999',
  () => '9'.repeat(400),
  () => '"\\ud800"',
  () => '"\\u0000\\u001b[31m"',
  () => '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  () => '{"toString":1,"hasOwnProperty":2,"valueOf":null,"toJSON":3}',
  () => 'NaN',
  () => 'undefined',
  () => '01',
];

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 2,
  -Number.MAX_VALUE,
  '',
  ' ',
  '0',
  '-1',
  'NaN',
  '2026-03-04T09:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '9999-99-99T99:99:99Z',
  '0000-00-00T00:00:00Z',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../../../etc/passwd',
  '/',
  '.',
  '..',
  'C:\\Windows',
  '\\\\server\\share',
  'file:///campaign/shop',
  '\u0000',
  '\u2028\u202e',
  '\ud800',
  'x'.repeat(100_000),
  '/'.repeat(50_000),
  'a\n'.repeat(20_000),
  `${'('.repeat(5000)}${'<'.repeat(5000)}`,
  'npm test '.repeat(5000),
  `bash -lc "${'\\"'.repeat(3000)}`,
  `${'$('.repeat(3000)}npm test`,
  `<user_query>${' '.repeat(90_000)}`,
  [],
  {},
  [[]],
  [null],
  [{}],
  [[[[[[1]]]]]],
  { type: null },
  { length: 1e9 },
  { 0: 'a', length: 2 },
  { then: 1 },
  Array.from({ length: 20_000 }, (_, i) => i),
  Array.from({ length: 3000 }, () => ({ type: 'text', text: 'x' })),
  Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])),
];

type Change = (owner: Record<string, unknown>, key: string, random: Random) => void;

const CHANGES: Readonly<Record<string, Change>> = {
  wrongType: (owner, key, random) => {
    owner[key] = random.pick(VALUES);
  },
  rawText: (owner, key, random) => {
    owner[key] = `${RAW}${random.between(0, RAW_TEXTS.length - 1)}`;
  },
  deleteKey: (owner, key) => {
    Reflect.deleteProperty(owner, key);
  },
  renameKey: (owner, key, random) => {
    const value = owner[key];
    Reflect.deleteProperty(owner, key);
    Object.defineProperty(
      owner,
      random.pick(['__proto__', 'constructor', 'toString', '', 'x', 'length', '0', key.toUpperCase()]),
      {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      },
    );
  },
  wrap: (owner, key, random) => {
    owner[key] = random.pick([[owner[key]], { value: owner[key] }, [[owner[key]], null], JSON.stringify(owner[key])]);
  },
  unwrap: (owner, key) => {
    const value = owner[key];
    owner[key] = typeof value === 'object' && value !== null ? Object.values(value)[0] : [value];
  },
  multiply: (owner, key, random) => {
    const value = owner[key];
    owner[key] = Array.isArray(value)
      ? Array.from({ length: random.pick([10, 1000]) }, () => value as unknown[]).flat()
      : [value, value];
  },
  longText: (owner, key, random) => {
    owner[key] = random
      .pick(['x', '\n', '\\', '"', '\u0001', 'é', ' ', '<', '/'])
      .repeat(random.pick([1000, 70_000, 1_000_000]));
  },
};

interface Spot {
  owner: Record<string, unknown>;
  key: string;
}

/** Far deeper than any agent writes; what was made deeper by a mutation stays as it is. */
const MAX_SPOT_DEPTH = 100;

function spotsOf(value: unknown, spots: Spot[], depth = 0): Spot[] {
  if (typeof value === 'object' && value !== null && depth < MAX_SPOT_DEPTH) {
    for (const key of Object.keys(value)) {
      spots.push({ owner: value as Record<string, unknown>, key });
      spotsOf((value as Record<string, unknown>)[key], spots, depth + 1);
    }
  }
  return spots;
}

function write(value: unknown): string {
  return JSON.stringify(value).replace(/"@@RAW@@(\d+)"/g, (_, index) => RAW_TEXTS[Number(index)]?.() ?? '');
}

/** One JSON text with a change at some path; text that is no JSON stays. */
function changeText(text: string, change: Change, random: Random): string {
  let root: { value: unknown };
  try {
    root = { value: JSON.parse(text) };
  } catch {
    return text;
  }
  const spots = spotsOf(root, []);
  const { owner, key } = random.pick(spots);
  const inner = owner[key];
  try {
    if (typeof inner === 'string' && /^[[{]/.test(inner) && random.chance(0.5)) {
      owner[key] = changeText(inner, change, random); // JSON in a JSON text.
    } else {
      change(owner, key, random);
    }
    return write(root.value);
  } catch {
    return text; // Nested too deeply to be written again.
  }
}

function onValue(change: Change): ByteMutation {
  return (bytes, random) => {
    const lines = bytes.toString('utf8').split('\n');
    for (let left = random.pick([1, 1, 2, 4]); left > 0; left--) {
      const at = random.between(0, lines.length - 1);
      lines[at] = changeText(lines[at] ?? '', change, random);
    }
    return Buffer.from(lines.join('\n'));
  };
}

const deep: ByteMutation = (bytes, random) => {
  const lines = bytes.toString('utf8').split('\n');
  lines.splice(random.between(0, lines.length), 0, RAW_TEXTS[random.between(0, 3)]?.() ?? '');
  return Buffer.from(lines.join('\n'));
};

/** Changes at any path of the JSON in a file: one document, or one a line. */
export const JSON_MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  ...Object.fromEntries(Object.entries(CHANGES).map(([name, change]) => [name, onValue(change)])),
  deep,
};
