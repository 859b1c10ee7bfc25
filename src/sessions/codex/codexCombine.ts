import * as path from 'node:path';
import type { Tokens } from '../../api';
import { outcomeOf } from '../../domain/outcome';
import type { CommandOutcome, CommandRun } from '../../domain/outcome';
import { measureActivity } from '../reading/activity';
import type { Activity } from '../reading/activity';
import { failedByExitCode } from '../reading/exitCode';
import { countRepeated } from '../reading/values';
import { responsesOf } from './codexCounter';
import type { CodexResponse } from './codexCounter';
import type { CodexFacts } from './codexFacts';
import { ownPart } from './codexOwn';
import type { OwnPart, Relatives } from './codexOwn';

/** One rollout. */
export interface CodexFile {
  path: string;
  facts: CodexFacts;
  /** Counts up whenever the facts changed. */
  version: number;
  /** False for a file that is only read because another one is a fork of it. */
  inWorkspace: boolean;
}

/** A thread with its sub-agents. */
export interface CodexSession {
  id: string;
  /** The thread's own files first, the earliest first. */
  files: readonly CodexFile[];
  main: CodexFile;
  threadIds: readonly string[];
  activity: Activity;
  /** Absent where Codex wrote no counts, or what of them is inherited cannot be told. */
  tokens: Tokens | undefined;
  reasoning: number;
  subagentTokens: Tokens | undefined;
  responses: readonly CodexResponse[];
  /** Responses by model; 0 for a model whose responses left no counts. */
  models: Record<string, number>;
  prompts: number;
  toolCalls: number;
  toolErrors: number;
  toolLoops: number;
  filesTouched: number;
  outcome: CommandOutcome | undefined;
}

/** Tools that ask how something is going on: asking again is waiting, no loop. */
const POLLING_TOOLS = new Set(['write_stdin', 'wait', 'wait_agent', 'list_agents']);

interface Part {
  file: CodexFile;
  own: OwnPart;
  subagent: boolean;
}

/** Puts rollouts together to sessions: files of one thread, and sub-agents with the thread that spawned them. */
export function combineCodexFiles(files: readonly CodexFile[]): CodexSession[] {
  const family = new Family(files);
  const groups = new Map<string, Part[]>();
  for (const file of family.inOrder) {
    const root = family.rootOf(file);
    const id = idOf(file);
    const part = { file, own: ownPart(file.facts, family.relativesOf(file)), subagent: root !== id };
    const group = groups.get(root);
    if (group) {
      group.push(part);
    } else {
      groups.set(root, [part]);
    }
  }
  return [...groups].flatMap(([id, parts]) => combineParts(id, parts) ?? []);
}

/** The thread of a rollout: as it says itself, else as its name says. */
export function idOf({ facts, path: file }: Pick<CodexFile, 'facts' | 'path'>): string {
  const name = path.basename(file).replace(/\.jsonl(?:\.zst)?$/, '');
  return facts.id ?? /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i.exec(name)?.[0] ?? name;
}

class Family {
  readonly inOrder: readonly CodexFile[];
  private readonly byId = new Map<string, CodexFile[]>();
  private readonly forks = new Map<string, CodexFile[]>();

  constructor(files: readonly CodexFile[]) {
    this.inOrder = [...files].sort((a, b) => startOf(a) - startOf(b) || (a.path < b.path ? -1 : 1));
    for (const file of this.inOrder) {
      collect(this.byId, idOf(file), file);
      collect(this.forks, file.facts.meta?.forkedFrom, file);
    }
  }

  relativesOf(file: CodexFile): Relatives {
    const { meta } = file.facts;
    const id = idOf(file);
    const thread = this.byId.get(id) ?? [];
    const earlier = thread.slice(0, thread.indexOf(file));
    const named = [meta?.forkedFrom, meta?.basedOn, meta?.parentThread];
    const parents = named.flatMap((name) => (name === undefined || name === id ? [] : (this.byId.get(name) ?? [])));
    const siblings = (this.forks.get(meta?.forkedFrom ?? '') ?? []).filter((other) => idOf(other) !== id);
    const facts = (list: readonly CodexFile[]): CodexFacts[] => list.map((other) => other.facts);
    return { ancestors: facts([...earlier, ...parents]), siblings: facts(siblings), continued: earlier.length > 0 };
  }

  /** The thread that a sub-agent worked for, through all that lie between; any other thread is its own. */
  rootOf(file: CodexFile): string {
    const own = idOf(file);
    const seen = new Set([own]);
    let root = own;
    for (let meta = file.facts.meta; meta?.subagent === true && meta.parentThread !== undefined;) {
      const [parent] = this.byId.get(meta.parentThread) ?? [];
      if (!parent) {
        break;
      }
      root = idOf(parent);
      if (seen.has(root)) {
        return own; // They are each other's parents: each stands for itself.
      }
      seen.add(root);
      meta = parent.facts.meta;
    }
    return this.byId.get(root)?.some(({ inWorkspace }) => inWorkspace) === true ? root : own;
  }
}

