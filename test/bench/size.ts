import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectFolder } from '../../scripts/editor/paths';
import { vsixPath } from '../../scripts/support/vsix';

export interface Size {
  file: string;
  bytes: number;
  gzipBytes: number;
}

/** Sizes of what ships, as packed now. */
export function benchSize(): Size[] {
  const vsce = path.join(projectFolder, 'node_modules', '@vscode', 'vsce', 'vsce');
  execFileSync(process.execPath, [vsce, 'package', '--no-dependencies'], { cwd: projectFolder, stdio: 'ignore' });
  const dist = path.join(projectFolder, 'dist');
  const files = readdirSync(dist)
    .filter((name) => !name.endsWith('.map'))
    .map((name) => path.join(dist, name));
  return [...files, vsixPath()].filter((file) => existsSync(file)).map(sizeOf);
}

function sizeOf(file: string): Size {
  const content = readFileSync(file);
  return { file: path.relative(projectFolder, file), bytes: statSync(file).size, gzipBytes: gzipSync(content).length };
}
