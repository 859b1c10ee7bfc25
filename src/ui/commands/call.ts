import { isVariant } from '../../domain/tags';
import type { Variant } from '../../api';

/**
 * What a command was called with. `interactive` is true for the palette and for tree items: then what is missing may be asked
 * for. A plain object is a program's call: it is answered without any UI.
 */
export interface Call {
  interactive: boolean;
  experimentId?: string;
  sessionId?: string;
  agent?: string;
  variant?: Variant;
  reason?: string;
  /** Every argument as it came, for commands with more of their own. */
  raw: Readonly<Record<string, unknown>>;
}

/** Tree nodes carry this mark, so that a click can be told from a program's plain object. */
export const TREE_NODE: unique symbol = Symbol('tree node');

export interface TreeNodeMark {
  readonly [TREE_NODE]: true;
  readonly experimentId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly agent?: string | undefined;
}

export type ParsedCall = { ok: true; call: Call } | { ok: false; problem: string };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNode = (value: Record<string, unknown>): value is Record<string, unknown> & TreeNodeMark => TREE_NODE in value;

/** Arguments come from menus, keybindings and other extensions, so nothing about them is trusted. */
export function parseCall(argument: unknown): ParsedCall {
  if (argument === undefined || argument === null) return { ok: true, call: { interactive: true, raw: {} } };
  if (!isObject(argument)) return { ok: false, problem: 'argument' };
  if (isNode(argument)) {
    const { experimentId, sessionId, agent } = argument;
    return {
      ok: true,
      call: {
        interactive: true,
        ...(experimentId === undefined ? {} : { experimentId }),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(agent === undefined ? {} : { agent }),
        raw: {},
      },
    };
  }
  const call: Call = { interactive: false, raw: argument };
  for (const key of ['experimentId', 'sessionId', 'agent', 'reason'] as const) {
    const value = argument[key];
    if (value === undefined) continue;
    if (typeof value !== 'string') return { ok: false, problem: key };
    call[key] = value;
  }
  const variant = argument['variant'];
  if (variant !== undefined) {
    if (!isVariant(variant)) return { ok: false, problem: 'variant' };
    call.variant = variant;
  }
  return { ok: true, call };
}
