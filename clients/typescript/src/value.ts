/** Values of the encoding and their limits. */

import { EncodingError } from "./errors.js";
import { bitLength } from "./integers.js";

export const MAX_DEPTH = 32;
export const MAX_ITEMS = 200_000;
export const MAX_INTEGER_BITS = 4096;
export const MAX_SCALE = 38;
export const NATIVE_MIN = -(2n ** 63n);
export const NATIVE_MAX = 2n ** 64n - 1n;

/** units / 10 ** scale. 1.50 and 1.5 are different values. */
export class Decimal {
  constructor(
    readonly units: bigint,
    readonly scale: number,
  ) {
    if (!Number.isInteger(scale) || scale < 0 || scale > MAX_SCALE || bitLength(units) > MAX_INTEGER_BITS) {
      throw new EncodingError("HT5003", `a decimal has a scale of 0 to ${MAX_SCALE} and at most ${MAX_INTEGER_BITS} bits`);
    }
  }

  /** Read "12.50"; scale: decimal places, as many as the text has when none is given. */
  static of(text: string, scale?: number): Decimal {
    const found = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
    const part = found?.[3] ?? "";
    if (found === null || (scale !== undefined && part.length > scale)) {
      throw new EncodingError("HT5003", `${text} is no number of the scale`);
    }
    const units = BigInt(`${found[2] ?? ""}${part.padEnd(scale ?? part.length, "0")}`);
    return new Decimal(found[1] === "-" ? -units : units, scale ?? part.length);
  }

  toString(): string {
    const digits = (this.units < 0n ? -this.units : this.units).toString().padStart(this.scale + 1, "0");
    const sign = this.units < 0n ? "-" : "";
    const whole = digits.slice(0, digits.length - this.scale);
    return this.scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-this.scale)}`;
  }
}

/** Values of the encoding, as `decode` gives them. */
export type Value = null | boolean | bigint | string | Uint8Array | Decimal | Value[] | { [key: string]: Value };
