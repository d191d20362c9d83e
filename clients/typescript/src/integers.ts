/** Integers in minimal two's complement, big-endian, as the encoding's extensions hold them. */

import { fromHex } from "./bytes.js";

/** Number of bits of the magnitude of an integer, 0 for 0. */
export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  return magnitude === 0n ? 0 : magnitude.toString(2).length;
}

/** Bytes of an integer; zero is one byte 00. */
export function integerBytes(value: bigint): Uint8Array {
  const rest = value < 0n ? -value - 1n : value;
  const size = Math.floor(bitLength(rest) / 8) + 1;
  const wrapped = BigInt.asUintN(8 * size, value);
  return fromHex(wrapped.toString(16).padStart(2 * size, "0"));
}

/** Integer of bytes, none of which stand for 0. */
export function integerOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
