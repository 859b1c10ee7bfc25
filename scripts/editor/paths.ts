import os from 'node:os';
import path from 'node:path';

export const projectFolder = path.resolve(__dirname, '..', '..');

/** Where editors are kept between runs: outside of the project, so that a fresh clone finds them again. */
export function cacheFolder(): string {
  const chosen = process.env['AGENT_EXPERIMENTS_CACHE'];
  if (chosen !== undefined && chosen !== '') {
    return path.resolve(chosen);
  }
  const home = os.homedir();
  switch (process.platform) {
    case 'darwin':
      return path.join(home, 'Library', 'Caches', 'agent-experiments');
    case 'win32':
      return path.join(process.env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'agent-experiments');
    default:
      return path.join(process.env['XDG_CACHE_HOME'] ?? path.join(home, '.cache'), 'agent-experiments');
  }
}
