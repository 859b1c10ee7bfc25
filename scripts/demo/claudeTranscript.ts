import { Random } from './random';

/** What a generated transcript truly holds, for tests to compare with what is read from it. */
export interface TranscriptTruth {
  sessionId: string;
  tokens: { input: number; output: number; cacheRead: number; cacheWrite: number };
  prompts: number;
  toolCalls: number;
  toolErrors: number;
  filesTouched: number;
  /** Repeats of the same call in a row, in the main thread. */
  toolLoops: number;
  responses: number;
  /** ms since the epoch. */
  startedAt: number;
  lastActiveAt: number;
}

export interface GeneratedTranscript {
  /** Lines of `<sessionId>.jsonl`. */
  lines: string[];
  /** Sub-agents by the name of their file below `<sessionId>/subagents/`. */
  subagents: Map<string, string[]>;
  truth: TranscriptTruth;
}

export interface TranscriptPlan {
  seed: number;
  sessionId: string;
  cwd: string;
  gitBranch: string;
  /** ms since the epoch. */
  startedAt: number;
  model?: string;
  prompts: readonly string[];
  /** Files, relative to `cwd`. */
  reads: readonly string[];
  edits: readonly string[];
  /** Tool calls per prompt, about. */
  stepsPerPrompt: number;
  /** Factor on all tokens. */
  tokenScale?: number;
  /** Characters of a tool's answer, about. */
  resultChars?: number;
  /** A test run fails, once is repeated as it is, and then passes. */
  stumbles?: boolean;
  delegates?: boolean;
  title?: string;
}

const VERSION = '2.1.42';
const SENTENCES = [
  'I will look at how this is done at the moment.',
  'The value is computed in two places, which explains the difference.',
  'Now I know where to change it.',
  'The types already allow this, so the change is small.',
  'Let me run the tests to be sure.',
  'One more place uses the old name.',
];

/**
 * Writes a session the way Claude Code 2.1 does: one line per content block with the same `message.id` and a growing usage,
 * `progress` lines in between, snapshots, turn durations, sub-agents in files of their own whose messages the main file repeats as
 * progress. The text is made up.
 */
export function generateTranscript(plan: TranscriptPlan): GeneratedTranscript {
  return new TranscriptGenerator(plan).run();
}

type Usage = TranscriptTruth['tokens'];
type Block = Record<string, unknown>;

class TranscriptGenerator {
  private readonly plan: Required<Omit<TranscriptPlan, 'title'>> & Pick<TranscriptPlan, 'title'>;
  private readonly random: Random;
  /** Ids come from a source of their own, so that plans that differ only in the session share no ids. */
  private readonly ids: Random;
  private lines: string[] = [];
  private readonly subagents = new Map<string, string[]>();
  private readonly touched = new Set<string>();
  private readonly truth: TranscriptTruth;
  private now: number;
  private parent: string | null = null;
  private agentId: string | undefined;
  /** Tokens that the model has seen and that are cached. */
  private context = 0;
  private lastCall = '';

  constructor(plan: TranscriptPlan) {
    this.plan = {
      model: 'claude-sonnet-4-5-20250929',
      tokenScale: 1,
      resultChars: 900,
      stumbles: false,
      delegates: false,
      ...plan,
    };
    this.random = new Random(plan.seed);
    this.ids = new Random(Number.parseInt(plan.sessionId.slice(0, 8), 16) ^ plan.seed);
    this.now = plan.startedAt;
    this.truth = {
      sessionId: plan.sessionId,
      tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      prompts: 0,
      toolCalls: 0,
      toolErrors: 0,
      filesTouched: 0,
      toolLoops: 0,
      responses: 0,
      startedAt: plan.startedAt,
      lastActiveAt: plan.startedAt,
    };
  }

  run(): GeneratedTranscript {
    this.line({ type: 'permission-mode', permissionMode: 'acceptEdits', sessionId: this.plan.sessionId });
    this.plan.prompts.forEach((prompt, index) => {
      this.turn(prompt, index);
    });
    if (this.plan.title !== undefined) {
      this.line({ type: 'ai-title', aiTitle: this.plan.title, sessionId: this.plan.sessionId });
    }
    this.truth.filesTouched = this.touched.size;
    return { lines: this.lines, subagents: this.subagents, truth: this.truth };
  }

