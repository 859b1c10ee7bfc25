/** What the model server answers, told without the words of any one protocol. */

/** Every token counted once: `input` without what came from the cache, `output` without reasoning. */
export interface Usage {
  input: number;
  cached: number;
  output: number;
  reasoning: number;
}

/** One answer of the model: a text that ends the turn, or a call of one of the agent's tools. */
export type Answer = { usage: Usage; after?: Promise<void> } & (
  | { text: string }
  /** Runs a command in the agent's shell tool. `goesOn`: the call returns while the command runs (Codex). */
  | { shell: string; endsBadly?: boolean; goesOn?: boolean }
  /** Asks how the command ended that goes on, and waits for it (Codex). */
  | { waitForCommand: true }
  /** Reads a file that is not there, with whatever tool the agent has for that. */
  | { readMissing: string }
  /** Writes a file with whatever tool the agent has for that. */
  | { write: { file: string; text: string } }
);

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input: a.input + b.input,
    cached: a.cached + b.cached,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** An answer that calls a tool. */
export type Call = Exclude<Answer, { text: string }>;

/** What an agent asked, as far as it matters here. */
export interface Question {
  /** Texts of the person, oldest first, with whatever the agent adds to them. */
  userTexts: string[];
  /** What tools returned, oldest first. */
  toolResults: string[];
  /** Names of the tools that the agent offers. None: the agent asks something on the side, a title for instance. */
  tools: string[];
}

/** How one kind of model service speaks. */
export interface Protocol {
  /** Whether a request with this method and address asks the model for an answer. */
  accepts(method: string, address: string): boolean;
  read(body: unknown): Question;
  /** The server-sent events of an answer; `id` is of this answer alone. */
  write(answer: Answer, question: Question, id: string, model: string): ServerEvent[];
}

export interface ServerEvent {
  /** Absent: an event without a name. */
  event?: string;
  /** Text goes out as it is, anything else as JSON. */
  data: unknown;
}

/** The first tool that the agent offers of these. */
export function offered(question: Question, names: readonly string[]): string {
  const name = names.find((candidate) => question.tools.includes(candidate));
  if (name === undefined) {
    throw new Error(`The agent offers none of ${names.join(', ')}, only ${question.tools.join(', ')}.`);
  }
  return name;
}

export function onlyCodex(what: string): never {
  throw new Error(`Only Codex is told to ${what}.`);
}

/** Reads what a foreign program sent: anything may be missing. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** All text in a string, in parts with `text`, or in a list of either. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(textOf).join('\n');
  }
  const text = field(value, 'text');
  return typeof text === 'string' ? text : '';
}

export function names(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === 'string');
}
