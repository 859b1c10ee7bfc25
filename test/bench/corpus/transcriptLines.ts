import type { Random } from '../../../scripts/demo/random';
import type { TextPool } from './transcriptText';

/** What the generated corpus holds, for the bench to prove that what it timed also counted right. */
export interface CorpusTruth {
  sessions: number;
  bytes: number;
  tokens: { input: number; output: number; cacheRead: number; cacheWrite: number };
  prompts: number;
  toolCalls: number;
  toolErrors: number;
}

/**
 * Writes the lines of one session as Claude Code 2.1 does. Kinds and sizes follow the recorded sample sessions: half of all lines
 * are hook progress, a seventh each are tool calls and their results; results are half of the bytes, with a long tail.
 */
export class TranscriptLines {
  readonly lines: string[] = [];
  bytes = 0;
  private parent = 'null';
  private context = 0;
  private readonly head: string;

  constructor(
    private readonly random: Random,
    private readonly pool: TextPool,
    private readonly truth: CorpusTruth,
    private readonly session: { id: string; cwd: string; model: string },
    private now: number,
  ) {
    this.head = `"isSidechain":false,"userType":"external","cwd":"${session.cwd}","sessionId":"${session.id}","version":"2.1.42","gitBranch":"main"`;
  }

  prompt(): void {
    const { random } = this;
    this.pass(random.between(10, 500));
    const id = this.uuid();
    this.push(
      `{"type":"file-history-snapshot","messageId":"${id}","snapshot":{"messageId":"${id}","trackedFileBackups":{},"timestamp":"${this.time()}"},"isSnapshotUpdate":false}`,
    );
    this.hook('UserPromptSubmit');
    const text = this.pool.take(random, this.size(120, 1));
    this.record(
      `"type":"user","message":{"role":"user","content":"${text}"}`,
      ',"thinkingMetadata":{"maxThinkingTokens":31999},"todos":[],"permissionMode":"acceptEdits"',
    );
    this.truth.prompts++;
  }

  /** A response of the model that ends with a tool call, the call's progress, and its result. */
  step(): void {
    const { random } = this;
    const id = `toolu_01${this.hex(22)}`;
    const blocks: string[] = [];
    if (random.chance(0.15))
      blocks.push(
        `{"type":"thinking","thinking":"${this.pool.take(random, this.size(700, 0.8))}","signature":"${random.hex(300)}"}`,
      );
    if (random.chance(0.5)) blocks.push(this.text());
    blocks.push(`{"type":"tool_use","id":"${id}","name":${this.call()},"caller":{"type":"direct"}}`);
    this.answer(blocks, 'tool_use');
    this.truth.toolCalls++;
    this.hook('PreToolUse');
    if (random.chance(0.5)) this.bashProgress();
    this.pass(random.between(1, 20));
    this.hook('PostToolUse');
    this.result(id);
    this.hook('PostToolUse');
  }

  /** The answer that ends a turn. */
  end(): void {
    this.answer([this.text()], 'end_turn');
    this.hook('Stop');
    this.record(`"type":"system","subtype":"turn_duration","durationMs":${this.random.between(1000, 600000)}`);
  }

  private text(): string {
    return `{"type":"text","text":"${this.pool.take(this.random, this.size(250, 1))}"}`;
  }

  private call(): string {
    const { random, session } = this;
    const file = `${session.cwd}/src/${random.pick(['cart', 'order', 'price'])}${random.between(1, 40)}.ts`;
    const kind = random.next();
    if (kind < 0.35) return `"Read","input":{"file_path":"${file}"}`;
    if (kind < 0.65) return `"Bash","input":{"command":"npm test -- ${random.hex(4)}","description":"Run the tests"}`;
    if (kind < 0.75) return `"Grep","input":{"pattern":"${random.hex(5)}","path":"${session.cwd}"}`;
    if (kind < 0.8)
      return `"Write","input":{"file_path":"${file}","content":"${this.pool.take(random, this.size(3000, 0.9))}"}`;
    const [before, after] = [this.pool.take(random, this.size(300, 1)), this.pool.take(random, this.size(400, 1))];
    return `"Edit","input":{"replace_all":false,"file_path":"${file}","old_string":"${before}","new_string":"${after}"}`;
  }

