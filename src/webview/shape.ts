/**
 * Readers of values from elsewhere: each takes anything and gives the typed value, or undefined where it is not of that shape.
 * What a reader does not name is left out, so nothing unexpected passes.
 */
export type Reader<T> = (value: unknown) => T | undefined;
export type Read<R> = R extends Reader<infer T> ? T : never;

export const text: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);
export const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
/** Finite: a plot has no place for anything else. */
export const number: Reader<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export function oneOf<const T extends string>(...known: readonly T[]): Reader<T> {
  return (value) => known.find((candidate) => candidate === value);
}

export function list<T>(item: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const items: T[] = [];
    for (const entry of value as unknown[]) {
      const read = item(entry);
      if (read === undefined) return undefined;
      items.push(read);
    }
    return items;
  };
}

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Simplify<T> = { [K in keyof T]: T[K] };

/** `required` must be there; `optional` may be absent, but not of another shape. */
export function record<R extends Fields>(required: R): Reader<{ [K in keyof R]: Read<R[K]> }>;
export function record<R extends Fields, O extends Fields>(
  required: R,
  optional: O,
): Reader<Simplify<{ [K in keyof R]: Read<R[K]> } & { [K in keyof O]?: Read<O[K]> }>>;
export function record(required: Fields, optional: Fields = {}): Reader<Record<string, unknown>> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(required)) {
      const read = Object.hasOwn(source, name) ? reader(source[name]) : undefined;
      if (read === undefined) return undefined;
      result[name] = read;
    }
    for (const [name, reader] of Object.entries(optional)) {
      if (!Object.hasOwn(source, name) || source[name] === undefined) continue;
      const read = reader(source[name]);
      if (read === undefined) return undefined;
      result[name] = read;
    }
    return result;
  };
}
