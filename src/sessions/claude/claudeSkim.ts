import { isUtf8 } from 'node:buffer';
import { copyOf, Names, Repeated, type Spot } from '../reading/jsonParts';
import { JsonScanner, Kind, Unsure } from '../reading/jsonScanner';
import { callDigest, callDigestOf, isoTimeOf } from '../reading/values';
import type { ClaudeBlock, ClaudeCall, ClaudeMessage, ClaudeRecord, ClaudeUsage } from './claudeRecord';
import { callParts, isMessageType, MAX_OPENING, NOT_TYPED_FLAGS, toolName } from './claudeRecord';

/** The members that stand behind the first one in all records of a session, and where the values are in them. */
interface Head {
  bytes: Buffer;
  values: { spot: Spot; kind: Kind; from: number; to: number; known: string | undefined }[];
}

const TOP = [
  'type',
  'uuid',
  'timestamp',
  'sessionId',
  'cwd',
  'version',
  'gitBranch',
  'forkedFrom',
  'isSidechain',
  'isApiErrorMessage',
  'origin',
  'message',
  'leafUuid',
  'summary',
  'customTitle',
  'aiTitle',
  'relocatedCwd',
  ...NOT_TYPED_FLAGS,
] as const;
const MESSAGE = ['role', 'content', 'model', 'id', 'usage'] as const;
const BLOCK = ['type', 'id', 'name', 'input', 'tool_use_id', 'is_error', 'content', 'text'] as const;
/** Of tool calls: those that count, and others, so that most inputs hold nothing else. */
const INPUT = [
  ...(['file_path', 'notebook_path', 'command'] as const),
  ...(['description', 'timeout', 'run_in_background', 'old_string', 'new_string', 'replace_all', 'content'] as const),
  ...(['pattern', 'path', 'glob', 'output_mode', 'type', 'offset', 'limit', 'head_limit', '-n', '-i'] as const),
  ...(['-A', '-B', '-C', 'multiline', 'url', 'query', 'prompt', 'subagent_type', 'model', 'skill', 'args'] as const),
  ...(['new_source', 'cell_id', 'cell_type', 'edit_mode', 'task_id', 'bash_id', 'block'] as const),
] as const;
const USAGE = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
] as const;
const CREATION = ['ephemeral_1h_input_tokens'] as const;
const ORIGIN = ['kind'] as const;

/** A time as Claude Code writes it, `2026-01-02T03:04:05.678Z`: 0 stands for a digit. */
const TIME_FORM = Buffer.from('0000-00-00T00:00:00.000Z');
const DAY_LENGTH = 10;
const ZERO = 0x30;
/** Whole numbers up to this length are exact. */
const MAX_DIGITS = 15;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/**
 * Takes from a line what counts (a ClaudeRecord) and passes over the rest, tool results above all, without making values of it.
 * `read` gives exactly what `toClaudeRecord` gives for the parsed line, or undefined where it is not sure, as for anything that
 * is no JSON.
 */
export class ClaudeSkim extends JsonScanner {
  private readonly top = new Names(TOP);
  private readonly message = new Names(MESSAGE);
  private readonly block = new Names(BLOCK);
  private readonly input = new Names(INPUT);
  private readonly usage = new Names(USAGE);
  private readonly creation = new Names(CREATION);
  private readonly origin = new Names(ORIGIN);
  private readonly types = new Repeated();
  private readonly sessions = new Repeated();
  private readonly folders = new Repeated();
  private readonly versions = new Repeated();
  private readonly branches = new Repeated();
  private readonly models = new Repeated();
  private readonly days = new Repeated();
  private head: Head | undefined;
  /** Where the value of the member was put that was read last; undefined where it is not known. */
  private lastKnown: Spot | undefined;
  private dayText = '';
  private dayStart = 0;
  private readonly tools = new Repeated();
  private blocks: ClaudeBlock[] = [];
  /** Of each block the place of its text. */
  private readonly texts: Spot[] = [];
  private usageFound: ClaudeUsage | undefined;
  /** Whether the input that was read last is surely written as JSON.stringify would write it. */
  private plainInput = false;

  /** The line stands in these places, with a newline or nothing behind it. */
  read(bytes: Buffer, from: number, to: number): ClaudeRecord | undefined {
    try {
      this.start(bytes, from, to);
      return this.record();
    } catch (error) {
      if (error instanceof Unsure) return undefined;
      throw error;
    }
  }

