import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../editor/paths';

/** Where `npm run package` puts the package. */
export function vsixPath(): string {
  const { name, version } = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return path.join(projectFolder, `${name}-${version}.vsix`);
}
