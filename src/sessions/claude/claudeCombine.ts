import type { Tokens } from '../../api';
import { outcomeOfJudged } from '../../domain/outcome';
import type { CommandOutcome, JudgedRun } from '../../domain/outcome';
import { measureActivity } from '../reading/activity';
import type { Activity } from '../reading/activity';
import { Breather } from '../reading/breathe';
import { totalOf } from './claudeDetails';
import type { ClaudeDetails, ClaudeResponse, ClaudeToolCall } from './claudeDetails';
import type { ClaudeFacts } from './claudeFacts';
import { judgedRun } from './claudeTestRuns';

/** One transcript file with the session that it belongs to. */
export interface ClaudeFile {
  path: string;
  sessionId: string;
  facts: ClaudeFacts;
  /** Counts up whenever the facts changed. */
  version: number;
  /** ms since the epoch; decides which of two copies is the earlier one where nothing in them does. */
  birthtimeMs: number;
}

/** What all files of one session say together, copies of other sessions' history left out. */
export interface ClaudeSession {
  id: string;
  /** Main transcripts first. */
  files: ClaudeFile[];
  activity: Activity;
  /** Absent where no usage was seen at all. */
  tokens: Tokens | undefined;
  subagentTokens: Tokens | undefined;
  responses: ClaudeResponse[];
  models: Record<string, number>;
  model: string | undefined;
  prompts: number;
  slashCommands: number;
  toolCalls: number;
  toolErrors: number;
  toolLoops: number;
  filesTouched: number;
  /** Of the last test or build command. */
  outcome: CommandOutcome | undefined;
  apiErrors: number;
}

/** Tools that ask how something is going on: asking again is waiting, no loop. */
const POLLING_TOOLS = new Set(['BashOutput', 'TaskOutput', 'AgentOutputTool', 'TaskGet', 'TaskList', 'Sleep']);

/**
 * Puts the files of a project together to sessions. Whatever is in several files (resumed and forked sessions begin with a copy
 * of the old one) counts once, for the earliest of them; of several records of a response the greatest counts.
 */
export async function combineClaudeFiles(files: readonly ClaudeFile[]): Promise<ClaudeSession[]> {
  const breather = new Breather();
  const earliestFirst = [...files].sort(byAge);
  const owners = files.length > 1 ? new Owners() : new SoleOwner();
  for (const file of earliestFirst) {
    owners.claim(file);
    if (breather.due) {
      await breather.pause();
    }
  }
  const sessions: ClaudeSession[] = [];
  for (const [id, group] of groupBySession(earliestFirst)) {
    const session = combineSession(id, group, owners);
    if (session) {
      sessions.push(session);
    }
    if (breather.due) {
      await breather.pause();
    }
  }
  return sessions;
}

function byAge(a: ClaudeFile, b: ClaudeFile): number {
  return (
    firstTime(a.facts) - firstTime(b.facts) ||
    Number(a.facts.copied) - Number(b.facts.copied) ||
    a.birthtimeMs - b.birthtimeMs ||
    (a.path < b.path ? -1 : Number(a.path > b.path))
  );
}

function firstTime(facts: ClaudeFacts): number {
  return facts.firstTime ?? Number.MAX_VALUE;
}

function groupBySession(files: readonly ClaudeFile[]): Map<string, ClaudeFile[]> {
  const groups = new Map<string, ClaudeFile[]>();
  for (const file of [...files].sort((a, b) => Number(a.facts.subagentFile) - Number(b.facts.subagentFile))) {
    const group = groups.get(file.sessionId);
    if (group) {
      group.push(file);
    } else {
      groups.set(file.sessionId, [file]);
    }
  }
  return groups;
}

/** Which file each thing with an identity counts for: the first that claims it. */
interface Ownership {
  claim(file: ClaudeFile): void;
  ownsCall(file: ClaudeFile, id: string): boolean;
  /** How many of the records count for this file. */
  countRecords(file: ClaudeFile, records: ReadonlyMap<string, unknown>): number;
  ownsRecord(file: ClaudeFile, key: string): boolean;
  /** The responses that count for this file, each in its best record. */
  responses(file: ClaudeFile): ClaudeResponse[];
  /**
   * The `order` of the file's first message that is its own, where a copy of another session's history stands before it; 0 where
   * none does, Infinity where there is nothing but a copy.
   */
  ownFrom(file: ClaudeFile): number;
}

