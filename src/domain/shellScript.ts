/** What a shell script consists of, as far as it decides which exit status the whole has. */
export type ShellNode =
  | { kind: 'command'; words: string[]; substitutions: ShellNode[]; input?: ShellNode }
  | { kind: 'pipe'; parts: ShellNode[] }
  | { kind: 'chain'; first: ShellNode; rest: { and: boolean; node: ShellNode }[] }
  | { kind: 'not'; node: ShellNode }
  | { kind: 'group'; subshell: boolean; node: ShellNode }
  | { kind: 'list'; items: { node: ShellNode; background: boolean }[] }
  /** Branches, loops and what could not be parsed: the status of the whole says nothing about what is inside. */
  | { kind: 'opaque'; nodes: ShellNode[] };

/** Longer scripts are not taken apart to the end. */
const MAX_LENGTH = 64 * 1024;
const MAX_DEPTH = 20;

const KEYWORDS = new Set(['if', 'then', 'elif', 'else', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac']);
const OTHER_KEYWORDS = new Set(['function', 'select', 'foreach', 'try', 'catch', 'finally', 'switch']);

type Token =
  | { kind: 'word'; text: string; quoted: boolean; substitutions: string[] }
  | { kind: 'operator'; text: '&&' | '||' | '|' | ';' | '&' | '(' | ')' | '\n' | '{' | '}' }
  | { kind: 'input'; text: string };

/** Takes a script apart. Never throws; what is not understood becomes opaque. */
export function parseShell(script: string, depth = 0): ShellNode {
  const cut = script.length > MAX_LENGTH;
  const parser = new Parser(new Tokenizer(script.slice(0, MAX_LENGTH)).tokens(), depth);
  const node = parser.list();
  return cut || parser.opaque ? { kind: 'opaque', nodes: [node] } : node;
}

/** Cuts a script into words and operators. Quotes are taken off; redirections are left out. */
class Tokenizer {
  private at = 0;
  private word = '';
  private inWord = false;
  private quoted = false;
  private substitutions: string[] = [];
  private readonly found: Token[] = [];
  /** Here-documents whose text begins after the next newline: their end marks. */
  private readonly awaited: string[] = [];
  private readonly text: string;

  constructor(text: string) {
    this.text = text.replace(/\r\n?/g, '\n');
  }

  tokens(): Token[] {
    while (this.at < this.text.length) {
      this.step(this.text.charAt(this.at));
    }
    this.endWord();
    return this.found;
  }

  private step(char: string): void {
    if (char === ' ' || char === '\t') {
      this.endWord();
      this.at++;
    } else if (char === '\\') {
      this.escape();
    } else if (char === "'") {
      this.quote(this.text.indexOf("'", this.at + 1));
    } else if (char === '"') {
      this.doubleQuote();
    } else if (char === '`') {
      this.backticks();
    } else if (char === '$' && this.next() === '(') {
      this.substitution(1);
    } else if (char === '#' && !this.inWord) {
      this.at = this.lineEnd();
    } else if (char === '<' || char === '>') {
      this.redirection(char);
    } else if ('&|;()\n'.includes(char)) {
      this.operator(char);
    } else {
      this.add(char);
      this.at++;
    }
  }

  private next(): string {
    return this.text.charAt(this.at + 1);
  }

  private add(text: string): void {
    this.word += text;
    this.inWord = true;
  }

  private endWord(): void {
    if (!this.inWord) {
      return;
    }
    const { word, quoted, substitutions } = this;
    if (!quoted && (word === '{' || word === '}')) {
      this.found.push({ kind: 'operator', text: word });
    } else {
      this.found.push({ kind: 'word', text: word, quoted, substitutions });
    }
    this.word = '';
    this.inWord = false;
    this.quoted = false;
    this.substitutions = [];
  }

  /** A backslash before a letter or digit is part of a Windows path. */
  private escape(): void {
    const next = this.next();
    if (next === '\n') {
      this.at += 2;
    } else if (/[\w.]/.test(next)) {
      this.add('\\');
      this.at++;
    } else {
      this.add(next);
      this.at += 2;
    }
  }

  private quote(end: number): void {
    const stop = end < 0 ? this.text.length : end;
    this.add(this.text.slice(this.at + 1, stop));
    this.quoted = true;
    this.at = stop + 1;
  }

  private doubleQuote(): void {
    this.add('');
    this.quoted = true;
    this.at++;
    while (this.at < this.text.length) {
      const char = this.text.charAt(this.at);
      if (char === '"') {
        this.at++;
        return;
      }
      if (char === '\\' && '"\\$`\n'.includes(this.next())) {
        this.add(this.next());
        this.at += 2;
      } else if (char === '$' && this.next() === '(') {
        this.substitution(1);
      } else if (char === '`') {
        this.backticks();
      } else {
        this.add(char);
        this.at++;
      }
    }
  }

  private backticks(): void {
    const end = this.text.indexOf('`', this.at + 1);
    const stop = end < 0 ? this.text.length : end;
    this.substitutions.push(this.text.slice(this.at + 1, stop));
    this.add('$()');
    this.at = stop + 1;
  }

  /** `$(…)`, `<(…)` or `>(…)`; `lead` characters stand before the bracket. */
  private substitution(lead: number): void {
    const start = this.at + lead + 1;
    let depth = 1;
    let end = start;
    while (end < this.text.length && depth > 0) {
      const char = this.text.charAt(end);
      depth += char === '(' ? 1 : char === ')' ? -1 : 0;
      end++;
    }
    this.substitutions.push(this.text.slice(start, depth === 0 ? end - 1 : end));
    this.add('$()');
    this.at = end;
  }

  private redirection(char: string): void {
    if (/^\d+$/.test(this.word) && !this.quoted) {
      this.word = '';
      this.inWord = false;
    }
    this.endWord();
    if (this.next() === '(') {
      this.substitution(1);
      return;
    }
    const operator = /^(?:<<<|<<-?|<>|>>|>\||[<>]&?)/.exec(this.text.slice(this.at, this.at + 3))?.[0] ?? char;
    this.at += operator.length;
    const rest = /^[ \t]*(?:'([^'\n]*)'|"([^"\n]*)"|([^\s;&|()<>'"]*))/.exec(this.text.slice(this.at, this.at + 4096));
    this.at += rest?.[0].length ?? 0;
    if (operator === '<<' || operator === '<<-') {
      this.awaited.push((rest?.[1] ?? rest?.[2] ?? rest?.[3] ?? '').replace(/\\/g, ''));
    }
  }

  private operator(char: string): void {
    if (char === '&' && this.next() === '>') {
      this.endWord();
      this.at++;
      return; // `&>`: a redirection.
    }
    this.endWord();
    const two = this.text.slice(this.at, this.at + 2);
    if (two === '&&' || two === '||') {
      this.found.push({ kind: 'operator', text: two });
      this.at += 2;
      return;
    }
    this.at += two === '|&' || two === ';;' ? 2 : 1;
    this.found.push({ kind: 'operator', text: char as ';' });
    if (char === '\n') {
      this.hereDocuments();
    }
  }

  private hereDocuments(): void {
    for (const mark of this.awaited.splice(0)) {
      const lines: string[] = [];
      while (this.at < this.text.length) {
        const end = this.lineEnd();
        const line = this.text.slice(this.at, end);
        this.at = Math.min(end + 1, this.text.length);
        if (line.trim() === mark) {
          break;
        }
        lines.push(line);
      }
      this.found.push({ kind: 'input', text: lines.join('\n') });
    }
  }

  private lineEnd(): number {
    const end = this.text.indexOf('\n', this.at);
    return end < 0 ? this.text.length : end;
  }
}

class Parser {
  /** Branches, loops or something not understood were seen. */
  opaque = false;
  private at = 0;
  private lastCommand: Extract<ShellNode, { kind: 'command' }> | undefined;
  private readonly tokens: readonly Token[];
  private readonly depth: number;

  constructor(tokens: readonly Token[], depth: number) {
    this.tokens = tokens;
    this.depth = depth;
    this.opaque = depth > MAX_DEPTH;
  }

  /** Everything up to the closing bracket that `until` names, or the end. */
  list(until?: ')' | '}', nesting = 0): ShellNode {
    const items: { node: ShellNode; background: boolean }[] = [];
    for (let token = this.tokens[this.at]; token; token = this.tokens[this.at]) {
      if (token.kind === 'input') {
        this.takeInput(token.text);
      } else if (token.kind === 'operator' && token.text === until) {
        this.at++;
        return { kind: 'list', items };
      } else if (token.kind === 'operator' && !'({'.includes(token.text)) {
        this.opaque ||= token.text === ')' || token.text === '}';
        this.at++; // Also PowerShell's call operator, an `&` before a command.
      } else {
        const node = this.chain(nesting);
        const end = this.tokens[this.at];
        items.push({ node, background: end?.kind === 'operator' && end.text === '&' });
      }
    }
    this.opaque ||= until !== undefined;
    return { kind: 'list', items };
  }

  private chain(nesting: number): ShellNode {
    const first = this.pipe(nesting);
    const rest: { and: boolean; node: ShellNode }[] = [];
    while (this.takeOperator('&&', '||')) {
      const and = this.tokenBefore() === '&&';
      this.skipNewlines();
      rest.push({ and, node: this.pipe(nesting) });
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest };
  }

  private pipe(nesting: number): ShellNode {
    const negated = this.takeNot();
    const parts = [this.command(nesting)];
    while (this.takeOperator('|')) {
      this.skipNewlines();
      parts.push(this.command(nesting));
    }
    const [only] = parts;
    const node: ShellNode = parts.length === 1 && only ? only : { kind: 'pipe', parts };
    return negated ? { kind: 'not', node } : node;
  }

  private command(nesting: number): ShellNode {
    const open = this.tokens[this.at];
    if (open?.kind === 'operator' && (open.text === '(' || open.text === '{')) {
      this.at++;
      if (nesting >= MAX_DEPTH) {
        this.opaque = true;
        return { kind: 'list', items: [] };
      }
      const subshell = open.text === '(';
      const node = this.list(subshell ? ')' : '}', nesting + 1);
      this.skipWords();
      return { kind: 'group', subshell, node };
    }
    return this.simple();
  }

  private simple(): ShellNode {
    const words: string[] = [];
    const substitutions: ShellNode[] = [];
    for (let token = this.tokens[this.at]; token?.kind === 'word'; token = this.tokens[this.at]) {
      this.at++;
      if (words.length === 0 && !token.quoted && isKeyword(token.text)) {
        this.opaque = true;
        continue;
      }
      words.push(token.text);
      substitutions.push(...token.substitutions.map((inner) => this.nested(inner)));
    }
    const next = this.tokens[this.at];
    if (next?.kind === 'operator' && '(){}'.includes(next.text) && next.text !== ')' && next.text !== '}') {
      this.opaque = true; // A function's definition, a script block.
    }
    const command: ShellNode = { kind: 'command', words, substitutions };
    this.lastCommand = command;
    return command;
  }

  private nested(script: string): ShellNode {
    return this.depth >= MAX_DEPTH ? { kind: 'opaque', nodes: [] } : parseShell(script, this.depth + 1);
  }

  /** A here-document is the input of the last command before it. */
  private takeInput(text: string): void {
    this.at++;
    if (this.lastCommand) {
      this.lastCommand.input = this.nested(text);
    }
  }

  private takeOperator(...texts: string[]): boolean {
    const token = this.tokens[this.at];
    const found = token?.kind === 'operator' && texts.includes(token.text);
    this.at += found ? 1 : 0;
    return found;
  }

  private tokenBefore(): string | undefined {
    return this.tokens[this.at - 1]?.text;
  }

  private takeNot(): boolean {
    const token = this.tokens[this.at];
    const found = token?.kind === 'word' && token.text === '!' && !token.quoted;
    this.at += found ? 1 : 0;
    return found;
  }

  private skipNewlines(): void {
    for (let token = this.tokens[this.at]; token; token = this.tokens[this.at]) {
      if (token.kind === 'input') {
        this.takeInput(token.text);
      } else if (token.kind === 'operator' && token.text === '\n') {
        this.at++;
      } else {
        return;
      }
    }
  }

  private skipWords(): void {
    while (this.tokens[this.at]?.kind === 'word') {
      this.at++;
    }
  }
}

function isKeyword(word: string): boolean {
  return KEYWORDS.has(word) || OTHER_KEYWORDS.has(word);
}
