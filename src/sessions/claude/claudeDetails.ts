import type { ClaudeUsage } from './claudeRecord';
import type { ClaudeTestRun, CommandEnd } from './claudeTestRuns';

/** Usage of one API response (`message.usage`), tokens. Reasoning is inside `output`. */
export interface ClaudeResponse extends ClaudeUsage {
  model: string | undefined;
  /** ms since the epoch. */
  at: number | undefined;
  subagent: boolean;
  /** Place among the user and assistant records of its file. */
  order: number;
}

export interface ClaudeToolCall {
  name: string;
  /** Digest of name and input: equal for identical calls. */
  digest: number;
  /** The file that the call was to change. */
  file: string | undefined;
  subagent: boolean;
  order: number;
}

export interface ClaudeSlashCommand {
  order: number;
  command: string;
  /** A model answer followed before the next prompt. */
  startedTurn: boolean;
}

/** What the records of a file say one by one. Maps are keyed by what identifies the thing in all files of a project. */
export interface ClaudeDetails {
  /** Times of the user and assistant records in file order, ms since the epoch; NaN where it cannot be read. */
  times: number[];
  responses: Map<string, ClaudeResponse>;
  prompts: Map<string, { order: number }>;
  slashCommands: Map<string, ClaudeSlashCommand>;
  toolCalls: Map<string, ClaudeToolCall>;
  /** Tool results by call id. */
  toolResults: Map<string, { failed: boolean; order: number }>;
  /** Those of the tool calls that test or build, by call id. */
  testRuns: Map<string, ClaudeTestRun>;
  apiErrors: Map<string, { order: number }>;
  /** User and assistant records that are nothing of the above, by uuid. */
  others: Map<string, { order: number }>;
}

export function newDetails(): ClaudeDetails {
  return {
    times: [],
    responses: new Map(),
    prompts: new Map(),
    slashCommands: new Map(),
    toolCalls: new Map(),
    toolResults: new Map(),
    testRuns: new Map(),
    apiErrors: new Map(),
    others: new Map(),
  };
}

/** All tokens of a response: what decides between several records of one. */
export function totalOf(usage: ClaudeUsage): number {
  return usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
}

/** Everything by which this file may share something with another. */
export function* identitiesOf(details: ClaudeDetails): Iterable<string> {
  const { responses, prompts, slashCommands, toolCalls, toolResults, apiErrors, others } = details;
  for (const items of [responses, prompts, slashCommands, toolCalls, apiErrors, others]) yield* items.keys();
  for (const id of toolResults.keys()) if (!toolCalls.has(id)) yield id;
}

type Orders = [string, number][];

interface Packed {
  /** Each as the difference to the one before; null where unknown. */
  times: (number | null)[];
  models: string[];
  names: string[];
  files: string[];
  /** [id, input, output, cacheRead, cacheWrite, cacheWrite1h, model, time, subagent, order] */
  responses: [string, number, number, number, number, number, number, number | null, 0 | 1, number][];
  prompts: Orders;
  slashCommands: [string, number, string, boolean][];
  /** [id, name, digest, file, subagent, order] */
  toolCalls: [string, number, number | null, number, 0 | 1, number][];
  /** [place among the tool calls, or id, failed, order] */
  toolResults: [number | string, 0 | 1, number][];
  commands: string[];
  /** [id, command, verdict if done, verdict if failed, end, order] */
  testRuns: [string, number, ClaudeTestRun['ifDone'], ClaudeTestRun['ifFailed'], CommandEnd | null, number][];
  apiErrors: Orders;
  others: Orders;
}

/** Numbers the texts that repeat; -1 for none. */
class Texts {
  readonly all: string[] = [];
  private readonly known = new Map<string, number>();

  number(text: string | undefined): number {
    if (text === undefined) return -1;
    const known = this.known.get(text) ?? this.all.length;
    if (known === this.all.length) {
      this.all.push(text);
      this.known.set(text, known);
    }
    return known;
  }
}

