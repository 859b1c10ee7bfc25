import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cacheFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';

const BETTER = 'better-sqlite3@12.6.2';
const WASM = 'node-sqlite3-wasm@0.8.60';

/** What both have in common, as far as the bench needs it. */
interface PeerDatabase {
  exec(sql: string): unknown;
  close(): void;
}

export interface Peer {
  name: string;
  open(file: string): PeerDatabase;
}

/** Other SQLites, which the bench installs into the cache folder: one is native, one WebAssembly that writes into the file. */
export async function installPeers(): Promise<Peer[]> {
  const folder = path.join(cacheFolder(), 'bench', `sqlite ${BETTER} ${WASM}`.replace(/[^\w.]+/g, '-'));
  if (!existsSync(path.join(folder, 'node_modules', 'node-sqlite3-wasm'))) {
    mkdirSync(folder, { recursive: true });
    await runOrThrow('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', BETTER, WASM]);
  }
  const load = createRequire(path.join(folder, 'index.js'));
  const better = load('better-sqlite3') as new (file: string) => PeerDatabase;
  const { Database } = load('node-sqlite3-wasm') as { Database: new (file: string) => PeerDatabase };
  return [
    { name: 'better-sqlite3', open: (file) => new better(file) },
    { name: 'node-sqlite3-wasm', open: (file) => new Database(file) },
  ];
}
