import { outcomeFields, type OutcomeFields } from '../reading/commandOutcome';
import { oneLine, titleFrom } from '../reading/title';
import { hashText } from '../reading/values';
import { combineClaudeFiles } from './claudeCombine';
import type { ClaudeFile, ClaudeSession } from './claudeCombine';
import { claudeCost } from './claudeCost';
import { identitiesOf } from './claudeDetails';
import type { ClaudeFacts } from './claudeFacts';
import type { SessionCost } from '../prices/prices';
import { countOfLinks, LinkedFiles, toHashes, type Links } from './claudeLinks';

/** A session put together and priced; what its numbers were made from is packed away. */
export interface SettledSession extends Omit<ClaudeSession, 'responses' | 'outcome'> {
  cost: SessionCost;
  /** In the form in which it is shown, which takes longer to make than all the rest of a session at a restart. */
  outcome: OutcomeFields;
  branch: string | undefined;
  /** The first slash command that started a turn: a title where there is no better one. */
  startedCommand: string | undefined;
}

/** The files of a group as they were when it was put together. */
export interface Group {
  files: readonly Pick<ClaudeFile, 'path' | 'facts' | 'version'>[];
  sessions: readonly SettledSession[];
}

/** Of one file, what may tie it to others: its session and a hash of each identity in it. */
export function linksOf(file: Pick<ClaudeFile, 'sessionId' | 'facts'>): Float64Array {
  const hashes = [hashText(`session ${file.sessionId}`)];
  for (const identity of identitiesOf(file.facts.details)) hashes.push(hashText(identity));
  return Float64Array.from(hashes);
}

/** Puts the files of one group together, prices the sessions and packs the files' details. */
export async function settle(files: readonly ClaudeFile[]): Promise<SettledSession[]> {
  const settled: SettledSession[] = [];
  for (const session of await combineClaudeFiles(files)) {
    const cost = await claudeCost(session);
    const { responses, outcome, ...rest } = session;
    const branch = firstKnown(session.files, (facts) => facts.branch);
    settled.push({
      ...rest,
      cost: responses.length > 0 ? cost : {},
      outcome: outcomeFields(outcome),
      branch: branch === undefined ? undefined : oneLine(branch),
      startedCommand: startedCommand(session),
    });
  }
  for (const { facts } of files) facts.freeze();
  return settled;
}

/** The first value that a file of a session knows; they are in their order, main transcripts first. */
export function firstKnown<T>(
  files: readonly Pick<ClaudeFile, 'facts'>[],
  value: (facts: ClaudeFacts) => T | undefined,
): T | undefined {
  for (const { facts } of files) {
    const found = value(facts);
    if (found !== undefined) return found;
  }
  return undefined;
}

function startedCommand({ files }: ClaudeSession): string | undefined {
  for (const { facts } of files) {
    for (const { startedTurn, command } of facts.details.slashCommands.values()) {
      if (startedTurn) return titleFrom(command);
    }
  }
  return undefined;
}

/**
 * Puts files together to sessions, group by group. Files that share a session, or a response, record or call with one another, are
 * a group; what the others hold makes no difference to it, so that only groups with a changed file are put together again.
 */
export class ClaudeGroups {
  private linked = new LinkedFiles();
  /** Files whose links are known and wait until something changes. */
  private readonly waiting = new Set<string>();
  private readonly links = new Map<string, Links>();
  private readonly known = new Map<string, Pick<ClaudeFile, 'facts' | 'version'>>();
  /** What was adopted are whole groups. */
  private complete = true;
  /** By the path of a group's first file. */
  private groups = new Map<string, Group>();
  private last: { files: readonly ClaudeFile[]; sessions: readonly SettledSession[] } | undefined;

  /** Takes over a file that was read elsewhere or in an earlier run. */
  adoptFile(file: ClaudeFile, links: Links): void {
    this.links.set(file.path, links);
    this.known.set(file.path, file);
    this.waiting.add(file.path);
  }

  /** Takes over what was put together elsewhere or in an earlier run, of adopted files. `alone`: others may belong to it. */
  adoptGroup(files: readonly ClaudeFile[], sessions: readonly SettledSession[], alone: boolean): void {
    this.complete &&= !alone;
    this.groups.set(files[0]?.path ?? '', { files, sessions });
  }

  clear(): void {
    this.linked = new LinkedFiles();
    this.waiting.clear();
    this.links.clear();
    this.known.clear();
    this.complete = true;
    this.groups = new Map();
    this.last = undefined;
  }

  /** Those of a file as it was in this version. */
  linksOf(path: string, version: number): Links | undefined {
    return this.known.get(path)?.version === version ? this.links.get(path) : undefined;
  }

  get all(): readonly Group[] {
    return [...this.groups.values()];
  }

  async sessions(files: readonly ClaudeFile[]): Promise<readonly SettledSession[]> {
    const { last } = this;
    if (last?.files.length === files.length && files.every((file, n) => isSame(file, last.files[n]))) {
      return last.sessions;
    }
    const groups = new Map<string, Group>();
    for (const group of this.grouped(files)) {
      const first = group[0]?.path ?? '';
      const before = this.groups.get(first);
      const same = before?.files.length === group.length && group.every((file, n) => isSame(file, before.files[n]));
      groups.set(first, same ? before : { files: group, sessions: await settle(group) });
    }
    this.groups = groups;
    const sessions = [...groups.values()].flatMap((group) => group.sessions);
    this.last = { files, sessions };
    return sessions;
  }

  private grouped(files: readonly ClaudeFile[]): ClaudeFile[][] {
    const changed = files.filter((file) => !isSame(file, this.known.get(file.path)));
    const asAdopted = changed.length === 0 && this.complete && this.last === undefined && this.adoptedGroups(files);
    if (asAdopted) return asAdopted;
    const waiting = [...this.waiting].flatMap((path) => ({ path, links: this.links.get(path) ?? new Float64Array() }));
    this.linked.expect(waiting.reduce((sum, { links }) => sum + countOfLinks(links), 0));
    for (const { path, links } of waiting) this.linked.add(path, toHashes(links));
    this.waiting.clear();
    // A file that is gone or was rewritten may leave ties that hold no more, which does no harm.
    for (const file of changed) {
      const links = linksOf(file);
      this.linked.add(file.path, links);
      this.links.set(file.path, links);
      this.known.set(file.path, file);
    }
    return this.linked.groups(files, ({ path }) => path);
  }

  /** The groups of an earlier run, where they hold exactly these files: then nothing has to be tied anew. */
  private adoptedGroups(files: readonly ClaudeFile[]): ClaudeFile[][] | undefined {
    const rest = new Map(files.map((file) => [file.path, file]));
    const groups: ClaudeFile[][] = [];
    for (const { paths } of this.all.map((group) => ({ paths: group.files.map(pathOf) }))) {
      const group = paths.flatMap((path) => rest.get(path) ?? []);
      if (group.length !== paths.length) return undefined;
      for (const path of paths) rest.delete(path);
      groups.push(group);
    }
    return rest.size === 0 ? groups : undefined;
  }
}

function isSame(file: ClaudeFile, other: Pick<ClaudeFile, 'facts' | 'version'> | undefined): boolean {
  return other?.facts === file.facts && other.version === file.version;
}

const pathOf = ({ path }: { path: string }): string => path;
