import type { Stored } from '../indexFile/restOfFile';
import { parseLine } from '../reading/jsonLines';
import type { ParsedLine } from '../reading/jsonLines';
import { titleFrom } from '../reading/title';
import { versionOf } from '../reading/values';
import { classifyUserText } from './claudePrompt';
import { toClaudeRecord } from './claudeRecord';
import type { ClaudeBlock, ClaudeMessage, ClaudeRecord } from './claudeRecord';
import { newDetails, packDetails, totalOf, unpackDetails } from './claudeDetails';
import type { ClaudeDetails } from './claudeDetails';
import { ClaudeSkim } from './claudeSkim';
import { commandEnd, testRunOf } from './claudeTestRuns';

type Json = Readonly<Record<string, unknown>>;

export interface ClaudeFactsDump {
  head: {
    sessionId: string | undefined;
    cwd: string | undefined;
    relocatedCwd: string | undefined;
    version: string | undefined;
    branch: string | undefined;
    customTitle: string | undefined;
    aiTitle: string | undefined;
    firstPrompt: string | undefined;
    lastUuid: string | undefined;
    lastSign: number | undefined;
    firstTime: number | undefined;
    copied: boolean;
    lines: number;
    openSlashCommand: string | undefined;
    subagentFile: boolean;
    summaries: [string, string][];
  };
  /** As `packDetails` makes it. */
  details: Uint8Array | Stored;
}

/** Few files have any. */
const NO_SUMMARIES: ReadonlyMap<string, string> = new Map();

/**
 * What one transcript file says, gathered record by record, so that a file that grew is read on from where it ended. Maps are
 * keyed by what identifies the thing in all files of a project, so that copies in a resumed or forked session can be told.
 */
export class ClaudeFacts {
  /** The first session id in the records. */
  sessionId: string | undefined;
  /** The folder that the session was started in: the first `cwd`. */
  cwd: string | undefined;
  /** Where a `relocated` record says that the session went. */
  relocatedCwd: string | undefined;
  /** Of the agent: the first that is told. */
  version: string | undefined;
  branch: string | undefined;
  /** Titles are kept in the form in which they are shown: what they were made from may hold secrets. */
  customTitle: string | undefined;
  aiTitle: string | undefined;
  firstPrompt: string | undefined;
  /** uuid of the last message of the main thread. */
  lastUuid: string | undefined;
  /** The file begins with history of another session. */
  copied = false;
  /** Any record's latest time, ms since the epoch: a sign of life. */
  lastSign: number | undefined;
  /** Time of the first user or assistant record that has one. */
  firstTime: number | undefined;
  readonly subagentFile: boolean;
  private readonly path: string;
  /** Key of the slash command that the next answer may belong to. */
  private openSlashCommand: string | undefined;
  private lines = 0;
  private someSummaries: Map<string, string> | undefined;
  private live: ClaudeDetails | undefined;
  private frozen: Uint8Array | Stored | undefined;

  /**
   * `path` makes keys of records without ids unique. `subagentFile`: the whole file is the transcript of a sub-agent, whose
   * records are no prompts and no part of the main thread.
   */
  constructor(path: string, subagentFile: boolean) {
    this.path = path;
    this.subagentFile = subagentFile;
  }

  /** Titles of conversations by the uuid of their last message; often of other sessions than this. */
  get summaries(): ReadonlyMap<string, string> {
    return this.someSummaries ?? NO_SUMMARIES;
  }

  /** What the records say one by one; read from the packed form where that is all there is. */
  get details(): ClaudeDetails {
    if (!this.live) {
      this.live = this.frozen ? unpackDetails(bytesOf(this.frozen)) : newDetails();
      this.frozen = undefined;
    }
    return this.live;
  }

  /** Packs the details: in this form they take a tenth of the memory. */
  freeze(): Uint8Array | Stored {
    this.frozen ??= packDetails(this.details);
    this.live = undefined;
    return this.frozen;
  }

