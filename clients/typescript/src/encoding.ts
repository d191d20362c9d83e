/** The one encoding of the platform: msgpack in one allowed form. Specification: docs/spec/encoding.md. */

import { compareBytes, concat, utf8 } from "./bytes.js";
import { Reader } from "./decoder.js";
import { EncodingError } from "./errors.js";
import { bitLength, integerBytes } from "./integers.js";
import { Decimal, MAX_DEPTH, MAX_INTEGER_BITS, NATIVE_MAX, NATIVE_MIN, type Value } from "./value.js";

/** Encode a value: null, boolean, bigint, string, Uint8Array, Decimal, arrays, plain objects. Equal values, equal bytes. */
export function encode(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts, 0);
  return concat(...parts);
}

/** Decode the bytes of one value. Throws EncodingError HT1001 (malformed), HT1002, HT1003 (limits), HT1004 (not the one form). */
export function decode(bytes: Uint8Array): Value {
  return new Reader(bytes).whole();
}

function write(value: unknown, parts: Uint8Array[], depth: number): void {
  if (depth > MAX_DEPTH) throw new EncodingError("HT1002", `nested deeper than ${MAX_DEPTH}`);
  if (value === null) parts.push(Uint8Array.of(0xc0));
  else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === "bigint") parts.push(integer(value));
  else if (typeof value === "string") text(value, parts);
  else if (value instanceof Uint8Array) parts.push(head(value.length, undefined, [0xc4, 0xc5, 0xc6]), value);
  else if (value instanceof Decimal) {
    parts.push(extension(2, concat(Uint8Array.of(value.scale), integerBytes(value.units))));
  } else if (Array.isArray(value)) {
    parts.push(head(value.length, [0x90, 15], [undefined, 0xdc, 0xdd]));
    for (const item of value) write(item, parts, depth + 1);
  } else if (typeof value === "object") map(value as { [key: string]: unknown }, parts, depth);
  else throw new EncodingError("HT5003", refusal(value));
}

function refusal(value: unknown): string {
  const hint = typeof value === "number" ? ": integers are written with n, as in 5n" : "";
  return `a ${typeof value} cannot be encoded${hint}`;
}

function map(value: { [key: string]: unknown }, parts: Uint8Array[], depth: number): void {
  const keys = Object.keys(value).map((key) => [utf8(key), key] as const);
  keys.sort((left, right) => compareBytes(left[0], right[0]));
  parts.push(head(keys.length, [0x80, 15], [undefined, 0xde, 0xdf]));
  for (const [, key] of keys) {
    text(key, parts);
    write(value[key], parts, depth + 1);
  }
}

function text(value: string, parts: Uint8Array[]): void {
  if (!value.isWellFormed()) throw new EncodingError("HT5003", "a text with half a surrogate pair has no UTF-8 form");
  const bytes = utf8(value);
  parts.push(head(bytes.length, [0xa0, 31], [0xd9, 0xda, 0xdb]), bytes);
}

/** First bytes of a sized element: short form [first, most], then heads with lengths of 1, 2 and 4 bytes. */
function head(
  size: number,
  short: readonly [number, number] | undefined,
  long: readonly [number | undefined, number, number],
): Uint8Array {
  if (short !== undefined && size <= short[1]) return Uint8Array.of(short[0] + size);
  if (long[0] !== undefined && size < 1 << 8) return Uint8Array.of(long[0], size);
  if (size < 1 << 16) return Uint8Array.of(long[1], size >> 8, size & 0xff);
  const bytes = new Uint8Array(5);
  bytes[0] = long[2];
  new DataView(bytes.buffer).setUint32(1, size);
  return bytes;
}

function integer(value: bigint): Uint8Array {
  if (value < NATIVE_MIN || value > NATIVE_MAX) {
    if (bitLength(value) > MAX_INTEGER_BITS) {
      throw new EncodingError("HT5005", `an integer of ${bitLength(value)} bits`);
    }
    return extension(1, integerBytes(value));
  }
  if (value >= -32n && value < 128n) return Uint8Array.of(Number(value) & 0xff);
  const signed = value < 0n;
  for (const power of [0, 1, 2, 3]) {
    const bits = 8 << power;
    const fits = signed ? value >= -(1n << BigInt(bits - 1)) : value < 1n << BigInt(bits);
    if (fits) {
      const bytes = new Uint8Array(1 + bits / 8);
      bytes[0] = (signed ? 0xd0 : 0xcc) + power;
      let rest = BigInt.asUintN(bits, value);
      for (let place = bytes.length - 1; place > 0; place--) {
        bytes[place] = Number(rest & 0xffn);
        rest >>= 8n;
      }
      return bytes;
    }
  }
  throw new EncodingError("HT5005", "unreachable: the range was checked above");
}

function extension(type: number, payload: Uint8Array): Uint8Array {
  const fixed = [1, 2, 4, 8, 16].indexOf(payload.length);
  if (fixed >= 0) return concat(Uint8Array.of(0xd4 + fixed, type), payload);
  return concat(head(payload.length, undefined, [0xc7, 0xc8, 0xc9]), Uint8Array.of(type), payload);
}
