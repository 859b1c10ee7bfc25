import { CodexSessions } from '../../../../src/sessions/codex/codexSessions';
import type { CodexOptions } from '../../../../src/sessions/codex/codexSessions';
import type { IndexedSession } from '../../../../src/sessions/model';
import { MemoryFiles } from './memoryFiles';

export const WORKSPACE = '/home/ada/shop';
export const HOME = '/home/ada/.codex';
export const START = Date.UTC(2026, 2, 4, 9);
export const LATER = START + 48 * 60 * 60_000;
export const DAY = `${HOME}/sessions/2026/03/04`;

type Fields = Record<string, unknown>;

/** input (all of it), cached, output, reasoning */
export type Counts = readonly [number, number, number, number];

export function usage([input, cached, output, reasoning]: Counts): Fields {
  return {
    input_tokens: input,
    cached_input_tokens: cached,
    output_tokens: output,
    reasoning_output_tokens: reasoning,
    total_tokens: input + output,
  };
}

/** Makes the records of a rollout, one second apart. */
export class Rollout {
  readonly lines: string[] = [];
  private seconds = 0;
  private total: Counts = [0, 0, 0, 0];

  constructor(meta: Fields | null = { id: 'thread-a', cwd: WORKSPACE }) {
    if (meta) {
      this.record('session_meta', meta);
    }
  }

  record(type: string, payload: unknown, more: Fields = {}): this {
    const timestamp = new Date(START + this.seconds * 1000).toISOString();
    this.seconds++;
    this.lines.push(JSON.stringify({ timestamp, type, payload, ...more }));
    return this;
  }

  event(type: string, fields: Fields = {}): this {
    return this.record('event_msg', { type, ...fields });
  }

  item(type: string, fields: Fields = {}): this {
    return this.record('response_item', { type, ...fields });
  }

  wait(seconds: number): this {
    this.seconds += seconds;
    return this;
  }

  turn(model: string, turnId?: string): this {
    return this.record('turn_context', { model, cwd: WORKSPACE, ...(turnId === undefined ? {} : { turn_id: turnId }) });
  }

  prompt(message: string): this {
    return this.event('user_message', { message });
  }

  /** The counter after another response. */
  spend(last: Counts): this {
    const [a, b, c, d] = this.total;
    this.total = [a + last[0], b + last[1], c + last[2], d + last[3]];
    return this.count(this.total, last);
  }

  count(total: Counts, last: Counts): this {
    return this.event('token_count', { info: { total_token_usage: usage(total), last_token_usage: usage(last) } });
  }

  call(id: string, name: string, input: unknown = {}): this {
    return this.item('function_call', { call_id: id, name, arguments: JSON.stringify(input) });
  }

  output(id: string, output: unknown): this {
    return this.item('function_call_output', { call_id: id, output });
  }

  /** Goes on from where this rollout is, as a fork does that copies it. */
  forkedBy(meta: Fields): Rollout {
    const fork = new Rollout(meta);
    fork.lines.push(...this.lines);
    fork.seconds = this.seconds;
    fork.total = this.total;
    return fork;
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }
}

/** A Codex source over files in memory. */
export class CodexBench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly alive = new Set<number>();
  readonly source: CodexSessions;

  constructor(options: Partial<CodexOptions> = {}) {
    this.source = new CodexSessions({
      environment: { home: '/home/ada' },
      access: this.files,
      rules: { windows: false },
      isAlive: (pid) => this.alive.has(pid),
      ...options,
    });
  }

  put(files: Record<string, Rollout | string | Buffer>): this {
    for (const [name, content] of Object.entries(files)) {
      const path = name.startsWith('/') ? name : `${DAY}/${name}`;
      this.files.write(path, content instanceof Rollout ? content.text : content);
    }
    return this;
  }

  async scan(now = LATER, folders: readonly string[] = [WORKSPACE]): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan(folders, now, (message) => this.problems.push(message));
  }

  async only(now = LATER): Promise<IndexedSession> {
    const [session, ...others] = await this.scan(now);
    if (!session || others.length > 0) {
      throw new Error(`Expected one session, found ${session ? others.length + 1 : 0}`);
    }
    return session;
  }
}

/** The one session in a rollout. */
export function read(rollout: Rollout | string): Promise<IndexedSession> {
  return new CodexBench().put({ 'rollout-a.jsonl': rollout }).only();
}

/** A zstd frame with the content as it is, in blocks of at most `blockSize` bytes. */
export function zstdFrame(content: Buffer, blockSize = 1000): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let at = 0; at === 0 || at < content.length; at += blockSize) {
    const block = content.subarray(at, at + blockSize);
    const last = at + blockSize >= content.length ? 1 : 0;
    const header = Buffer.alloc(3);
    header.writeUIntLE(last | (block.length << 3), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}
