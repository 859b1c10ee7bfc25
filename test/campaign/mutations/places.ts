import * as fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import * as net from 'node:net';
import * as path from 'node:path';
import type { Random } from '../../../scripts/demo/random';

/** A change of what is at a place of the file system. */
export type PlaceMutation = (file: string, random: Random) => void;

function remove(place: string): void {
  fs.rmSync(place, { recursive: true, force: true });
}

function link(target: string, place: string): void {
  remove(place);
  fs.symlinkSync(target, place);
}

/** Readers that open one would wait for a writer for ever. */
function fifo(place: string): void {
  remove(place);
  if (spawnSync('mkfifo', [place]).status !== 0) {
    fs.mkdirSync(place); // No such thing on this system.
  }
}

/** A socket file stays when its server is closed by the end of the process, not before: nobody listens. */
function socket(place: string): void {
  remove(place);
  if (process.platform === 'win32' || place.length > 100) {
    fs.mkdirSync(place);
    return;
  }
  const server = net.createServer();
  server.on('error', () => undefined);
  server.listen(place).unref();
  sockets.push(server);
}

const sockets: net.Server[] = [];

export function closeSockets(): void {
  for (const server of sockets.splice(0)) {
    server.close();
  }
}

const LONG = 'n'.repeat(200);

/** All in place of the victim's file, or beside it. */
export const FILE_PLACES: Readonly<Record<string, PlaceMutation>> = {
  folder: (file) => {
    remove(file);
    fs.mkdirSync(file);
  },
  fullFolder: (file) => {
    const content = fs.readFileSync(file);
    remove(file);
    fs.mkdirSync(file);
    fs.writeFileSync(path.join(file, path.basename(file)), content);
  },
  gone: remove,
  fifo,
  socket,
  linkToFifo: (file) => {
    fifo(`${file}.fifo`);
    link(`${file}.fifo`, file);
  },
  linkToItself: (file) => {
    link(path.basename(file), file);
  },
  linkToNothing: (file) => {
    link('nothing', file);
  },
  linkToFolder: (file) => {
    link('.', file);
  },
  linkToDevice: (file, random) => {
    link(random.pick(['/dev/zero', '/dev/null', '/dev/tty', '/proc/self/mem']), file);
  },
  linkPair: (file) => {
    link(`${path.basename(file)}.two`, file);
    link(path.basename(file), `${file}.two`);
  },
  notReadable: (file) => {
    fs.chmodSync(file, 0);
  },
  fifoBeside: (file) => {
    fifo(`${path.dirname(file)}/pipe${path.extname(file)}`);
  },
  logIsFifo: (file) => {
    fifo(`${file}-wal`);
  },
  logIsFolder: (file) => {
    remove(`${file}-wal`);
    fs.mkdirSync(`${file}-wal`);
  },
  strangeNames: (file, random) => {
    const folder = path.dirname(file);
    const names = ['a\nb', '\u202e', '-rf', ' ', '%00', '..x', '~', '$HOME', LONG, '{}', '😀', '#', '?', '*'];
    for (const name of names) {
      fs.writeFileSync(path.join(folder, name + path.extname(file)), random.chance(0.5) ? fs.readFileSync(file) : 'x');
    }
    if (process.platform === 'linux') {
      const ending = Buffer.from(path.extname(file));
      fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), ending]), 'x');
    }
  },
};

/** In place of a folder that only the victim uses. */
export const FOLDER_PLACES: Readonly<Record<string, PlaceMutation>> = {
  file: (folder) => {
    remove(folder);
    fs.writeFileSync(folder, 'no folder');
  },
  notReadable: (folder) => {
    fs.chmodSync(folder, 0);
  },
  linkToItself: (folder) => {
    link(path.basename(folder), folder);
  },
  linkToParent: (folder) => {
    link('..', folder);
  },
  fifo,
  loopInside: (folder) => {
    fs.symlinkSync('.', path.join(folder, 'loop'));
  },
  loopsInside: (folder) => {
    fs.symlinkSync('..', path.join(folder, 'up'));
    fs.symlinkSync('.', path.join(folder, 'here'));
  },
  deepInside: (folder) => {
    fs.mkdirSync(path.join(folder, ...Array.from({ length: 300 }, () => 'd')), { recursive: true });
  },
  manyInside: (folder) => {
    for (let i = 0; i < 500; i++) {
      fs.writeFileSync(path.join(folder, `many${i}.${i % 2 === 0 ? 'jsonl' : 'json'}`), i % 3 === 0 ? '{}' : '{"a":');
    }
  },
};
