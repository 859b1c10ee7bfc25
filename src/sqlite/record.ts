/** A value as a record stores it. A text is its bytes, which may be no clean UTF-8. */
export type RecordValue = null | bigint | number | { text: Uint8Array } | { blob: Uint8Array };

export interface Varint {
  value: bigint;
  /** Where it ends. */
  end: number;
}

/** Throws where it does not end within the bytes. */
export function readVarint(bytes: Uint8Array, at: number): Varint {
  let value = 0n;
  for (let count = 0; count < 9; count += 1) {
    const byte = bytes[at + count];
    if (byte === undefined) throw new Error('a number goes beyond the page');
    if (count === 8) return { value: BigInt.asIntN(64, (value << 8n) | BigInt(byte)), end: at + 9 };
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value, end: at + count + 1 };
  }
  throw new Error('a number does not end');
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type === 7) return 8;
  return INTEGER_BYTES[type] ?? 0;
}

function valueOf(type: number, bytes: Uint8Array): RecordValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return BigInt(type - 8);
  if (type === 7) return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  if (type >= 12) return type % 2 === 0 ? { blob: bytes.slice() } : { text: bytes.slice() };
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** The values of a record. Throws where its header and its length do not fit together. */
export function readRecord(payload: Uint8Array): RecordValue[] {
  const { value: headerSize, end } = readVarint(payload, 0);
  if (headerSize > BigInt(payload.length)) throw new Error('its header is longer than it is');
  const types: number[] = [];
  let at = end;
  while (at < Number(headerSize)) {
    const type = readVarint(payload, at);
    if (type.value === 10n || type.value === 11n || type.value > BigInt(2 * payload.length + 13) || type.value < 0n) {
      throw new Error('it has a value of no known type');
    }
    types.push(Number(type.value));
    at = type.end;
  }
  const whole = types.reduce((sum, type) => sum + sizeOf(type), Number(headerSize));
  if (at !== Number(headerSize) || whole !== payload.length) throw new Error('its values do not fill it');
  return types.map((type) => {
    const value = valueOf(type, payload.subarray(at, at + sizeOf(type)));
    at += sizeOf(type);
    return value;
  });
}