  private record(): ClaudeRecord {
    this.blocks = [];
    this.texts.length = 0;
    this.usageFound = undefined;
    this.message.clear();
    this.origin.clear();
    this.readTop();
    this.finish();
    const { spots } = this.top;
    const type = this.text(spots.type, this.types) ?? this.text(this.message.spots.role, this.types);
    const record: ClaudeRecord = {
      at: this.time(spots.timestamp),
      sessionId: this.text(spots.sessionId, this.sessions),
      cwd: this.text(spots.cwd, this.folders),
      version: this.text(spots.version, this.versions),
      branch: this.text(spots.gitBranch, this.branches),
      forked: spots.forkedFrom.kind === Kind.Object,
      type,
    };
    if (isMessageType(type)) {
      if (type === 'user') this.fillTexts();
      record.message = this.messageOf();
    } else {
      record.note = {
        leafUuid: this.text(spots.leafUuid),
        summary: this.text(spots.summary),
        customTitle: this.text(spots.customTitle),
        aiTitle: this.text(spots.aiTitle),
        relocatedCwd: this.text(spots.relocatedCwd),
      };
    }
    return record;
  }

  /** Reads the record itself. What it has in common with the one before is not looked at again. */
  private readTop(): void {
    const { top } = this;
    top.clear();
    if (!this.enterObject()) return;
    this.readMember();
    if (!this.more('object') || this.skipHead()) return;
    const start = this.at;
    do {
      this.readMember();
      const simple = top.spots.message.kind === Kind.None && top.spots.origin.kind === Kind.None;
      if (this.lastKnown === top.spots.gitBranch && simple) this.rememberHead(start);
    } while (this.more('object'));
  }

  private readMember(): void {
    const { spots } = this.top;
    this.key();
    const spot = this.top.find(this.bytes, this.from, this.to);
    this.lastKnown = spot;
    if (spot === undefined) {
      this.value();
      return;
    }
    if (spot.kind !== Kind.None) this.refuse();
    if (spot === spots.message) this.readMessage(spot);
    else if (spot === spots.origin) this.readInner(this.origin, spot);
    else this.take(spot);
  }

  /** Reads the rest of the record where it begins as the one before did; false, and nothing read, where it does not. */
  private skipHead(): boolean {
    const { head, bytes, at } = this;
    if (!head || this.end - at < head.bytes.length) return false;
    if (bytes.compare(head.bytes, 0, head.bytes.length, at, at + head.bytes.length) !== 0) return false;
    for (const { spot, kind, from, to, known } of head.values) {
      if (spot.kind !== Kind.None) this.refuse();
      spot.kind = kind;
      spot.from = at + from;
      spot.to = at + to;
      spot.known = known;
    }
    this.at += head.bytes.length;
    while (this.more('object')) this.readMember();
    return true;
  }

  /** The members from here to the one that was just read. */
  private rememberHead(start: number): void {
    const values = Object.values(this.top.spots)
      .filter(({ kind, from }) => kind !== Kind.None && from > start)
      .map((spot) => {
        const { kind, from, to } = spot;
        return { spot, kind, from: from - start, to: to - start, known: this.text(spot) };
      });
    this.head = { bytes: Buffer.from(this.bytes.subarray(start, this.at)), values };
  }

  /** Reads an object's members; `known` takes the value of a known one. A name that comes twice is refused. */
  private object(names: Names<string>, known: (spot: Spot) => void): void {
    names.clear();
    if (!this.enterObject()) return;
    do {
      this.key();
      const spot = names.find(this.bytes, this.from, this.to);
      if (spot === undefined) {
        this.value();
      } else {
        if (spot.kind !== Kind.None) this.refuse();
        known(spot);
      }
    } while (this.more('object'));
  }

  private take(spot: Spot): void {
    spot.kind = this.value();
    spot.from = this.from;
    spot.to = this.to;
  }

  /** Reads an object with the known names; anything else is only taken. */
  private readInner(names: Names<string>, spot: Spot): void {
    if (!this.isObject) {
      this.take(spot);
      return;
    }
    this.object(names, (inner) => {
      this.take(inner);
    });
    spot.kind = Kind.Object;
  }

