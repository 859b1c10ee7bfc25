/** Adds looks to a log while other processes do: `lookLogWorker.ts STORAGE WINDOW COUNT`. */
import { LookLog } from '../../../src/instructions/lookLog';

const [storage = '', window = '', count = ''] = process.argv.slice(2);
const log = new LookLog(storage, '/shop');
for (let index = 0; index < Number(count); index += 1) {
  const look = { at: Date.UTC(2026, 0, 1) + index, window, state: String(index), untouchedSince: 0, rootSince: 0 };
  if (!log.add([{ kind: 'look', look }], look.at)) throw new Error('The log is full.');
}
