import { unwrap } from './commandWrappers';
import { parseShell } from './shellScript';
import type { ShellNode } from './shellScript';
import { isTestOrBuild, namesProgram } from './testCommands';

/** One call of a tool that runs a command. Leave out calls that a person refused: nothing ran. */
export interface CommandRun {
  tool: string;
  command: string;
  /** Whether the whole command ended with a failure; undefined where the transcript does not say. */
  failed: boolean | undefined;
  /** ms since the epoch; of equal times the later in the list is the later. */
  time: number;
}

export interface CommandOutcome {
  outcome: 'success' | 'failure';
  command: string;
  at: number;
}

/** What becomes known of a session when a command ends: `none` where it neither tests nor builds. */
export type CommandVerdict = 'success' | 'failure' | 'unknown' | 'none';

/** A test or build command that was looked at already. */
export interface JudgedRun {
  verdict: 'success' | 'failure' | 'unknown';
  command: string;
  time: number;
}

/** Tools that run tests themselves; that such a tool worked does not say that the tests passed. */
const TEST_TOOLS = new Set(['runtests', 'copilot_runtests', 'run_tests', 'runtest', 'copilot_runtest']);

/**
 * The outcome of a session: whether the last test or build command in it passed. Undefined where there was none, or where
 * its exit status cannot be told from that of the whole command (`npm test | tail`); an earlier one does not stand in for it.
 */
export function outcomeOf(runs: readonly CommandRun[]): CommandOutcome | undefined {
  for (const run of latestFirst(runs)) {
    const verdict = outcomeOfCommand(run);
    if (verdict !== 'none') {
      return outcomeOfJudged([{ ...run, verdict }]);
    }
  }
  return undefined;
}

/** The same for commands that were judged when they were read. */
export function outcomeOfJudged(runs: readonly JudgedRun[]): CommandOutcome | undefined {
  const [last] = latestFirst(runs);
  return last === undefined || last.verdict === 'unknown'
    ? undefined
    : { outcome: last.verdict, command: last.command, at: last.time };
}

function latestFirst<T extends { time: number }>(runs: readonly T[]): T[] {
  const timeOf = ({ time }: T): number => (Number.isNaN(time) ? 0 : time);
  return [...runs].sort((a, b) => timeOf(a) - timeOf(b)).reverse();
}

/** What one command says. */
export function outcomeOfCommand({
  tool,
  command,
  failed,
}: Pick<CommandRun, 'tool' | 'command' | 'failed'>): CommandVerdict {
  const verdicts = verdictsOfCommand(tool, command);
  return verdicts === undefined
    ? 'none'
    : failed === undefined
      ? 'unknown'
      : failed
        ? verdicts.ifFailed
        : verdicts.ifDone;
}

/** What a command says by how it will have ended; undefined where it neither tests nor builds. */
export function verdictsOfCommand(
  tool: string,
  command: string,
): Record<'ifDone' | 'ifFailed', JudgedRun['verdict']> | undefined {
  if (TEST_TOOLS.has(tool.toLowerCase())) {
    return { ifDone: 'unknown', ifFailed: 'unknown' };
  }
  if (!namesProgram(command)) {
    return undefined;
  }
  const { ok, fail } = closed(evaluate(parseShell(command), { errexit: false, pipefail: false }, 0));
  return ((ok | fail) & (SUCCESS | FAILURE)) === 0 ? undefined : { ifDone: verdictOf(ok), ifFailed: verdictOf(fail) };
}

/*
 * What may have become of the last test or build command, as a set of bits. A script is evaluated to the sets that go with each
 * way it can end; a set without bits says that it cannot end that way.
 */
const NONE = 1;
const SUCCESS = 2;
const FAILURE = 4;

function verdictOf(possible: number): JudgedRun['verdict'] {
  return possible === SUCCESS ? 'success' : possible === FAILURE ? 'failure' : 'unknown';
}

interface Ends {
  /** Ended well or badly, and what follows runs. */
  ok: number;
  fail: number;
  /** The whole script ended here (`exit`, `set -e`). */
  exitOk: number;
  exitFail: number;
}

