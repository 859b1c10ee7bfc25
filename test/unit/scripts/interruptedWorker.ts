/** Is interrupted, and then takes its time: until it gets a line. */
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { interrupted } from '../../../scripts/support/interrupted';

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  const asked = interrupted();
  console.log('ready');
  await asked;
  console.log('ending');
  const line = await new Promise((resolve) => input.once('line', resolve));
  if (line === 'wait') await wait(500);
  console.log('gone');
  process.exit(0);
}
void main();
