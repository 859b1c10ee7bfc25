import type { CommitSpec } from '../support/gitRepository';

const DAY = 24 * 60 * 60_000;

const LONG_RULES = `# Working in this shop

${[
  'Read docs/style.md, docs/testing.md and docs/architecture.md in full before every task.',
  'Explain your plan in detail before the first edit, and repeat it after the last.',
  'Prefer small functions. Prefer pure functions. Prefer names that say what a thing is.',
  'Read every file of a folder before you change one of them.',
  'Run the whole test suite after every edit.',
  'Write down every alternative that you did not take, with the reason.',
]
  .map((rule) => `- ${rule}`)
  .join('\n')}
`;

const SHORT_RULES = `# Working in this shop

- Read what you change and what calls it.
- Run the tests of the folder that you changed; run all of them once, at the end.
`;

/**
 * A small web shop. In its last commit but one, a week before `now`, the long CLAUDE.md became a short one: what the demo's
 * experiment is about. The same for the same `now`.
 */
export function demoCommits(now: number): CommitSpec[] {
  const daysAgo = (days: number): string => new Date(Math.floor(now / DAY) * DAY - days * DAY).toISOString();
  return [
    {
      message: 'Start the shop',
      date: daysAgo(30),
      files: {
        'README.md': '# Small shop\n\nA web shop to try Agent Experiments on.\n',
        'package.json': '{\n  "name": "small-shop",\n  "private": true,\n  "scripts": { "test": "node --test" }\n}\n',
        'src/money.ts': MONEY,
        'src/cart/total.ts': TOTAL,
        'src/checkout/form.ts': FORM,
        'test/total.test.ts': TOTAL_TEST,
      },
    },
    { message: 'Tell agents how to work here', date: daysAgo(21), files: { 'CLAUDE.md': LONG_RULES } },
    { message: 'Say less in CLAUDE.md', date: daysAgo(7), files: { 'CLAUDE.md': SHORT_RULES } },
    {
      message: 'Name the currency in the checkout',
      date: daysAgo(5),
      files: { 'src/checkout/form.ts': FORM.replace("'Pay'", "'Pay in euro'") },
    },
  ];
}

const MONEY = `export type Cents = number;

export function format(cents: Cents): string {
  return (cents / 100).toFixed(2);
}
`;

const TOTAL = `import type { Cents } from '../money';

export interface Line {
  price: Cents;
  quantity: number;
}

export function total(lines: readonly Line[]): Cents {
  return lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
}
`;

const FORM = `import { total, type Line } from '../cart/total';
import { format } from '../money';

export function checkoutButton(lines: readonly Line[]): string {
  return \`\${'Pay'} \${format(total(lines))}\`;
}
`;

const TOTAL_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { total } from '../src/cart/total';

test('an empty cart costs nothing', () => {
  assert.equal(total([]), 0);
});
`;
