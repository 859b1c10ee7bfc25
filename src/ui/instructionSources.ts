import { realpath } from 'node:fs/promises';
import * as path from 'node:path';
import type { GitRepository } from '../git/gitApi';
import { contentDigest, fingerprintOf } from '../instructions/fingerprint';
import { isInstructionFile } from '../instructions/instructionPaths';
import type { InstructionStates, SeenState } from '../instructions/instructionStates';
import type { InstructionState } from '../instructions/readInstructions';

/** The states of the instruction files of a folder that can be told apart. */
export interface InstructionSource {
  present: InstructionState;
  /** As the last commit has them; absent where that is as they are now, or not known. */
  head?: InstructionState;
  /** What the last commit has is not known: no repository, one that is not trusted, or git failed. */
  headUnknown?: true;
  /** Others that were seen before, the last one first. */
  seen: readonly SeenState[];
}

/** Undefined where the files cannot be read. */
export async function readInstructionSource(
  instructions: InstructionStates,
  repository: GitRepository | undefined,
  folder: string | undefined,
): Promise<InstructionSource | undefined> {
  if (folder === undefined) return undefined;
  try {
    const present = await instructions.present(folder);
    const head = await headState(repository, folder, present);
    // Their files are kept, so that the start can say what differs.
    for (const state of [present, head]) if (state !== undefined) instructions.remember(folder, state);
    const known = [present.fingerprint, head?.fingerprint];
    return {
      present,
      ...(head === undefined ? { headUnknown: true as const } : {}),
      ...(head === undefined || head.fingerprint === present.fingerprint ? {} : { head }),
      seen: instructions.seen(folder).filter(({ fingerprint }) => !known.includes(fingerprint)),
    };
  } catch {
    return undefined;
  }
}

/**
 * The files as the last commit has them. What git ignores, and so never commits, stays as it is. Undefined where git cannot tell.
 */
export async function headState(
  repository: GitRepository | undefined,
  folder: string,
  present: InstructionState,
): Promise<InstructionState | undefined> {
  if (repository?.state.HEAD?.commit === undefined) return undefined;
  const files = new Map(Object.entries(present.files));
  try {
    await repository.status();
    const changed = changedFiles(repository, folder);
    for (const at of new Set([...files.keys(), ...[...changed].filter(isInstructionFile)])) {
      const source = changed.has(at) ? at : await behindLink(folder, at);
      if (!changed.has(source)) continue;
      const content = await repository.buffer('HEAD', path.join(folder, source)).catch(() => undefined);
      if (content !== undefined) files.set(at, contentDigest(content));
      // What was there and is deleted now must be in the commit, or git has failed.
      else if (!files.delete(at)) return undefined;
    }
  } catch {
    return undefined;
  }
  const all = Object.fromEntries(files);
  return { fingerprint: fingerprintOf(all), files: all };
}

/** Paths of changed files, relative to a folder. */
function changedFiles({ state }: GitRepository, folder: string): Set<string> {
  const { indexChanges, workingTreeChanges, mergeChanges, untrackedChanges = [] } = state;
  const changes = [...indexChanges, ...workingTreeChanges, ...mergeChanges, ...untrackedChanges];
  return new Set(
    changes.flatMap(({ uri, originalUri }) => [uri, originalUri].map(({ fsPath }) => relativePath(folder, fsPath))),
  );
}

/** The file that a link leads to: one instruction file is often a link to another. */
async function behindLink(folder: string, at: string): Promise<string> {
  const [root, target] = await Promise.all([realpath(folder), realpath(path.join(folder, at))]);
  return relativePath(root, target);
}

const relativePath = (folder: string, file: string): string => path.relative(folder, file).replaceAll(path.sep, '/');
