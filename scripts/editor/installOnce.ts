import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Older unfinished installs are taken for dead. Longer than any install takes. */
const ABANDONED_AFTER_MS = 2 * 60 * 60 * 1000;

/**
 * Fills `folder` once. The work is done in a folder beside it and renamed into place at the end, so `folder` exists only when it
 * is complete: a killed install leaves nothing that looks finished, and of two at once the first to end wins.
 */
export async function installOnce(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) {
    return;
  }
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(folder);
  const temporary = `${folder}.unfinished-${randomBytes(6).toString('hex')}`;
  await mkdir(temporary);
  try {
    await fill(temporary);
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) {
        throw error;
      }
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${path.basename(folder)}.unfinished-`)) {
      const candidate = path.join(parent, name);
      const found = await stat(candidate).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
        await rm(candidate, { recursive: true, force: true });
      }
    }
  }
}