interface Flags {
  errexit: boolean;
  pipefail: boolean;
}

const ends = (ok: number, fail: number): Ends => ({ ok, fail, exitOk: 0, exitFail: 0 });

/** Commands that as good as never fail, so that a failure is not theirs. */
const HARMLESS = new Set(
  (
    'cd pushd popd export unset set shopt setopt echo printf true : source . pwd date sleep alias umask clear ulimit trap ' +
    'declare local readonly hash wait Set-Location Write-Host Write-Output'
  ).split(' '),
);
/** Programs behind a pipe that only pass text on. `head` is none: it can end the one before it. */
const FILTERS = new Set(
  'tail tee cat sort uniq wc sed awk tr cut fold column ts less more Out-String Tee-Object'.split(' '),
);
const MAX_DEPTH = 20;

/** What is known after one thing and then another: the later command counts, where there is one. */
function after(first: number, second: number): number {
  if (first === 0 || second === 0) {
    return 0;
  }
  return (second & ~NONE) | ((second & NONE) === 0 ? 0 : first);
}

function closed({ ok, fail, exitOk, exitFail }: Ends): Ends {
  return ends(ok | exitOk, fail | exitFail);
}

/** It may have run or not, and ended in any way. */
function anything(node: Ends): Ends {
  const all = NONE | node.ok | node.fail | node.exitOk | node.exitFail;
  return ends(all, all);
}

function evaluate(node: ShellNode, flags: Flags, depth: number): Ends {
  if (depth > 5 * MAX_DEPTH) {
    return ends(NONE | SUCCESS | FAILURE, NONE | SUCCESS | FAILURE);
  }
  switch (node.kind) {
    case 'command':
      return evaluateCommand(node, flags, depth);
    case 'pipe':
      return evaluatePipe(node.parts, flags, depth);
    case 'chain':
      return node.rest.reduce<Ends>(
        (before, { and, node: next }) => evaluateChain(before, and, next, flags, depth),
        evaluate(node.first, flags, depth + 1),
      );
    case 'not': {
      const inner = evaluate(node.node, flags, depth + 1);
      return { ...inner, ok: inner.fail, fail: inner.ok };
    }
    case 'group':
      return node.subshell
        ? closed(evaluate(node.node, { ...flags }, depth + 1))
        : evaluate(node.node, flags, depth + 1);
    case 'list':
      return evaluateList(node.items, flags, depth);
    case 'opaque':
      return anything(
        evaluateList(
          node.nodes.map((inner) => ({ node: inner, background: false })),
          flags,
          depth,
        ),
      );
  }
}

/** The command after something that ended as `before` says. A bare `exit` ends with the status before it. */
function followed(before: Ends, node: ShellNode, flags: Flags, depth: number): Ends {
  if (
    node.kind === 'command' &&
    node.words[0] === 'exit' &&
    [undefined, '$?', '$LASTEXITCODE'].includes(node.words[1])
  ) {
    return { ok: 0, fail: 0, exitOk: before.ok, exitFail: before.fail };
  }
  const then = evaluate(node, flags, depth + 1);
  const known = before.ok | before.fail;
  return {
    ok: after(known, then.ok),
    fail: after(known, then.fail),
    exitOk: after(known, then.exitOk),
    exitFail: after(known, then.exitFail),
  };
}

function evaluateChain(before: Ends, and: boolean, next: ShellNode, flags: Flags, depth: number): Ends {
  const then = followed(and ? { ...before, fail: 0 } : { ...before, ok: 0 }, next, flags, depth);
  return {
    ok: then.ok | (and ? 0 : before.ok),
    fail: then.fail | (and ? before.fail : 0),
    exitOk: then.exitOk | before.exitOk,
    exitFail: then.exitFail | before.exitFail,
  };
}

function evaluateList(items: readonly { node: ShellNode; background: boolean }[], flags: Flags, depth: number): Ends {
  let state = ends(NONE, 0);
  for (const { node, background } of items) {
    const plain = followed(state, node, flags, depth);
    const one = background ? ends(plain.ok | plain.fail | plain.exitOk | plain.exitFail, 0) : plain;
    const leaves = flags.errexit ? one.fail : 0;
    state = {
      ok: one.ok,
      // A failure inside a chain does not always end the script under `set -e`.
      fail: flags.errexit && node.kind !== 'chain' ? 0 : one.fail,
      exitOk: state.exitOk | one.exitOk,
      exitFail: state.exitFail | one.exitFail | leaves,
    };
  }
  return state;
}