/** Of a file that shares nothing with others, as most: everything counts for it. */
class SoleOwner implements Ownership {
  claim(): void {
    // There is nobody else.
  }

  ownsCall(): boolean {
    return true;
  }

  countRecords(_: ClaudeFile, records: ReadonlyMap<string, unknown>): number {
    return records.size;
  }

  ownsRecord(): boolean {
    return true;
  }

  responses({ facts }: ClaudeFile): ClaudeResponse[] {
    return [...facts.details.responses.values()];
  }

  ownFrom(): number {
    return 0;
  }
}

class Owners implements Ownership {
  private readonly best = new Map<string, { owner: ClaudeFile; best: ClaudeResponse }>();
  /** Owners of what is known by the uuid of its record. */
  private readonly records = new Map<string, ClaudeFile>();
  private readonly toolCalls = new Map<string, ClaudeFile>();

  claim(file: ClaudeFile): void {
    const { details } = file.facts;
    for (const [id, response] of details.responses) {
      const known = this.best.get(id);
      if (!known) {
        this.best.set(id, { owner: file, best: response });
      } else if (totalOf(response) >= totalOf(known.best)) {
        known.best = response;
      }
    }
    for (const items of byRecord(details)) {
      claimAll(this.records, items, file);
    }
    claimAll(this.toolCalls, details.toolCalls, file);
  }

  ownsRecord(file: ClaudeFile, key: string): boolean {
    return this.records.get(key) === file;
  }

  ownsCall(file: ClaudeFile, id: string): boolean {
    return this.toolCalls.get(id) === file;
  }

  countRecords(file: ClaudeFile, records: ReadonlyMap<string, unknown>): number {
    let count = 0;
    for (const key of records.keys()) count += this.ownsRecord(file, key) ? 1 : 0;
    return count;
  }

  responses(file: ClaudeFile): ClaudeResponse[] {
    return [...file.facts.details.responses.keys()].flatMap((id) => {
      const known = this.best.get(id);
      return known?.owner === file ? known.best : [];
    });
  }

  ownFrom(file: ClaudeFile): number {
    const { details } = file.facts;
    let firstOwn = Infinity;
    let firstForeign = Infinity;
    const look = (items: Items, ownerOf: (key: string) => ClaudeFile | undefined): void => {
      for (const [key, { order }] of items) {
        const owner = ownerOf(key);
        if (owner?.sessionId === file.sessionId) {
          firstOwn = Math.min(firstOwn, order);
        } else if (owner) {
          firstForeign = Math.min(firstForeign, order);
        }
      }
    };
    look(details.responses, (key) => this.best.get(key)?.owner);
    for (const items of byRecord(details)) {
      look(items, (key) => this.records.get(key));
    }
    look(details.toolCalls, (key) => this.toolCalls.get(key));
    look(details.toolResults, (key) => this.toolCalls.get(key));
    return firstForeign < firstOwn ? firstOwn : 0;
  }
}

type Items = ReadonlyMap<string, { order: number }>;

function byRecord(details: ClaudeDetails): Items[] {
  return [details.prompts, details.slashCommands, details.apiErrors, details.others];
}

function claimAll(owners: Map<string, ClaudeFile>, items: ReadonlyMap<string, unknown>, file: ClaudeFile): void {
  for (const key of items.keys()) {
    if (!owners.has(key)) {
      owners.set(key, file);
    }
  }
}