  private readMessage(spot: Spot): void {
    if (!this.isObject) {
      this.take(spot);
      return;
    }
    const { content, usage } = this.message.spots;
    this.object(this.message, (inner) => {
      if (inner === content && this.isArray) this.readBlocks(inner);
      else if (inner === usage && this.isObject) this.readUsage(inner);
      else this.take(inner);
    });
    spot.kind = Kind.Object;
  }

  private readBlocks(spot: Spot): void {
    spot.kind = Kind.Array;
    const { input } = this.block.spots;
    if (!this.enterArray()) return;
    do {
      this.skipSpace();
      if (this.isObject) {
        this.input.clear();
        this.object(this.block, (inner) => {
          if (inner === input && this.isObject) this.readInput(inner);
          else this.take(inner);
        });
        this.blocks.push(this.blockOf());
      } else {
        this.value();
      }
    } while (this.more('array'));
  }

  private readInput(spot: Spot): void {
    const from = this.at;
    let plain = true;
    let length = 1;
    if (this.enterObject()) {
      do {
        this.key();
        const name = this.to - this.from;
        const known = this.input.find(this.bytes, this.from, this.to);
        if (known !== undefined && known.kind !== Kind.None) this.refuse();
        const value = this.at;
        this.take(known ?? spot);
        plain &&= known !== undefined && this.isPlain(known);
        length += name + '"":'.length + this.at - value + ','.length;
      } while (this.more('object'));
    } else {
      length++;
    }
    spot.kind = Kind.Object;
    spot.from = from;
    spot.to = this.at;
    // Without the blanks that JSON allows.
    this.plainInput = plain && this.at - from === length;
  }

  /** Whether the value that was just read is surely written as JSON.stringify would write it; damaged UTF-8 apart. */
  private isPlain({ kind, from, to }: Spot): boolean {
    if (kind === Kind.EscapedString) return !this.unicode;
    if (kind !== Kind.Number) return kind !== Kind.Object && kind !== Kind.Array;
    for (let at = from; at < to; at++) if (!isDigit(this.bytes[at] ?? 0)) return false;
    return to - from <= MAX_DIGITS;
  }

  private callOf(): ClaudeCall {
    const { spots } = this.block;
    const name = toolName(this.text(spots.name, this.tools));
    const { file, command } = callParts(name);
    return { name, digest: this.digest(name, spots.input), file: this.first(file), command: this.first(command) };
  }