/** All parts run; the last one's status counts, or with `pipefail` any failure. */
function evaluatePipe(parts: readonly ShellNode[], flags: Flags, depth: number): Ends {
  let state = ends(NONE, 0);
  for (const [i, part] of parts.entries()) {
    const filter =
      i > 0 && part.kind === 'command' && FILTERS.has(part.words[0] ?? '') && part.substitutions.length === 0;
    const one = filter ? ends(NONE, 0) : closed(evaluate(part, { ...flags }, depth + 1));
    const before = state.ok | state.fail;
    state = flags.pipefail
      ? ends(after(state.ok, one.ok), after(before, one.fail) | after(state.fail, one.ok))
      : ends(after(before, one.ok), after(before, one.fail));
  }
  return state;
}

function evaluateCommand(node: Extract<ShellNode, { kind: 'command' }>, flags: Flags, depth: number): Ends {
  const inner = node.substitutions.map((each) => evaluate(each, { ...flags }, depth + 1));
  const unwrapped = unwrap(node.words);
  if (unwrapped.kind === 'script') {
    const script = depth > MAX_DEPTH ? undefined : parseShell(unwrapped.script, depth);
    const options = optionFlags(unwrapped.options);
    return script
      ? closed(evaluate(script, options, depth + 1))
      : ends(NONE | SUCCESS | FAILURE, NONE | SUCCESS | FAILURE);
  }
  const { words } = unwrapped;
  if (words.length === 0 && inner.length === 1 && inner[0] && node.words.length === 1) {
    return closed(inner[0]); // `x=$(command)` ends as the command does.
  }
  const own = evaluateWords(words, node, flags, depth);
  return inner.length === 0 ? own : withSubstitutions(inner, own);
}

/** Substitutions run first and nothing tells how they ended. */
function withSubstitutions(inner: readonly Ends[], own: Ends): Ends {
  const before = inner.reduce((known, each) => after(known, anything(each).ok), NONE);
  return {
    ok: after(before, own.ok),
    fail: after(before, own.fail),
    exitOk: after(before, own.exitOk),
    exitFail: after(before, own.exitFail),
  };
}

function evaluateWords(
  words: readonly string[],
  node: Extract<ShellNode, { kind: 'command' }>,
  flags: Flags,
  depth: number,
): Ends {
  const [program = '', first] = words;
  if (program === 'set' || program === 'setopt') {
    setFlags(words.slice(1), flags);
  }
  if (program === 'exit') {
    const code = Number(first);
    return { ok: 0, fail: 0, exitOk: code > 0 ? 0 : NONE, exitFail: code === 0 ? 0 : NONE };
  }
  if (program === 'false') {
    return ends(0, NONE);
  }
  if (words.length === 0 || HARMLESS.has(program)) {
    return ends(NONE, 0);
  }
  if (isTestOrBuild(words)) {
    return ends(SUCCESS, FAILURE);
  }
  if (node.input && /^(?:ba|z|da|k)?sh$/.test(program)) {
    return closed(evaluate(node.input, optionFlags(words.slice(1).join(' ')), depth + 1));
  }
  return ends(NONE, NONE);
}

function setFlags(options: readonly string[], flags: Flags): void {
  const text = options.join(' ');
  flags.pipefail = /(?:^|\s)pipefail\b/i.test(text) ? !/\+\w*o\s+pipefail/.test(text) : flags.pipefail;
  flags.errexit = /(?:^|\s)(?:-\w*e\w*|-o\s+errexit)\b/.test(text)
    ? true
    : /(?:^|\s)\+\w*e/.test(text)
      ? false
      : flags.errexit;
}

function optionFlags(options: string): Flags {
  const flags = { errexit: false, pipefail: false };
  setFlags(options.split(' '), flags);
  return flags;
}