  private turn(prompt: string, index: number): void {
    if (index > 0) {
      this.pass(this.random.between(20, 400));
    }
    const started = this.now;
    const snapshot = this.ids.uuid();
    this.line({
      type: 'file-history-snapshot',
      messageId: snapshot,
      snapshot: { messageId: snapshot, trackedFileBackups: {}, timestamp: this.time() },
      isSnapshotUpdate: false,
    });
    this.record({ type: 'user', message: { role: 'user', content: prompt }, origin: { kind: 'human' } });
    this.truth.prompts++;
    this.progress({ type: 'hook_progress', hookEvent: 'UserPromptSubmit', hookName: 'UserPromptSubmit' });
    if (this.plan.delegates && index === 0) {
      this.delegate();
    }
    this.work(index);
    this.answer([{ type: 'text', text: this.prose(3) }], 'end_turn');
    this.record({ type: 'system', subtype: 'turn_duration', durationMs: this.now - started, isMeta: false });
  }

  private work(turn: number): void {
    const { plan, random } = this;
    const steps = Math.max(2, Math.round(plan.stepsPerPrompt * random.factor(0.15)));
    for (let step = 0; step < steps; step++) {
      if (step < steps / 2) {
        this.look();
      } else {
        const file = plan.edits[(turn * steps + step) % Math.max(1, plan.edits.length)];
        if (file === undefined) {
          this.look();
        } else {
          this.edit(file);
        }
      }
    }
    if (plan.stumbles && turn === 0) {
      this.tests(false);
      if (random.chance(0.5)) {
        this.tests(false);
      }
      this.edit(plan.edits[0] ?? 'src/index.ts');
    }
    this.tests(true);
  }

  private look(): void {
    const { random, plan } = this;
    const kind = random.between(0, 3);
    const file = this.absolute(random.pick(plan.reads));
    if (kind === 0) {
      this.call('Grep', { pattern: random.pick(['total', 'format', 'export function', 'import']), path: plan.cwd });
    } else if (kind === 1) {
      this.call('Bash', { command: random.pick(['git status --short', 'ls src', 'git log --oneline -5']) });
    } else {
      this.call('Read', { file_path: file, offset: random.between(1, 400) });
    }
  }

  private edit(file: string): void {
    const path = this.absolute(file);
    const value = this.random.between(1, 9999);
    this.call('Edit', { file_path: path, old_string: `const v = ${value};`, new_string: `const v = ${value + 1};` });
    this.touched.add(path);
  }

  private tests(pass: boolean): void {
    this.call('Bash', { command: 'npm test', description: 'Run the tests' }, { fails: !pass });
  }

  /** A tool call with its answer. */
  private call(name: string, input: Block, { fails = false } = {}): void {
    const id = `toolu_${this.ids.hex(24)}`;
    const text = this.random.chance(0.4) ? [{ type: 'text', text: this.prose(1) }] : [];
    this.answer([...text, { type: 'tool_use', id, name, input }], 'tool_use');
    this.countCall(name, input);
    if (name === 'Bash') {
      this.progress({ type: 'bash_progress', output: this.prose(2), elapsedTimeSeconds: this.random.between(1, 20) });
    }
    this.pass(this.random.between(1, fails ? 40 : 12));
    this.result(id, fails);
  }

  private result(id: string, fails: boolean): void {
    const content = fails ? `Exit code 1\n${this.output()}` : this.output();
    this.record({
      type: 'user',
      message: { role: 'user', content: [{ tool_use_id: id, type: 'tool_result', content, is_error: fails }] },
      toolUseResult: { stdout: content, stderr: '', interrupted: false },
    });
    this.truth.toolErrors += fails ? 1 : 0;
  }

  private countCall(name: string, input: Block): void {
    this.truth.toolCalls++;
    if (this.agentId === undefined) {
      const call = JSON.stringify([name, input]);
      this.truth.toolLoops += call === this.lastCall ? 1 : 0;
      this.lastCall = call;
    }
  }

