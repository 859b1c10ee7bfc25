/** A description of an element. Views are functions that return one; `browser/patch.ts` brings the page in line with it. */
export interface VNode {
  readonly tag: string;
  /** Text only: there is no way to give markup or a handler. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Child[];
  /** Tells children of one parent apart when their order changes. */
  readonly key: string | undefined;
}
export type Child = VNode | string;

type AttributeValue = string | number | boolean | undefined;
type Maybe = Child | false | undefined;

/** `h('p', { class: 'note' }, 'text')`. The attribute `key` is not shown; `false` and `undefined` leave one out. */
export function h(
  tag: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  ...children: readonly (Maybe | readonly Maybe[])[]
): VNode {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'key' || value === undefined || value === false) continue;
    shown[name] = value === true ? '' : String(value);
  }
  const key = attributes['key'];
  return {
    tag,
    attributes: shown,
    children: children.flat().filter((child): child is Child => child !== false && child !== undefined),
    key: key === undefined ? undefined : String(key),
  };
}
