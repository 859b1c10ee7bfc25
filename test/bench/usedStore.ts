import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VARIANTS } from '../../src/api';
import { FileStore } from '../../src/store/fileStore';
import { author, sampleExperiment, tag, WASM } from '../unit/store/support/fixture';

/** A database with one running experiment in which these sessions are tagged. */
export async function usedStore(sessionIds: readonly string[]): Promise<Uint8Array> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agentx-used-store-'));
  const store = new FileStore({ folder, loadWasm: () => readFileSync(WASM), now: Date.now });
  try {
    const experiment = sampleExperiment();
    await store.save(experiment);
    await store.transition(experiment.id, 'start');
    for (const [n, sessionId] of sessionIds.entries()) {
      await store.apply(tag(sessionId, VARIANTS[n % VARIANTS.length] ?? 'Control', experiment.id), author);
    }
    await store.compact();
    return readFileSync(store.file);
  } finally {
    store.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
