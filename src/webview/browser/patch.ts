import type { Child, VNode } from '../h';

const SVG = 'http://www.w3.org/2000/svg';

/** What an element was last made to look like. What a person changed since, such as an opened part, is left alone. */
const drawn = new WeakMap<Node, VNode>();

/** Brings the children of `parent` in line with these. Elements that stay keep their focus, their scroll and their state. */
export function patchChildren(parent: Element, children: readonly Child[]): void {
  const wanted = new Set(children.map((child) => (typeof child === 'string' ? undefined : child.key)));
  const keyed = new Map<string, Element>();
  for (const child of [...parent.children]) {
    const key = drawn.get(child)?.key;
    if (key === undefined) continue;
    // First, so that those which stay need not be moved: a moved element loses its focus.
    if (wanted.has(key)) keyed.set(key, child);
    else child.remove();
  }
  let place: ChildNode | null = parent.firstChild;
  for (const child of children) {
    const kept = reusable(child, place, keyed);
    if (kept === undefined) {
      parent.insertBefore(create(child, parent), place);
      continue;
    }
    if (kept === place) place = place.nextSibling;
    else parent.insertBefore(kept, place);
    update(kept, child);
  }
  while (place !== null) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
}

function reusable(child: Child, place: ChildNode | null, keyed: Map<string, Element>): ChildNode | undefined {
  if (typeof child === 'string') return place instanceof Text ? place : undefined;
  const candidate = child.key === undefined ? place : keyed.get(child.key);
  if (candidate === null || candidate === undefined) return undefined;
  const before = drawn.get(candidate);
  return before?.tag === child.tag && before.key === child.key ? candidate : undefined;
}

function create(child: Child, parent: Element): ChildNode {
  if (typeof child === 'string') return document.createTextNode(child);
  const isSvg = child.tag === 'svg' || (parent.namespaceURI === SVG && parent.tagName !== 'foreignObject');
  const element = isSvg ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag);
  update(element, child);
  return element;
}

function update(node: ChildNode, child: Child): void {
  if (typeof child === 'string') {
    if (node.nodeValue !== child) node.nodeValue = child;
    return;
  }
  const element = node as Element;
  const before = drawn.get(element)?.attributes ?? {};
  for (const name of Object.keys(before)) if (!(name in child.attributes)) element.removeAttribute(name);
  for (const [name, value] of Object.entries(child.attributes)) {
    if (before[name] !== value) element.setAttribute(name, value);
  }
  patchChildren(element, child.children);
  drawn.set(element, child);
}
