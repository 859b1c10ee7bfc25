import { ESCAPES, finderFor, type FindEnd } from './stringFinder';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** So many bytes of a string are looked at one by one before the finder is asked. */
const SHORT = 12;

/** Deeper nesting than this is left to JSON.parse. */
const MAX_DEPTH = 128;

/** 1 for bytes that stand for themselves inside a string. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;
/** 1 for bytes that may follow a backslash. `u` is looked at apart. */
const ESCAPED = table(ESCAPES);
const HEX = table('0123456789abcdefABCDEF');
const DIGIT = table('0123456789');
/** Without the newline, which ends a line. */
const SPACE = table(' \t\r');

function table(characters: string): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const character of characters) bytes[character.charCodeAt(0)] = 1;
  return bytes;
}

/** What a value is; the place of a string is that of its content, of anything else that of all its bytes. */
export const enum Kind {
  None,
  String,
  EscapedString,
  Number,
  True,
  False,
  Null,
  Object,
  Array,
}

/** Thrown for whatever the scanner does not vouch for: the line must then be parsed as a whole. */
export class Unsure extends Error {}

const unsure = new Unsure();

/**
 * Walks over JSON in bytes without making values of it. It checks every byte as strictly as JSON.parse does, so that what it
 * accepts is JSON; what it cannot vouch for it refuses with `Unsure`, which says nothing about whether it is.
 */
export class JsonScanner {
  protected bytes: Buffer = Buffer.alloc(0);
  protected at = 0;
  /** Where the text ends: a newline or nothing stands there, so that no other place has to be compared with it. */
  protected end = 0;
  /** Kind and place of the value that was read last. */
  protected kind = Kind.None;
  protected from = 0;
  protected to = 0;
  /** Whether there are escapes of the form \uXXXX in the string that was read last. */
  protected unicode = false;
  private searched: ArrayBufferLike | undefined;
  private findEnd: FindEnd | undefined;
  private readonly nesting = new Uint8Array(MAX_DEPTH);

  protected start(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    if (bytes.buffer !== this.searched) {
      this.searched = bytes.buffer;
      this.findEnd = finderFor(bytes.buffer);
    }
  }

  protected refuse(): never {
    throw unsure;
  }

  /** Reads the opening of an object; true where it is not empty. */
  protected enterObject(): boolean {
    return this.enter(OPEN_OBJECT, CLOSE_OBJECT);
  }

  protected enterArray(): boolean {
    return this.enter(OPEN_ARRAY, CLOSE_ARRAY);
  }

  private enter(open: number, close: number): boolean {
    this.expect(open);
    this.skipSpace();
    if (this.bytes[this.at] !== close) return true;
    this.at++;
    return false;
  }

  /** After a member or element: true where another follows. */
  protected more(close: 'object' | 'array'): boolean {
    this.skipSpace();
    const byte = this.bytes[this.at++];
    if (byte === COMMA) return true;
    if (byte === (close === 'object' ? CLOSE_OBJECT : CLOSE_ARRAY)) return false;
    return this.refuse();
  }

  /** Reads a member's name and colon. Names with escapes are refused: they may be spellings of known ones. */
  protected key(): void {
    this.skipSpace();
    if (this.string() !== Kind.String) this.refuse();
    this.skipSpace();
    this.expect(COLON);
    this.skipSpace();
  }

  protected get isObject(): boolean {
    return this.bytes[this.at] === OPEN_OBJECT;
  }

  protected get isArray(): boolean {
    return this.bytes[this.at] === OPEN_ARRAY;
  }

