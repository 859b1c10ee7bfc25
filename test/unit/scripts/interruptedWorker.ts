/** Is interrupted, and then takes its time: until it gets a line. */
import { createInterface } from 'node:readline';
import { interrupted } from '../../../scripts/support/interrupted';

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  const asked = interrupted();
  console.log('ready');
  await asked;
  console.log('ending');
  await new Promise((resolve) => input.once('line', resolve));
  console.log('gone');
  process.exit(0);
}
void main();
