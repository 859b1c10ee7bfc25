import { applyEdits, findNodeAtLocation, modify, parseTree, type Node, type ParseError } from 'jsonc-parser';
import { hookEntry, type HookAgent } from './hookTargets';
import { LAUNCHER_NAME } from './launcher';

/** Why a settings file is left as it is. */
export type SettingsProblem =
  /** It is no JSON, not even with comments. */
  | 'damaged'
  /** It is JSON, but `hooks` or `hooks.SessionStart` are not what the agent expects there. */
  | 'unexpected';

export type SettingsPlan =
  { ok: true; text: string | undefined; changed: boolean } | { ok: false; problem: SettingsProblem };

/** `other`: our program is named, by a command that is not today's. */
export type HookState = 'missing' | 'inPlace' | 'other' | SettingsProblem;

const EVENT = ['hooks', 'SessionStart'];
const BYTE_ORDER_MARK = '\uFEFF';

interface Parsed {
  /** Without a byte order mark. */
  text: string;
  mark: string;
  root: Node | undefined;
}

function parse(text: string): Parsed | SettingsProblem {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const body = text.slice(mark.length);
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length > 0) return 'damaged';
  if (root === undefined) return { text: body, mark, root };
  const hooks = findNodeAtLocation(root, ['hooks']);
  const event = findNodeAtLocation(root, EVENT);
  const twice = hasTwice(root, 'hooks') || (hooks !== undefined && hasTwice(hooks, 'SessionStart'));
  const odd = (node: Node | undefined, type: Node['type']): boolean => node !== undefined && node.type !== type;
  if (odd(root, 'object') || odd(hooks, 'object') || odd(event, 'array') || twice) return 'unexpected';
  return { text: body, mark, root };
}

/** Of two members with one name, readers take either: nobody knows which one an edit should go to. */
function hasTwice(object: Node, key: string): boolean {
  return (object.children ?? []).filter(({ children }) => children?.[0]?.value === key).length > 1;
}

/** Paths of the objects that name our program, the last first, so that removing one leaves the others where they are. */
function ours(root: Node | undefined): { path: (string | number)[]; command: string }[] {
  const event = root && findNodeAtLocation(root, EVENT);
  const found = (event?.children ?? []).flatMap((element, index) => {
    const nested = (findNodeAtLocation(element, ['hooks'])?.children ?? []).map((hook, inner) => ({
      node: hook,
      path: [...EVENT, index, 'hooks', inner],
    }));
    return [{ node: element, path: [...EVENT, index] }, ...nested];
  });
  return found
    .flatMap(({ node, path }) => {
      const command: unknown = node.type === 'object' ? findNodeAtLocation(node, ['command'])?.value : undefined;
      return typeof command === 'string' && command.includes(LAUNCHER_NAME) ? [{ path, command }] : [];
    })
    .reverse();
}

/** Whether an agent's settings (undefined: no file) name our program with this command. */
export function hookState(text: string | undefined, command: string): HookState {
  if (text === undefined) return 'missing';
  const parsed = parse(text);
  if (typeof parsed === 'string') return parsed;
  const found = ours(parsed.root);
  if (found.length === 0) return 'missing';
  return found.length === 1 && found[0]?.command === command ? 'inPlace' : 'other';
}

/** The settings with our program named once, and everything else as it was: comments, order, indentation and line ends. */
export function planInstall(text: string | undefined, agent: HookAgent, command: string): SettingsPlan {
  if (hookState(text, command) === 'inPlace') return { ok: true, text, changed: false };
  if (text === undefined) {
    return {
      ok: true,
      text: `${JSON.stringify({ hooks: { SessionStart: [hookEntry(agent, command)] } }, null, 2)}\n`,
      changed: true,
    };
  }
  const cleaned = planRemove(text);
  if (!cleaned.ok) return cleaned;
  const parsed = parse(cleaned.text ?? '');
  if (typeof parsed === 'string') return { ok: false, problem: parsed };
  const entry = hookEntry(agent, command);
  const event = parsed.root && findNodeAtLocation(parsed.root, EVENT);
  const [path, value] = event === undefined ? [EVENT, [entry]] : [[...EVENT, event.children?.length ?? 0], entry];
  const formattingOptions = formatOf(parsed.text);
  const edits = modify(parsed.text, path, value, { formattingOptions, isArrayInsertion: event !== undefined });
  return { ok: true, text: parsed.mark + applyEdits(parsed.text, edits), changed: true };
}

/** The settings without our program. What is empty because of that goes too. */
export function planRemove(text: string | undefined): SettingsPlan {
  if (text === undefined) return { ok: true, text, changed: false };
  let current = parse(text);
  if (typeof current === 'string') return { ok: false, problem: current };
  let changed = false;
  for (;;) {
    const [first] = ours(current.root);
    if (first === undefined) return { ok: true, text: current.mark + current.text, changed };
    const edits = modify(current.text, emptied(current.root, first.path), undefined, {
      formattingOptions: formatOf(current.text),
    });
    const next = parse(current.mark + applyEdits(current.text, edits));
    if (typeof next === 'string') return { ok: false, problem: next };
    current = next;
    changed = true;
  }
}

/** The largest value around a path that holds nothing else of anybody's. */
function emptied(root: Node | undefined, path: readonly (string | number)[]): (string | number)[] {
  const up = path.slice(0, -1);
  const around = root && findNodeAtLocation(root, up);
  // An element of the event's list may carry a matcher beside its hooks: without hooks it says nothing.
  const element = up.at(-1) === 'hooks' && up.length > 2 ? up.slice(0, -1) : undefined;
  const alone = around?.type === 'array' ? around.children?.length === 1 : around?.children?.length === 1;
  if (!alone || up.length === 0) return [...path];
  return emptied(root, element ?? up);
}

/** The indentation and line ends that the text has. */
function formatOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
