import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { projectFolder } from './paths';

/** What an installed copy of the extension needs of the project's folder. */
const PARTS = ['package.json', 'package.nls.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'dist', 'media', 'l10n'];

/** Puts the built extension into an extensions folder, so that an editor starts with it as it does with any other. */
export async function installBuiltExtension(extensionsFolder: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8')) as {
    publisher: string;
    name: string;
    version: string;
  };
  const target = path.join(extensionsFolder, `${manifest.publisher}.${manifest.name}-${manifest.version}`);
  await mkdir(target, { recursive: true });
  for (const part of PARTS) {
    const source = path.join(projectFolder, part);
    if (existsSync(source)) {
      await cp(source, path.join(target, part), { recursive: true });
    }
  }
}
