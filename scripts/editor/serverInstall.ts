import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installOnce } from './installOnce';
import { cacheFolder } from './paths';
import { runOrThrow } from './run';
import { needPrograms } from './systemPackages';
import { EDITOR_SOURCES, type EditorVersion } from './versions';

/** A VS Code server on disk: the program and the Node that runs it. */
export interface InstalledServer {
  version: EditorVersion;
  node: string;
  main: string;
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Installs the server of this version into the cache, once, from the npm registry. */
export async function installServer(version: EditorVersion): Promise<InstalledServer> {
  const source = EDITOR_SOURCES[version];
  const name = `${source.serverPackage.replace('@', '-')}-${process.platform}-${process.arch}`;
  const folder = path.join(cacheFolder(), name);
  if (!existsSync(folder)) {
    await needPrograms(['python3', 'make', 'g++'], ['python3', 'make', 'g++'], 'to build the native parts of VS Code');
    console.log(`Installing the VS Code ${version} server into ${folder} (a minute or two, once)`);
  }
  await installOnce(folder, (temporary) => fillServer(temporary, version));
  return {
    version,
    node: await nodeOf(version),
    main: path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
  };
}

/** The Node that an editor of this version runs extensions on. */
export function nodeOf(version: EditorVersion): Promise<string> {
  return findNode(EDITOR_SOURCES[version].node);
}

async function fillServer(folder: string, version: EditorVersion): Promise<void> {
  const source = EDITOR_SOURCES[version];
  await writeFile(path.join(folder, 'package.json'), '{"private":true}\n');
  await npmIn(folder, ['install', source.serverPackage, '--ignore-scripts']);
  const vscode = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  await npmIn(vscode, ['install', '--omit=dev', '--ignore-scripts']);
  // With headers at hand node-gyp downloads none.
  const headers = { npm_config_nodedir: await headersFolder() };
  for (const part of source.nativeParts) {
    // A post-install step may fail after the binary was built; what counts is that the binary is there.
    const failure = await npmIn(vscode, ['rebuild', part], headers).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!hasBinary(path.join(vscode, 'node_modules', part))) {
      throw new Error(`Could not build ${part} of VS Code ${version}.`, { cause: failure });
    }
  }
}

function hasBinary(folder: string): boolean {
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.node'))
  );
}

/** This process's Node where the major version fits, else the binary from its npm package. */
async function findNode(major: number): Promise<string> {
  if (thisMajor() === major) {
    return process.execPath;
  }
  const node = path.join(await nodePackage(major), 'bin', 'node');
  if (!existsSync(node)) {
    throw new Error(`The npm package of Node ${major} holds no bin/node.`);
  }
  return node;
}

const thisMajor = (): number => Number(process.versions.node.split('.')[0]);

/** The folder of Node's npm package (`bin`, `include`), installed into the cache once. */
async function nodePackage(major: number): Promise<string> {
  const packageName = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = path.join(cacheFolder(), `${packageName}-${major}`);
  await installOnce(folder, async (temporary) => {
    console.log(`Installing Node ${major} into ${folder}`);
    await writeFile(path.join(temporary, 'package.json'), '{"private":true}\n');
    await npmIn(temporary, ['install', `${packageName}@${major}`, '--ignore-scripts']);
  });
  return path.join(folder, 'node_modules', packageName);
}

/** Where `include/node` is, for building native parts: beside this Node, else in its npm package. */
async function headersFolder(): Promise<string> {
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  return hasHeaders(prefix) ? prefix : nodePackage(thisMajor());
}

const hasHeaders = (folder: string): boolean => existsSync(path.join(folder, 'include', 'node', 'node.h'));

async function npmIn(folder: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<void> {
  await runOrThrow(npm, [...args, ...quiet], { cwd: folder, env: { ...npmEnvironment(), ...extra } });
}

/** Without what the surrounding `npm run` sets. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const surrounding = /^npm_(package|lifecycle|config_local_prefix|command|execpath|node_execpath)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !surrounding.test(key)));
}