const encoder = new TextEncoder();
const orders = (items: ReadonlyMap<string, { order: number }>): Orders =>
  Array.from(items, ([key, { order }]) => [key, order]);
const bit = (value: boolean): 0 | 1 => (value ? 1 : 0);
/** JSON has no NaN. */
const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

export function packDetails(details: ClaudeDetails): Uint8Array {
  const [models, names, files, commands] = [new Texts(), new Texts(), new Texts(), new Texts()];
  const places = new Map([...details.toolCalls.keys()].map((id, place) => [id, place]));
  const packed: Packed = {
    times: differences(details.times),
    responses: Array.from(details.responses, ([id, r]) => [
      ...([id, r.input, r.output, r.cacheRead, r.cacheWrite, r.cacheWrite1h] as const),
      ...([models.number(r.model), orNull(r.at), bit(r.subagent), r.order] as const),
    ]),
    prompts: orders(details.prompts),
    slashCommands: Array.from(details.slashCommands, ([key, s]) => [key, s.order, s.command, s.startedTurn]),
    toolCalls: Array.from(details.toolCalls, ([id, call]) => [
      ...([id, names.number(call.name), orNull(call.digest)] as const),
      ...([files.number(call.file), bit(call.subagent), call.order] as const),
    ]),
    toolResults: Array.from(details.toolResults, ([id, { failed, order }]) => [
      places.get(id) ?? id,
      bit(failed),
      order,
    ]),
    testRuns: Array.from(details.testRuns, ([id, run]) => [
      ...([id, commands.number(run.command), run.ifDone, run.ifFailed, run.end ?? null, run.order] as const),
    ]),
    apiErrors: orders(details.apiErrors),
    others: orders(details.others),
    models: models.all,
    names: names.all,
    files: files.all,
    commands: commands.all,
  };
  return encoder.encode(JSON.stringify(packed));
}

export function unpackDetails(bytes: Uint8Array): ClaudeDetails {
  const packed = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as Packed;
  const byOrder = (items: Orders): Map<string, { order: number }> =>
    new Map(items.map(([key, order]) => [key, { order }]));
  const calls = packed.toolCalls.map(([id]) => id);
  return {
    times: sums(packed.times),
    responses: new Map(
      packed.responses.map(([id, input, output, cacheRead, cacheWrite, cacheWrite1h, model, at, subagent, order]) => [
        id,
        {
          ...{ input, output, cacheRead, cacheWrite, cacheWrite1h, model: packed.models[model] },
          ...{ at: at ?? undefined, subagent: subagent === 1, order },
        },
      ]),
    ),
    prompts: byOrder(packed.prompts),
    slashCommands: new Map(
      packed.slashCommands.map(([key, order, command, startedTurn]) => [key, { order, command, startedTurn }]),
    ),
    toolCalls: new Map(
      packed.toolCalls.map(([id, name, digest, file, subagent, order]) => [
        id,
        {
          ...{ name: packed.names[name] ?? '', digest: digest ?? NaN, file: packed.files[file] },
          ...{ subagent: subagent === 1, order },
        },
      ]),
    ),
    toolResults: new Map(
      packed.toolResults.map(([id, failed, order]) => [
        typeof id === 'number' ? (calls[id] ?? '') : id,
        { failed: failed === 1, order },
      ]),
    ),
    testRuns: new Map(
      packed.testRuns.map(([id, command, ifDone, ifFailed, end, order]) => [
        id,
        { command: packed.commands[command] ?? '', ifDone, ifFailed, ...(end && { end }), order },
      ]),
    ),
    apiErrors: byOrder(packed.apiErrors),
    others: byOrder(packed.others),
  };
}

function differences(times: readonly number[]): (number | null)[] {
  let before = 0;
  return times.map((time) => {
    if (Number.isNaN(time)) return null;
    const difference = time - before;
    before = time;
    return difference;
  });
}

function sums(differences: readonly (number | null)[]): number[] {
  let before = 0;
  return differences.map((difference) => {
    if (difference === null) return NaN;
    before += difference;
    return before;
  });
}