  /** Everything, in a form that can be sent and kept. */
  dump(): ClaudeFactsDump {
    const {
      sessionId,
      cwd,
      relocatedCwd,
      version,
      branch,
      customTitle,
      aiTitle,
      firstPrompt,
      lastUuid,
      lastSign,
      firstTime,
    } = this;
    const { copied, lines, openSlashCommand, subagentFile } = this;
    const texts = { sessionId, cwd, relocatedCwd, version, branch, customTitle, aiTitle, firstPrompt, lastUuid };
    const summaries = [...this.summaries];
    const head = { ...texts, lastSign, firstTime, copied, lines, openSlashCommand, subagentFile, summaries };
    return { head, details: this.freeze() };
  }

  /** The inverse of `dump`. */
  static restore(path: string, { head, details }: ClaudeFactsDump): ClaudeFacts {
    const facts = new ClaudeFacts(path, head.subagentFile);
    // One by one: a restart does this for every transcript, and it is many times faster than a copy of all fields.
    facts.sessionId = head.sessionId;
    facts.cwd = head.cwd;
    facts.relocatedCwd = head.relocatedCwd;
    facts.version = head.version;
    facts.branch = head.branch;
    facts.customTitle = head.customTitle;
    facts.aiTitle = head.aiTitle;
    facts.firstPrompt = head.firstPrompt;
    facts.lastUuid = head.lastUuid;
    facts.lastSign = head.lastSign;
    facts.firstTime = head.firstTime;
    facts.copied = head.copied;
    facts.lines = head.lines;
    facts.openSlashCommand = head.openSlashCommand;
    if (head.summaries.length > 0) facts.someSummaries = new Map(head.summaries);
    facts.live = undefined;
    facts.frozen = details;
    return facts;
  }

  add(record: Json): void {
    this.take(toClaudeRecord(record));
  }

  /** As `add` for the record in the line, without parsing the line where that can be avoided. */
  addLine(bytes: Buffer, from: number, to: number): ParsedLine['kind'] {
    const skimmed = (skim ??= new ClaudeSkim()).read(bytes, from, to);
    if (skimmed) {
      this.take(skimmed);
      return 'record';
    }
    const parsed = parseLine(bytes.subarray(from, to));
    if (parsed.kind === 'record') {
      this.add(parsed.record);
    }
    return parsed.kind;
  }

  private take(record: ClaudeRecord): void {
    this.lines++;
    const { at, type, message } = record;
    if (at !== undefined && (this.lastSign === undefined || at > this.lastSign)) {
      this.lastSign = at;
    }
    this.addPlace(record);
    if (message) {
      this.addMessage(type === 'user', message, at);
    } else {
      this.addNote(record);
    }
  }

  private addPlace({ sessionId, cwd, version, branch, forked }: ClaudeRecord): void {
    this.sessionId ??= sessionId;
    this.cwd ??= cwd;
    this.version ??= versionOf(version);
    if (branch !== 'HEAD') {
      this.branch ??= branch;
    }
    if (forked || (sessionId !== undefined && sessionId !== this.sessionId)) {
      this.copied = true;
    }
  }

  private addNote({ type, note }: ClaudeRecord): void {
    if (type === 'summary' && note?.leafUuid !== undefined && note.summary !== undefined) {
      const title = titleFrom(note.summary);
      if (title !== undefined) (this.someSummaries ??= new Map<string, string>()).set(note.leafUuid, title);
    } else if (type === 'custom-title') {
      this.customTitle = titleOf(note?.customTitle) ?? this.customTitle;
    } else if (type === 'ai-title') {
      this.aiTitle = titleOf(note?.aiTitle) ?? this.aiTitle;
    } else if (type === 'relocated') {
      this.relocatedCwd = note?.relocatedCwd ?? this.relocatedCwd;
    }
  }

  private addMessage(fromUser: boolean, message: ClaudeMessage, at: number | undefined): void {
    const order = this.details.times.length;
    this.details.times.push(at ?? NaN);
    this.firstTime ??= at;
    const subagent = this.subagentFile || message.sidechain;
    const key = message.uuid ?? `${this.path}#${this.lines}`;
    if (!subagent) {
      this.lastUuid = key;
    }
    if (fromUser) {
      this.addUser(message, { key, order, subagent });
    } else {
      this.addAssistant(message, { key, order, subagent, at });
      this.addToolCalls(message.blocks, { key, order, subagent });
    }
  }