  /** Of these members of the input the first that holds a text. */
  private first(names: readonly (typeof INPUT)[number][] = []): string | undefined {
    for (const name of names) {
      const text = this.text(this.input.spots[name]);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  private digest(name: string, spot: Spot): number {
    if (spot.kind === Kind.Object && this.plainInput) {
      const written = this.bytes.subarray(spot.from, spot.to);
      if (isUtf8(written)) return callDigestOf(name, written);
    }
    return callDigest(name, this.json(spot));
  }

  /** The text is filled in when it is known who wrote it. */
  private blockOf(): ClaudeBlock {
    const { spots } = this.block;
    const type = this.text(spots.type, this.types);
    const call = type === 'tool_use';
    const result = type === 'tool_result';
    this.texts.push(copyOf(spots.text));
    return {
      type,
      id: call ? this.text(spots.id) : undefined,
      call: call ? this.callOf() : undefined,
      toolUseId: result ? this.text(spots.tool_use_id) : undefined,
      isError: result && spots.is_error.kind === Kind.True,
      opening: result && isText(spots.content) ? this.opening(spots.content) : undefined,
      text: undefined,
    };
  }

  private fillTexts(): void {
    this.blocks.forEach((block, n) => {
      const spot = this.texts[n];
      if (spot) block.text = this.text(spot);
    });
  }

  private readUsage(spot: Spot): void {
    const { spots } = this.usage;
    this.creation.clear();
    this.object(this.usage, (inner) => {
      if (inner === spots.cache_creation) this.readInner(this.creation, inner);
      else this.take(inner);
    });
    spot.kind = Kind.Object;
    const input = this.count(spots.input_tokens);
    const output = this.count(spots.output_tokens);
    const cacheRead = this.count(spots.cache_read_input_tokens);
    const cacheWrite = this.count(spots.cache_creation_input_tokens);
    if (input === undefined && output === undefined && cacheRead === undefined && cacheWrite === undefined) return;
    this.usageFound = {
      input: input ?? 0,
      output: output ?? 0,
      cacheRead: cacheRead ?? 0,
      cacheWrite: cacheWrite ?? 0,
      cacheWrite1h: this.count(this.creation.spots.ephemeral_1h_input_tokens) ?? 0,
    };
  }

  private messageOf(): ClaudeMessage {
    const { top, message } = this;
    const kind = this.text(this.origin.spots.kind);
    return {
      uuid: this.text(top.spots.uuid),
      sidechain: top.spots.isSidechain.kind === Kind.True,
      maybeTyped:
        NOT_TYPED_FLAGS.every((flag) => top.spots[flag].kind !== Kind.True) && (kind === undefined || kind === 'human'),
      apiError: top.spots.isApiErrorMessage.kind === Kind.True,
      model: this.text(message.spots.model, this.models),
      id: this.text(message.spots.id),
      usage: this.usageFound,
      text: isText(message.spots.content) ? (this.text(message.spots.content) ?? '') : undefined,
      blocks: this.blocks,
    };
  }

  /** The text in a place; undefined where there is none or it is empty. */
  private text({ kind, from, to, known }: Spot, repeated?: Repeated): string | undefined {
    if (known !== undefined) return known;
    if (kind === Kind.String) {
      if (from === to) return undefined;
      return repeated ? repeated.of(this.bytes, from, to) : this.bytes.toString('utf8', from, to);
    }
    if (kind !== Kind.EscapedString) return undefined;
    return JSON.parse(this.bytes.toString('utf8', from - 1, to + 1)) as string;
  }

  private opening({ from, to }: Spot): string {
    const { bytes } = this;
    const end = Math.min(to, from + MAX_OPENING);
    let at = from;
    while (at < end && isPlain(bytes[at] ?? 0)) at++;
    const escaped = bytes[at] === BACKSLASH ? bytes[at + 1] : undefined;
    // It may stand for a character that needs no escape.
    if (at < end && escaped === LETTER_U) this.refuse();
    return bytes.toString('latin1', from, at);
  }

  private json(spot: Spot): unknown {
    if (spot.kind === Kind.None) return undefined;
    const quoted = isText(spot) ? 1 : 0;
    return JSON.parse(this.bytes.toString('utf8', spot.from - quoted, spot.to + quoted));
  }

  /** A whole number from 0. Numbers in another form are left to JSON.parse. */
  private count({ kind, from, to }: Spot): number | undefined {
    if (kind !== Kind.Number) return undefined;
    if (to - from > MAX_DIGITS) this.refuse();
    let count = 0;
    for (let i = from; i < to; i++) {
      const byte = this.bytes[i] ?? 0;
      if (!isDigit(byte)) this.refuse();
      count = count * 10 + byte - ZERO;
    }
    return count;
  }

  private time(spot: Spot): number | undefined {
    if (spot.kind !== Kind.String || !this.isTimeForm(spot)) return isoTimeOf(this.text(spot));
    const { from } = spot;
    const day = this.days.of(this.bytes, from, from + DAY_LENGTH);
    if (day !== this.dayText) {
      this.dayText = day;
      this.dayStart = isoTimeOf(`${day}T00:00:00.000Z`) ?? NaN;
    }
    const [hours, minutes, seconds] = [this.digits2(from + 11), this.digits2(from + 14), this.digits2(from + 17)];
    if (hours > 23 || minutes > 59 || seconds > 59 || Number.isNaN(this.dayStart)) return isoTimeOf(this.text(spot));
    const ms = this.digits2(from + 20) * 10 + (this.bytes[from + 22] ?? 0) - ZERO;
    return this.dayStart + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  }

  private isTimeForm({ from, to }: Spot): boolean {
    if (to - from !== TIME_FORM.length) return false;
    for (let i = 0; i < TIME_FORM.length; i++) {
      const byte = this.bytes[from + i] ?? 0;
      const wanted = TIME_FORM[i] ?? 0;
      if (wanted === ZERO ? !isDigit(byte) : byte !== wanted) return false;
    }
    return true;
  }

  private digits2(at: number): number {
    return ((this.bytes[at] ?? 0) - ZERO) * 10 + (this.bytes[at + 1] ?? 0) - ZERO;
  }
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

function isText({ kind }: Spot): boolean {
  return kind === Kind.String || kind === Kind.EscapedString;
}
