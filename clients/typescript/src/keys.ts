/** Keys that sign, and addresses. Specification: docs/spec/keys.md. Signers are deterministic (RFC 8032, RFC 6979). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { concat, utf8 } from "./bytes.js";

/** Kinds of keys with their numbers in the registry. */
export const KEY_KINDS = { ED25519: 1, P256: 2, SECP256K1: 3 } as const;
export type KeyKind = keyof typeof KEY_KINDS;

/** Modules with reserved addresses. */
export const MODULES = { CONTRACTS: 1, IDENTITY: 2 } as const;

export const ADDRESS_BYTES = 20;

/** SHA-256, the hash of the international suite. */
export function hash(data: Uint8Array): Uint8Array {
  return sha256(data);
}

/** A secret of 32 bytes that signs; it never leaves the process. */
export class PrivateKey {
  readonly #secret: Uint8Array;
  readonly publicKey: Uint8Array;

  constructor(
    readonly kind: KeyKind,
    secret: Uint8Array,
  ) {
    if (secret.length !== 32) throw new RangeError("a secret has 32 bytes");
    this.#secret = secret.slice();
    if (kind === "ED25519") this.publicKey = ed25519.getPublicKey(this.#secret);
    else this.publicKey = (kind === "P256" ? p256 : secp256k1).getPublicKey(this.#secret, true);
  }

  /** Make a key from the system's randomness. */
  static random(kind: KeyKind): PrivateKey {
    const secret = kind === "ED25519" ? ed25519.utils.randomSecretKey() : (kind === "P256" ? p256 : secp256k1).utils.randomSecretKey();
    return new PrivateKey(kind, secret);
  }

  /** Sign a message: 64 bytes, for ECDSA r and s with s at most half of the order. */
  sign(message: Uint8Array): Uint8Array {
    if (this.kind === "ED25519") return ed25519.sign(message, this.#secret);
    const curve = this.kind === "P256" ? p256 : secp256k1;
    return curve.sign(message, this.#secret, { lowS: true, prehash: true, format: "compact" });
  }
}

/** Address of a public key, 20 bytes: the Ethereum address for secp256k1, else a tagged hash. */
export function keyAddress(kind: KeyKind, publicKey: Uint8Array): Uint8Array {
  if (kind === "SECP256K1") {
    return keccak_256(secp256k1.Point.fromBytes(publicKey).toBytes(false).subarray(1)).subarray(-ADDRESS_BYTES).slice();
  }
  const tagged = concat(utf8("huitong/address/1\0"), Uint8Array.of(KEY_KINDS[kind]), publicKey);
  return hash(tagged).slice(0, ADDRESS_BYTES);
}

/** Address of the contract that call `index` (from 0) of a transaction deploys. */
export function contractAddress(chainId: string, txId: Uint8Array, index: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, index);
  return hash(concat(utf8(`huitong/contract/1\0${chainId}`), txId, number)).slice(-ADDRESS_BYTES);
}

/** Reserved address of a module. */
export function moduleAddress(id: number): Uint8Array {
  return concat(new Uint8Array(16).fill(0xff), utf8("HT"), Uint8Array.of(id >> 8, id & 0xff));
}

/** A member's address and the key that signs for it. The address stays when the key is rotated. */
export class Wallet {
  readonly address: Uint8Array;

  /** address: the key's own when none is given. */
  constructor(
    readonly key: PrivateKey,
    address?: Uint8Array,
  ) {
    this.address = address ?? keyAddress(key.kind, key.publicKey);
  }

  /** Wallet of a 32-byte secret. */
  static of(kind: KeyKind, secret: Uint8Array, address?: Uint8Array): Wallet {
    return new Wallet(new PrivateKey(kind, secret), address);
  }
}