function combineSession(id: string, files: ClaudeFile[], owners: Ownership): ClaudeSession | undefined {
  const times = files.flatMap((file) => ownTimes(file, owners));
  const activity = measureActivity(times);
  if (!activity) {
    return undefined; // No message at all, or nothing but a copy of another session.
  }
  const responses = files.flatMap((file) => owners.responses(file));
  const seen = files.some((file) => file.facts.details.responses.size > 0);
  const subagents = responses.filter((response) => response.subagent);
  return {
    id,
    files,
    activity,
    tokens: seen ? sumTokens(responses) : undefined,
    subagentTokens: subagents.length > 0 ? sumTokens(subagents) : undefined,
    responses,
    ...countModels(responses),
    prompts: countOwn(files, (details) => details.prompts, owners),
    slashCommands: files.reduce(
      (sum, file) =>
        sum +
        [...file.facts.details.slashCommands].filter(
          ([key, { startedTurn }]) => startedTurn && owners.ownsRecord(file, key),
        ).length,
      0,
    ),
    apiErrors: countOwn(files, (details) => details.apiErrors, owners),
    ...countTools(files, owners),
  };
}

function ownTimes(file: ClaudeFile, owners: Ownership): number[] {
  return file.facts.details.times.slice(owners.ownFrom(file)).filter((time) => !Number.isNaN(time));
}

function sumTokens(responses: readonly ClaudeResponse[]): Tokens {
  const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  for (const response of responses) {
    sum.input += response.input;
    sum.output += response.output;
    sum.cacheRead += response.cacheRead;
    sum.cacheWrite += response.cacheWrite;
  }
  return sum;
}

/** Responses by model, and the model that gave most answers in the main thread (else in sub-agents). */
function countModels(responses: readonly ClaudeResponse[]): Pick<ClaudeSession, 'models' | 'model'> {
  const all = tally(responses);
  const main = tally(responses.filter((response) => !response.subagent));
  return { models: Object.fromEntries(all), model: mostFrequent(main) ?? mostFrequent(all) };
}

function tally(responses: readonly ClaudeResponse[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { model } of responses) {
    if (model !== undefined) {
      counts.set(model, (counts.get(model) ?? 0) + 1);
    }
  }
  return counts;
}

function mostFrequent(counts: ReadonlyMap<string, number>): string | undefined {
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0];
}

function countOwn(
  files: readonly ClaudeFile[],
  items: (details: ClaudeDetails) => ReadonlyMap<string, unknown>,
  owners: Ownership,
): number {
  return files.reduce((sum, file) => sum + owners.countRecords(file, items(file.facts.details)), 0);
}

type ToolCounts = Pick<ClaudeSession, 'toolCalls' | 'toolErrors' | 'toolLoops' | 'filesTouched' | 'outcome'>;

function countTools(files: readonly ClaudeFile[], owners: Ownership): ToolCounts {
  const touched = new Set<string>();
  const runs: JudgedRun[] = [];
  const counts = { toolCalls: 0, toolErrors: 0, toolLoops: 0 };
  for (const file of files) {
    const own = [...file.facts.details.toolCalls].filter(([id]) => owners.ownsCall(file, id));
    counts.toolCalls += own.length;
    counts.toolLoops += countRepeats(own.map(([, call]) => call));
    for (const [id, call] of own) {
      const failed = file.facts.details.toolResults.get(id)?.failed;
      counts.toolErrors += failed === true ? 1 : 0;
      if (failed === false && call.file !== undefined) {
        touched.add(call.file);
      }
    }
    runs.push(...ownRuns(file, owners));
  }
  return { ...counts, filesTouched: touched.size, outcome: outcomeOfJudged(runs) };
}

function ownRuns(file: ClaudeFile, owners: Ownership): JudgedRun[] {
  const { testRuns, times } = file.facts.details;
  return [...testRuns].flatMap(([id, run]) =>
    owners.ownsCall(file, id) ? (judgedRun(run, times[run.order] ?? NaN) ?? []) : [],
  );
}

/** Calls of the main thread that only repeat the one before: a run of k identical calls holds k - 1. */
export function countRepeats(calls: readonly Pick<ClaudeToolCall, 'name' | 'digest' | 'subagent'>[]): number {
  let repeats = 0;
  let previous: number | undefined;
  for (const { name, digest, subagent } of calls) {
    if (subagent || POLLING_TOOLS.has(name)) {
      continue;
    }
    repeats += digest === previous ? 1 : 0;
    previous = digest;
  }
  return repeats;
}