  /** Nothing but blanks (NUL too, as the writer's crash leaves them) may follow. */
  protected finish(): void {
    const { bytes, end } = this;
    for (let at = this.at; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte !== 0 && SPACE[byte] !== 1) this.refuse();
    }
  }

  /** Reads any value and remembers its kind and place. */
  protected value(): Kind {
    const byte = this.bytes[this.at] ?? 0;
    if (byte === QUOTE) return this.string();
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      const from = this.at;
      this.container();
      this.from = from;
      this.to = this.at;
      return (this.kind = byte === OPEN_OBJECT ? Kind.Object : Kind.Array);
    }
    this.from = this.at;
    this.kind = this.scalar(byte);
    this.to = this.at;
    return this.kind;
  }

  /** Skips an object or array with all that is in it. */
  private container(): void {
    const { bytes, nesting } = this;
    let depth = 0;
    for (;;) {
      // A value begins here.
      const byte = bytes[this.at] ?? 0;
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (depth === MAX_DEPTH) this.refuse();
        nesting[depth++] = byte;
        this.at++;
        this.skipSpace();
        if (bytes[this.at] !== (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (byte === OPEN_OBJECT) this.anyKey();
          continue;
        }
        this.at++;
        depth--;
      } else if (byte === QUOTE) {
        this.string();
      } else {
        this.scalar(byte);
      }
      // A value has ended: leave what ends with it, then go to the next one.
      for (;;) {
        if (depth === 0) return;
        this.skipSpace();
        const after = bytes[this.at++];
        const inObject = nesting[depth - 1] === OPEN_OBJECT;
        if (after === COMMA) {
          this.skipSpace();
          if (inObject) this.anyKey();
          break;
        }
        if (after !== (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) this.refuse();
        depth--;
      }
    }
  }

  private anyKey(): void {
    this.string();
    this.skipSpace();
    this.expect(COLON);
    this.skipSpace();
  }

  private string(): Kind {
    const { bytes } = this;
    let at = this.at;
    if (bytes[at] !== QUOTE) this.refuse();
    this.from = ++at;
    let kind = Kind.String;
    this.unicode = false;
    const short = this.findEnd ? at + SHORT : Infinity;
    for (;;) {
      while (PLAIN[bytes[at] ?? 0] === 1 && at < short) at++;
      if (at >= short) return this.longString();
      if (bytes[at] === QUOTE) break;
      if (bytes[at] !== BACKSLASH) this.refuse();
      kind = Kind.EscapedString;
      const escaped = bytes[at + 1] ?? 0;
      if (ESCAPED[escaped] === 1) {
        at += 2;
      } else if (escaped === 0x75 && this.isHex(at + 2)) {
        at += 6;
        this.unicode = true;
      } else {
        this.refuse();
      }
    }
    this.to = at;
    this.at = at + 1;
    return (this.kind = kind);
  }

  /** As `string`, from the place in `from`, with the finder. */
  private longString(): Kind {
    const { byteOffset } = this.bytes;
    const found = this.findEnd?.(byteOffset + this.from, byteOffset + this.end) ?? -1;
    if (found < 0) this.refuse();
    this.to = (found >>> 2) - byteOffset;
    this.at = this.to + 1;
    this.unicode = (found & 2) !== 0;
    return (this.kind = (found & 3) === 0 ? Kind.String : Kind.EscapedString);
  }

  private isHex(at: number): boolean {
    const { bytes } = this;
    for (let n = 0; n < 4; n++) if (HEX[bytes[at + n] ?? 0] !== 1) return false;
    return true;
  }

  private scalar(byte: number): Kind {
    if (byte === 0x74) return this.word('true', Kind.True);
    if (byte === 0x66) return this.word('false', Kind.False);
    if (byte === 0x6e) return this.word('null', Kind.Null);
    return this.number();
  }

  private word(text: string, kind: Kind): Kind {
    for (let n = 0; n < text.length; n++) {
      if (this.bytes[this.at + n] !== text.charCodeAt(n)) this.refuse();
    }
    this.at += text.length;
    return kind;
  }

  private number(): Kind {
    const { bytes } = this;
    if (bytes[this.at] === 0x2d) this.at++;
    if (bytes[this.at] === 0x30) this.at++;
    else this.digits();
    if (bytes[this.at] === 0x2e) {
      this.at++;
      this.digits();
    }
    if (bytes[this.at] === 0x65 || bytes[this.at] === 0x45) {
      this.at++;
      if (bytes[this.at] === 0x2b || bytes[this.at] === 0x2d) this.at++;
      this.digits();
    }
    return Kind.Number;
  }

  private digits(): void {
    const first = this.at;
    while (DIGIT[this.bytes[this.at] ?? 0] === 1) this.at++;
    if (this.at === first) this.refuse();
  }

  protected skipSpace(): void {
    while (SPACE[this.bytes[this.at] ?? 0] === 1) this.at++;
  }

  private expect(byte: number): void {
    if (this.bytes[this.at] !== byte) this.refuse();
    this.at++;
  }
}
