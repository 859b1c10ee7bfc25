/**
 * Finds the end of a JSON string sixteen bytes at a time. Tool results make most of a transcript, and all that has to be known of
 * them is where they end; JavaScript looks at a byte at a time. The few instructions are written out here, so that nothing has to
 * be compiled when the extension is built.
 */
const PAGE = 64 * 1024;
/** In front of the buffer lies the table of what may follow a backslash. */
const TABLE_BYTES = 256;
/** A load may look this far past the end. */
const PADDING = 16;

/** What may follow a backslash, but for `u`. Not the slash: it needs no escape, and JSON.stringify writes none. */
export const ESCAPES = '"\\bfnrt';
const HEX = '0123456789abcdefABCDEF';
const IS_ESCAPE = 1;
const IS_HEX = 2;

/** Parameters and locals of the function. */
const at = [0x20, 0];
const end = [0x20, 1];
const setAt = [0x21, 0];
const mask = [0x20, 2];
const setMask = [0x21, 2];
const escaped = [0x20, 3];
const setEscaped = [0x21, 3];
const block = [0x20, 4];
const setBlock = [0x21, 4];

const constant = (value: number): number[] => [0x41, ...signedLeb(value)];
const splat = (byte: number): number[] => [...constant(byte), 0xfd, 0x0f];
const byteAt = (offset: number): number[] => [...at, 0x2d, 0, ...leb(offset)];
/** The entry of the byte at this offset in the table at address 0. */
const classAt = (offset: number): number[] => [...byteAt(offset), 0x2d, 0, 0];
const ADD = 0x6a;
const AND = 0x71;
const EQ = 0x46;
const OR = 0x72;
const SHIFT = 0x74;
const IF = [0x04, 0x40];
const LOOP = [0x03, 0x40];
const END = 0x0b;
const RETURN = 0x0f;
const branch = (depth: number): number[] => [0x0c, depth];
const fail = [...constant(-1), RETURN];
const found = (bit: number): number[] => [...escaped, ...constant(bit), OR, ...setEscaped];
const advance = (bytes: number): number[] => [...at, ...constant(bytes), ADD, ...setAt];

/**
 * `find(at, end)`: four times the place of the closing quote, plus one where there are escapes of one character, plus two where
 * there are others; -1 for what is no JSON string.
 */
const code = (): number[] => [
  ...LOOP,
  ...[...at, ...end, 0x4f, ...IF, ...fail, END],
  // Which of sixteen bytes are a quote, a backslash or a control character.
  ...[...at, 0xfd, 0x00, 0, 0, ...setBlock],
  ...[...block, ...splat(0x22), 0xfd, 0x23],
  ...[...block, ...splat(0x5c), 0xfd, 0x23, 0xfd, 0x50],
  ...[...block, ...splat(0x20), 0xfd, 0x26, 0xfd, 0x50],
  ...[0xfd, 0x64, ...setMask],
  ...[...mask, 0x45, ...IF, ...advance(16), ...branch(1), END],
  ...[...at, ...mask, 0x68, ADD, ...setAt],
  ...[...at, ...end, 0x4f, ...IF, ...fail, END],
  ...[...byteAt(0), ...constant(0x22), EQ, ...IF, ...at, ...constant(2), SHIFT, ...escaped, OR, RETURN, END],
  ...[...byteAt(0), ...constant(0x5c), 0x47, ...IF, ...fail, END],
  ...[...classAt(1), ...constant(IS_ESCAPE), AND, ...IF, ...found(1), ...advance(2), ...branch(1), END],
  ...[...byteAt(1), ...constant(0x75), 0x47, ...IF, ...fail, END],
  ...[...classAt(2), ...classAt(3), AND, ...classAt(4), AND, ...classAt(5), AND, ...constant(IS_HEX), AND],
  ...[...IF, ...found(2), ...advance(6), ...branch(1), END],
  ...[...fail, END],
  ...[...constant(-1), END],
];

const I32 = 0x7f;
const V128 = 0x7b;

const moduleBytes = (): Uint8Array =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 1, I32]),
    ...section(2, [1, 1, 0x65, 1, 0x6d, 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0x00, 0]),
    ...section(10, [1, ...sized([2, 2, I32, 1, V128, ...code()])]),
  ]);

export type FindEnd = (at: number, end: number) => number;

/** The part of WebAssembly that is used here; Node's types leave it out. */
interface WasmApi {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
}
const wasm = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

const finders = new WeakMap<ArrayBufferLike, FindEnd>();
let compiled: object | undefined;

/** A buffer in which `finderFor` can look; an ordinary one where the machine lacks the instructions. */
export function searchableBuffer(bytes: number): Buffer {
  try {
    const memory = new wasm.Memory({ initial: Math.ceil((TABLE_BYTES + bytes + PADDING) / PAGE) });
    const table = new Uint8Array(memory.buffer, 0, TABLE_BYTES);
    for (const character of ESCAPES) table[character.charCodeAt(0)] = IS_ESCAPE;
    for (const character of HEX) table[character.charCodeAt(0)] = (table[character.charCodeAt(0)] ?? 0) | IS_HEX;
    compiled ??= new wasm.Module(moduleBytes());
    const { exports } = new wasm.Instance(compiled, { e: { m: memory } });
    finders.set(memory.buffer, exports['f'] as FindEnd);
    return Buffer.from(memory.buffer, TABLE_BYTES, bytes);
  } catch {
    return Buffer.allocUnsafe(bytes);
  }
}

/** Looks for the end of a string, given by places in the array buffer; undefined for a buffer that is not searchable. */
export function finderFor(buffer: ArrayBufferLike): FindEnd | undefined {
  return finders.get(buffer);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): number[] {
  return [...leb(content.length), ...content];
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >> 7)];
}

function signedLeb(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  return (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40) ? [low] : [low | 0x80, ...signedLeb(rest)];
}
