import { ClaudeCodeSessions } from '../../../../src/sessions/claude/claudeCode';
import type { ClaudeCodeOptions } from '../../../../src/sessions/claude/claudeCode';
import { claudeSlug } from '../../../../src/sessions/claude/claudeSlug';
import type { IndexedSession } from '../../../../src/sessions/model';
import { MemoryFiles } from './memoryFiles';

export const WORKSPACE = '/home/ada/shop';
export const CONFIG = '/home/ada/.claude';
export const PROJECT = `${CONFIG}/projects/${claudeSlug(WORKSPACE)}`;
export const SESSION_A = 'aaaaaaaa-0000-4000-8000-00000000000a';
export const SESSION_B = 'bbbbbbbb-0000-4000-8000-00000000000b';
export const START = Date.UTC(2026, 2, 4, 9, 0, 0);
/** Long after every record. */
export const LATER = START + 24 * 60 * 60_000;

export type Fields = Record<string, unknown>;

/** Makes records of one session, one second apart unless told otherwise. */
export class Recorder {
  readonly lines: string[] = [];
  private seconds = 0;
  private readonly base: Fields;

  constructor(base: Fields = {}) {
    this.base = { sessionId: SESSION_A, cwd: WORKSPACE, isSidechain: false, gitBranch: 'main', ...base };
  }

  /** A record with the common fields; `undefined` takes one away. */
  record(fields: Fields): this {
    const at = new Date(START + this.seconds * 1000).toISOString();
    this.seconds++;
    const record = { ...this.base, uuid: `u-${this.lines.length}-${String(this.base['sessionId'])}`, timestamp: at };
    this.lines.push(JSON.stringify({ ...record, ...fields }));
    return this;
  }

  wait(seconds: number): this {
    this.seconds += seconds;
    return this;
  }

  raw(line: string): this {
    this.lines.push(line);
    return this;
  }

  prompt(content: unknown, fields: Fields = {}): this {
    return this.record({ type: 'user', message: { role: 'user', content }, ...fields });
  }

  /** One line of a response; usage is [input, output, cacheRead, cacheWrite]. */
  answer(id: string, usage: readonly number[] | undefined, content: unknown[] = [], fields: Fields = {}): this {
    const model = 'model-one';
    return this.record({
      type: 'assistant',
      message: { id, role: 'assistant', model, content, ...(usage ? { usage: usageFields(usage) } : {}) },
      ...fields,
    });
  }

  call(id: string, name: string, input: Fields = {}, fields: Fields = {}): this {
    return this.answer(`msg-${id}`, [1, 1, 0, 0], [{ type: 'tool_use', id, name, input }], fields);
  }

  result(id: string, isError = false, fields: Fields = {}): this {
    const content = [{ type: 'tool_result', tool_use_id: id, content: 'done', is_error: isError }];
    return this.record({ type: 'user', message: { role: 'user', content }, ...fields });
  }

  /** A call of the shell and its result, which begins with the output. */
  command(id: string, command: string, output = '', fields: { isError?: boolean } & Fields = {}): this {
    const { isError = false, ...rest } = fields;
    const content = [{ type: 'tool_result', tool_use_id: id, content: output, is_error: isError }];
    return this.call(id, 'Bash', { command }, rest).record({
      type: 'user',
      message: { role: 'user', content },
      ...rest,
    });
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }
}

function usageFields([input, output, cacheRead, cacheWrite]: readonly number[]): Fields {
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
  };
}

/** A Claude Code source over files in memory. */
export class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly source: ClaudeCodeSessions;
  readonly alive = new Set<number>();

  constructor(options: Partial<ClaudeCodeOptions> = {}) {
    this.source = new ClaudeCodeSessions({
      environment: { home: '/home/ada' },
      access: this.files,
      rules: { windows: false },
      isAlive: (pid) => this.alive.has(pid),
      ...options,
    });
  }

  /** Writes files below the workspace's project folder. */
  put(files: Record<string, Recorder | string>): this {
    for (const [name, content] of Object.entries(files)) {
      this.files.write(`${PROJECT}/${name}`, typeof content === 'string' ? content : content.text);
    }
    return this;
  }

  async scan(now = LATER, folders: readonly string[] = [WORKSPACE]): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan(folders, now, (message) => this.problems.push(message));
  }

  /** The one session that is found. */
  async only(now = LATER): Promise<IndexedSession> {
    const [session, ...others] = await this.scan(now);
    if (!session || others.length > 0) {
      throw new Error(`Expected one session, found ${session ? others.length + 1 : 0}`);
    }
    return session;
  }
}

/** The one session in a transcript. */
export function read(recorder: Recorder): Promise<IndexedSession> {
  return new Bench().put({ [`${SESSION_A}.jsonl`]: recorder }).only();
}