  private addUser(
    { text, blocks, maybeTyped }: ClaudeMessage,
    { key, order, subagent }: { key: string; order: number; subagent: boolean },
  ): void {
    const results = blocks.filter((block) => block.type === 'tool_result');
    for (const { toolUseId, isError, opening } of results) {
      if (toolUseId !== undefined) {
        const known = this.details.toolResults.get(toolUseId);
        const failed = isError || known?.failed === true;
        this.details.toolResults.set(toolUseId, { failed, order: known?.order ?? order });
        const run = this.details.testRuns.get(toolUseId);
        if (run) run.end ??= commandEnd(isError, opening);
      }
    }
    if (results.length > 0) {
      return;
    }
    if (subagent || !maybeTyped) {
      this.details.others.set(key, { order });
      return;
    }
    const texts = text !== undefined ? [text] : blocks.flatMap((block) => block.text ?? []);
    const user = classifyUserText(
      texts,
      blocks.some((block) => block.type === 'image'),
    );
    if (user.kind === 'prompt') {
      this.details.prompts.set(key, this.details.prompts.get(key) ?? { order });
      this.firstPrompt ??= titleFrom(user.text);
      this.openSlashCommand = undefined;
    } else if (user.kind === 'slashCommand') {
      const known = this.details.slashCommands.get(key);
      this.details.slashCommands.set(key, known ?? { order, command: user.command, startedTurn: false });
      this.openSlashCommand = key;
    } else {
      this.details.others.set(key, { order });
    }
  }

  private addAssistant(
    { apiError, model, usage, id: messageId }: ClaudeMessage,
    { key, order, subagent, at }: { key: string; order: number; subagent: boolean; at: number | undefined },
  ): void {
    if (apiError) {
      this.details.apiErrors.set(key, { order });
      return;
    }
    if (model === '<synthetic>') {
      this.details.others.set(key, { order });
      return;
    }
    const slashCommand = this.openSlashCommand;
    if (!subagent && slashCommand !== undefined) {
      const known = this.details.slashCommands.get(slashCommand);
      if (known) known.startedTurn = true;
      this.openSlashCommand = undefined;
    }
    if (!usage) {
      this.details.others.set(key, { order });
      return;
    }
    const id = messageId ?? key;
    const known = this.details.responses.get(id);
    if (!known) {
      const { input, output, cacheRead, cacheWrite, cacheWrite1h } = usage;
      this.details.responses.set(id, {
        input,
        output,
        cacheRead,
        cacheWrite,
        cacheWrite1h,
        model: model?.slice(0, 200),
        at,
        subagent,
        order,
      });
      return;
    }
    known.subagent &&= subagent;
    if (totalOf(usage) >= totalOf(known)) {
      known.input = usage.input;
      known.output = usage.output;
      known.cacheRead = usage.cacheRead;
      known.cacheWrite = usage.cacheWrite;
      known.cacheWrite1h = usage.cacheWrite1h;
      known.model = model?.slice(0, 200) ?? known.model;
      known.at = at ?? known.at;
    }
  }

  private addToolCalls(
    blocks: readonly ClaudeBlock[],
    { key, order, subagent }: { key: string; order: number; subagent: boolean },
  ): void {
    blocks.forEach((block, index) => {
      const { call } = block;
      if (!call) {
        return;
      }
      const id = block.id ?? `${key}#${index}`;
      if (this.details.toolCalls.has(id)) {
        return;
      }
      const { name, digest, file } = call;
      this.details.toolCalls.set(id, { name, digest, file, subagent, order });
      const run = testRunOf(call, order);
      if (run) this.details.testRuns.set(id, run);
    });
  }
}

function bytesOf(packed: Uint8Array | Stored): Uint8Array {
  return packed instanceof Uint8Array ? packed : packed.bytes();
}

/** Lines are read one at a time. */
let skim: ClaudeSkim | undefined;

const titleOf = (text: string | undefined): string | undefined => (text === undefined ? undefined : titleFrom(text));