  /** Gives a search to a sub-agent: a Task call whose work stands in a file of its own. */
  private delegate(): void {
    const id = `toolu_${this.ids.hex(24)}`;
    const input = {
      description: 'Find all uses',
      prompt: 'Find every place that uses this.',
      subagent_type: 'Explore',
    };
    this.answer([{ type: 'tool_use', id, name: 'Task', input }], 'tool_use');
    this.countCall('Task', input);
    const main = { lines: this.lines, parent: this.parent, context: this.context };
    this.agentId = this.ids.hex(7);
    this.lines = [];
    this.parent = null;
    this.context = 0;
    this.record({ type: 'user', message: { role: 'user', content: input.prompt } });
    for (let step = 0; step < 3; step++) {
      this.look();
    }
    this.answer([{ type: 'text', text: this.prose(4) }], 'end_turn');
    this.subagents.set(`agent-${this.agentId}.jsonl`, this.lines);
    const repeated = this.lines.map((line) => JSON.parse(line) as Block).filter((line) => line['type'] === 'assistant');
    this.agentId = undefined;
    this.lines = main.lines;
    this.parent = main.parent;
    this.context = main.context;
    for (const line of repeated) {
      this.progress({ type: 'agent_progress', message: line, agentId: line['agentId'] });
    }
    this.result(id, false);
  }

  /** One response of the model: a line per block, the usage growing to its final value. */
  private answer(blocks: readonly Block[], stopReason: string): void {
    const { random, plan } = this;
    const usage = this.usage();
    const message = { id: `msg_01${this.ids.hex(22)}`, type: 'message', role: 'assistant', model: plan.model };
    const requestId = `req_011${this.ids.hex(21)}`;
    blocks.forEach((block, index) => {
      this.pass(random.between(1, 9));
      const last = index === blocks.length - 1;
      const output = last ? usage.output : Math.min(usage.output, random.between(1, 8));
      this.record({
        type: 'assistant',
        requestId,
        message: {
          ...message,
          content: [block],
          stop_reason: last ? stopReason : null,
          stop_sequence: null,
          usage: {
            input_tokens: usage.input,
            cache_creation_input_tokens: usage.cacheWrite,
            cache_read_input_tokens: usage.cacheRead,
            cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
            output_tokens: output,
            service_tier: 'standard',
          },
        },
      });
    });
    this.truth.responses++;
    for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite'] as const) {
      this.truth.tokens[kind] += usage[kind];
    }
  }

  private usage(): Usage {
    const { random } = this;
    const scale = this.plan.tokenScale;
    const fresh = this.context === 0;
    const usage = {
      input: random.between(3, 12),
      output: Math.round(random.between(90, 900) * scale),
      cacheRead: this.context,
      cacheWrite: Math.round((fresh ? random.between(14_000, 17_000) : random.between(400, 2_600)) * scale),
    };
    this.context += usage.cacheWrite + usage.output;
    return usage;
  }

  /** A record of the conversation, with what Claude Code puts into each. */
  private record(fields: Block): void {
    const uuid = this.ids.uuid();
    const subagent = this.agentId === undefined ? {} : { agentId: this.agentId };
    this.line({
      parentUuid: this.parent,
      isSidechain: this.agentId !== undefined,
      userType: 'external',
      cwd: this.plan.cwd,
      sessionId: this.plan.sessionId,
      version: VERSION,
      gitBranch: this.plan.gitBranch,
      ...subagent,
      ...fields,
      uuid,
      timestamp: this.time(),
    });
    this.parent = uuid;
    if (fields['type'] !== 'system' && fields['type'] !== 'progress') {
      this.truth.lastActiveAt = this.now;
    }
  }

  private progress(data: Block): void {
    this.record({ type: 'progress', data, toolUseID: `toolu_${this.ids.hex(24)}` });
  }

  private line(value: Block): void {
    this.lines.push(JSON.stringify(value));
  }

  private pass(seconds: number): void {
    this.now += seconds * 1000 + this.random.between(0, 999);
  }

  private time(): string {
    return new Date(this.now).toISOString();
  }

  private absolute(file: string): string {
    const separator = this.plan.cwd.includes('\\') ? '\\' : '/';
    return [this.plan.cwd, ...file.split('/')].join(separator);
  }

  private prose(sentences: number): string {
    return Array.from({ length: sentences }, () => this.random.pick(SENTENCES)).join(' ');
  }

  private output(): string {
    const length = Math.round(this.plan.resultChars * this.random.factor(0.6));
    const row = `${this.random.between(1, 400)}\texport const ${this.random.hex(6)} = (a: number): number => a + 1;\n`;
    return row.repeat(Math.ceil(length / row.length)).slice(0, length);
  }
}
