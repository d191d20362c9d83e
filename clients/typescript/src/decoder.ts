/** Reader of the encoding: refuses every second form of a value. */

import { compareBytes, utf8 } from "./bytes.js";
import { EncodingError } from "./errors.js";
import { bitLength, integerBytes, integerOf } from "./integers.js";
import {
  Decimal,
  MAX_DEPTH,
  MAX_INTEGER_BITS,
  MAX_ITEMS,
  MAX_SCALE,
  NATIVE_MAX,
  NATIVE_MIN,
  type Value,
} from "./value.js";

const MAX_INTEGER_BYTES = 513;

function malformed(reason: string): EncodingError {
  return new EncodingError("HT1001", reason);
}

function second(reason: string): EncodingError {
  return new EncodingError("HT1004", reason);
}

/**
 * Reads one value from bytes. A broken structure is refused where it is found; what is wrong with a single value, and
 * what is only a second form, waits for the end, so that the same bytes have the same code in every implementation.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #texts = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #place = 0;
  #items = 0;
  #fault: EncodingError | undefined;
  #second: EncodingError | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Read the value and the end. */
  whole(): Value {
    const value = this.#value(0);
    if (this.#place !== this.#bytes.length) throw malformed("bytes stand behind the value");
    const wrong = this.#fault ?? this.#second;
    if (wrong !== undefined) throw wrong;
    return value;
  }

  #value(depth: number): Value {
    const first = this.#number(1);
    if (first < 0x80) return BigInt(first);
    if (first >= 0xe0) return BigInt(first - 0x100);
    if (first < 0x90) return this.#map(first & 0x0f, depth);
    if (first < 0xa0) return this.#array(first & 0x0f, depth);
    if (first < 0xc0) return this.#text(first & 0x1f);
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xdc:
        return this.#array(this.#length(2, 16), depth);
      case 0xdd:
        return this.#array(this.#length(4, 1 << 16), depth);
      case 0xde:
        return this.#map(this.#length(2, 16), depth);
      case 0xdf:
        return this.#map(this.#length(4, 1 << 16), depth);
      default:
        return this.#scalar(first);
    }
  }

  #scalar(first: number): Value {
    if (first >= 0xc4 && first <= 0xc6) return this.#take(this.#sized(first - 0xc4, 0)).slice();
    if (first >= 0xd9 && first <= 0xdb) return this.#text(this.#sized(first - 0xd9, 32));
    if (first >= 0xcc && first <= 0xcf) return this.#unsigned(first - 0xcc);
    if (first >= 0xd0 && first <= 0xd3) return this.#signed(first - 0xd0);
    if (first >= 0xd4 && first <= 0xd8) return this.#extension(1 << (first - 0xd4), true);
    if (first >= 0xc7 && first <= 0xc9) return this.#extension(this.#sized(first - 0xc7, 0), false);
    throw malformed(`byte 0x${first.toString(16)} is no element of the encoding`);
  }

  #need(size: number): void {
    if (this.#place + size > this.#bytes.length) throw malformed("the bytes end inside an element");
  }

  #take(size: number): Uint8Array {
    this.#need(size);
    this.#place += size;
    return this.#bytes.subarray(this.#place - size, this.#place);
  }

  #number(size: number): number {
    this.#need(size);
    const at = this.#place;
    this.#place += size;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** A length of `size` bytes that must be at least `least`, else a shorter form exists. */
  #length(size: number, least: number): number {
    const length = this.#number(size);
    if (length < least) this.#second ??= second("a length is not in its shortest form");
    return length;
  }

  /** Length behind the heads of one, two and four bytes; `least` of the first of them. */
  #sized(power: number, least: number): number {
    return this.#length(1 << power, [least, 1 << 8, 1 << 16][power] as number);
  }

  #text(size: number): string {
    const bytes = this.#take(size);
    try {
      return this.#texts.decode(bytes);
    } catch {
      this.#fault ??= malformed("a text is not UTF-8");
      return "";
    }
  }

  #unsigned(power: number): bigint {
    const bytes = this.#take(1 << power);
    const value = BigInt.asUintN(8 << power, integerOf(bytes));
    const least = [128n, 1n << 8n, 1n << 16n, 1n << 32n][power] as bigint;
    if (value < least) this.#second ??= second("an integer is not in its shortest form");
    return value;
  }

  #signed(power: number): bigint {
    const value = integerOf(this.#take(1 << power));
    const most = [-33n, -(1n << 7n) - 1n, -(1n << 15n) - 1n, -(1n << 31n) - 1n][power] as bigint;
    if (value > most) this.#second ??= second("an integer is not in its shortest form");
    return value;
  }

  #extension(size: number, fixed: boolean): bigint | Decimal {
    const type = this.#number(1);
    if (type !== 1 && type !== 2) throw malformed(`extension type ${type} is not known`);
    const payload = this.#take(size);
    if (!fixed && [1, 2, 4, 8, 16].includes(size)) this.#second ??= second("an extension is not in its shortest form");
    try {
      return type === 1 ? wide(payload) : decimal(payload);
    } catch (error) {
      this.#fault ??= error as EncodingError;
      return 0n;
    }
  }

  #enter(count: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new EncodingError("HT1002", `nested deeper than ${MAX_DEPTH}`);
    this.#items += count;
    if (this.#items > MAX_ITEMS) throw new EncodingError("HT1003", `more than ${MAX_ITEMS} elements`);
    this.#need(count);
  }

  #array(count: number, depth: number): Value[] {
    this.#enter(count, depth + 1);
    const found: Value[] = [];
    for (let number = 0; number < count; number++) found.push(this.#value(depth + 1));
    return found;
  }

  #map(count: number, depth: number): { [key: string]: Value } {
    this.#enter(2 * count, depth + 1);
    const found: { [key: string]: Value } = {};
    let last: Uint8Array | undefined;
    for (let number = 0; number < count; number++) {
      const key = this.#value(depth + 1);
      const value = this.#value(depth + 1);
      if (typeof key !== "string") {
        this.#fault ??= malformed("a key of a map is no text");
        continue;
      }
      const bytes = utf8(key);
      if (last !== undefined && compareBytes(last, bytes) >= 0) this.#second ??= second("the keys of a map are not sorted");
      last = bytes;
      Object.defineProperty(found, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return found;
  }
}

function wide(payload: Uint8Array): bigint {
  if (payload.length > MAX_INTEGER_BYTES) throw new EncodingError("HT1003", "an integer is too long");
  const value = integerOf(payload);
  if (bitLength(value) > MAX_INTEGER_BITS) throw new EncodingError("HT1003", "an integer is too long");
  const shortest = compareBytes(integerBytes(value), payload) === 0;
  if (!shortest || (value >= NATIVE_MIN && value <= NATIVE_MAX)) {
    throw second("an integer is not in its shortest form");
  }
  return value;
}

function decimal(payload: Uint8Array): Decimal {
  const scale = payload[0];
  const raw = payload.subarray(1);
  const units = integerOf(raw);
  if (scale === undefined || raw.length === 0 || scale > MAX_SCALE || bitLength(units) > MAX_INTEGER_BITS) {
    throw malformed("a decimal has no units, or is too long");
  }
  if (compareBytes(integerBytes(units), raw) !== 0) throw second("a decimal is not in its shortest form");
  return new Decimal(units, scale);
}