  private result(id: string): void {
    const failed = this.random.chance(0.06);
    const text = this.pool.take(this.random, this.size(900, 1.25));
    this.record(
      `"type":"user","message":{"role":"user","content":[{"tool_use_id":"${id}","type":"tool_result","content":"${text}","is_error":${failed}}]}`,
      `,"toolUseResult":{"stdout":"${text}","stderr":"","interrupted":false,"isImage":false,"noOutputExpected":false},"sourceToolAssistantUUID":${this.parent}`,
    );
    this.truth.toolErrors += failed ? 1 : 0;
  }

  private answer(blocks: readonly string[], stop: string): void {
    const { random, truth, session } = this;
    const message = `"model":"${session.model}","id":"msg_01${this.hex(22)}","type":"message","role":"assistant"`;
    const output = random.between(60, 1500);
    const write = random.between(200, 4000);
    const request = `,"requestId":"req_011${this.hex(21)}","type":"assistant"`;
    blocks.forEach((block, n) => {
      const last = n === blocks.length - 1;
      this.pass(random.between(1, 9));
      const usage = `{"input_tokens":3,"cache_creation_input_tokens":${write},"cache_read_input_tokens":${this.context},"cache_creation":{"ephemeral_5m_input_tokens":${write},"ephemeral_1h_input_tokens":0},"output_tokens":${last ? output : 2},"service_tier":"standard","inference_geo":"global"}`;
      this.record(
        `"message":{${message},"content":[${block}],"stop_reason":${last ? `"${stop}"` : 'null'},"stop_sequence":null,"usage":${usage}}${request}`,
      );
    });
    truth.tokens.input += 3;
    truth.tokens.output += output;
    truth.tokens.cacheRead += this.context;
    truth.tokens.cacheWrite += write;
    this.context += write + output;
  }

  private hook(event: string): void {
    this.progress(
      `{"type":"hook_progress","hookEvent":"${event}","hookName":"${event}:Bash","command":"/home/ada/.claude/hooks/check-${event}.sh"}`,
    );
  }

  private bashProgress(): void {
    const text = this.pool.take(this.random, 60);
    this.progress(
      `{"type":"bash_progress","output":"${text}","fullOutput":"${text}","elapsedTimeSeconds":${this.random.between(1, 30)},"totalLines":1,"timeoutMs":120000}`,
    );
  }

  private progress(data: string): void {
    const id = this.hex(22);
    this.record(`"type":"progress","data":${data},"parentToolUseID":"toolu_01${id}","toolUseID":"toolu_01${id}"`);
  }

  private record(fields: string, after = ''): void {
    const uuid = this.uuid();
    this.push(
      `{"parentUuid":${this.parent},${this.head},${fields},"uuid":"${uuid}","timestamp":"${this.time()}"${after}}`,
    );
    this.parent = `"${uuid}"`;
  }

  private push(line: string): void {
    this.lines.push(line);
    this.bytes += line.length + 1;
  }

  /** Begins with what only this session has: the random numbers of two sessions may meet. */
  private hex(digits: number): string {
    return this.session.id.slice(0, 8) + this.random.hex(digits - 8);
  }

  private uuid(): string {
    return this.session.id.slice(0, 8) + this.random.uuid().slice(8);
  }

  private size(median: number, spread: number): number {
    return Math.min(150_000, Math.round(median * this.random.factor(spread)));
  }

  private pass(seconds: number): void {
    this.now += seconds * 1000 + this.random.between(0, 999);
  }

  private time(): string {
    return new Date(this.now).toISOString();
  }
}