function startOf({ facts }: CodexFile): number {
  return facts.meta?.startedAt ?? facts.times[0] ?? Number.MAX_VALUE;
}

function collect(groups: Map<string, CodexFile[]>, key: string | undefined, file: CodexFile): void {
  if (key !== undefined) {
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
}

function combineParts(id: string, parts: readonly Part[]): CodexSession | undefined {
  const mains = parts.filter(({ subagent }) => !subagent);
  const activity = measureActivity(parts.flatMap(({ file }) => file.facts.times));
  const [main] = mains;
  if (!main || !activity || !parts.some(({ file }) => file.inWorkspace)) {
    return undefined;
  }
  const subagents = parts.filter(({ subagent }) => subagent);
  const responses = parts.flatMap(responsesIn);
  const known = parts.some(({ file }) => file.facts.reportsTokens) && parts.every(({ own }) => own.countsKnown);
  const spent = subagents.flatMap(responsesIn);
  return {
    id,
    files: [...mains, ...subagents].map(({ file }) => file),
    main: main.file,
    threadIds: [...new Set(parts.map(({ file }) => idOf(file)))],
    activity,
    tokens: known ? sumTokens(responses) : undefined,
    reasoning: responses.reduce((sum, { reasoning }) => sum + reasoning, 0),
    subagentTokens: known && spent.length > 0 ? sumTokens(spent) : undefined,
    responses: known ? responses : [],
    models: countModels(parts, responses),
    prompts: mains.reduce((sum, part) => sum + countPrompts(part), 0),
    ...countTools(parts),
  };
}

function responsesIn({ own }: Part): CodexResponse[] {
  return responsesOf(own.events, own.base);
}

/** Input that was neither read from the cache nor written to it. */
export function freshInput({ input, cached, cacheWrite }: CodexResponse): number {
  return Math.max(0, input - cached - cacheWrite);
}

function sumTokens(responses: readonly CodexResponse[]): Tokens {
  const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  for (const response of responses) {
    sum.input += freshInput(response);
    sum.output += response.output;
    sum.cacheRead += response.cached;
    sum.cacheWrite += response.cacheWrite;
  }
  return sum;
}

function countModels(parts: readonly Part[], responses: readonly CodexResponse[]): Record<string, number> {
  const counts = new Map<string, number>(
    parts.flatMap(({ file }) => [...file.facts.models].map((model) => [model, 0])),
  );
  for (const { model } of responses) {
    if (model !== undefined) {
      counts.set(model, (counts.get(model) ?? 0) + 1);
    }
  }
  return Object.fromEntries(counts);
}

/** Prompts in either form, each once; messages to the model only where the file has no prompt in those forms. */
function countPrompts({ file, own }: Part): number {
  const { prompts, userMessages, meta } = file.facts;
  if (meta?.subagent === true) {
    return 0; // What a sub-agent is told, the agent wrote.
  }
  if (prompts.length === 0) {
    return userMessages.filter((prompt) => own.ownsPrompt(prompt)).length;
  }
  const counts = new Map<number, { message: number; item: number }>();
  for (const prompt of prompts.filter((each) => own.ownsPrompt(each))) {
    const count = counts.get(prompt.key) ?? { message: 0, item: 0 };
    count[prompt.form]++;
    counts.set(prompt.key, count);
  }
  return [...counts.values()].reduce((sum, { message, item }) => sum + Math.max(message, item), 0);
}

type ToolCounts = Pick<CodexSession, 'toolCalls' | 'toolErrors' | 'toolLoops' | 'filesTouched' | 'outcome'>;

function countTools(parts: readonly Part[]): ToolCounts {
  const touched = new Set<string>();
  const runs: CommandRun[] = [];
  const counts = { toolCalls: 0, toolErrors: 0, toolLoops: 0 };
  for (const { file, own, subagent } of parts) {
    const { calls, results, files, running } = file.facts;
    const ownCalls = [...calls].filter(([id]) => own.ownsCall(id));
    counts.toolCalls += ownCalls.length;
    counts.toolErrors += ownCalls.filter(([id]) => results.get(id)?.failed === true).length;
    if (!subagent) {
      const looked = ownCalls.filter(([, { name }]) => !POLLING_TOOLS.has(name));
      counts.toolLoops += countRepeated(looked.map(([, { digest }]) => digest));
    }
    for (const [name, order] of files) {
      if (own.ownsPlace(order)) {
        touched.add(name);
      }
    }
    for (const [id, { name, command, at }] of ownCalls) {
      const result = results.get(id);
      if (command !== undefined && result?.declined !== true) {
        const later = running.endOf(id);
        const failed = later?.stopped === true ? undefined : failedByExitCode(result?.exitCode ?? later?.exitCode);
        runs.push({ tool: name, command, failed, time: at ?? NaN });
      }
    }
  }
  return { ...counts, filesTouched: touched.size, outcome: outcomeOf(runs) };
}
