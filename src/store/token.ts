import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Holder } from './errors';

/** Who takes locks: one store in one process. `instance` is unique to the store, so that pids may come again. */
export interface Identity extends Holder {
  instance: string;
}

/**
 * The process ids of containers mean nothing to each other, even where host names are the same, so on Linux the machine is the
 * host and its process id namespace.
 */
function machineName(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .slice(0, 64);
  if (process.platform !== 'linux') return host;
  try {
    return `${host}-${readlinkSync('/proc/self/ns/pid').replace(/\D+/g, '')}`;
  } catch {
    return host;
  }
}

export function newIdentity(): Identity {
  return { pid: process.pid, machine: machineName(), instance: randomBytes(8).toString('hex') };
}

/**
 * The name of one acquisition of the lock: it says who holds it, and is never used again. Being the name of a folder, it is
 * there from the first moment to the last; a file inside could be missing in between.
 */
export function formatToken({ pid, machine, instance }: Identity, count: number): string {
  return `${pid}_${machine}_${instance}_${count}`;
}

/** Undefined for a name that is no token of ours. */
export function parseToken(name: string): Identity | undefined {
  const match = /^(\d+)_([A-Za-z0-9-]*)_([0-9a-f]+)_\d+$/.exec(name);
  const [, pid, machine, instance] = match ?? [];
  if (pid === undefined || machine === undefined || instance === undefined) return undefined;
  return { pid: Number(pid), machine, instance };
}

/** False only where the process is surely gone. */
export function isProcessAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
