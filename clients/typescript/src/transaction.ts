/** Transactions before they are sent: bodies, signatures, ids. Specification: docs/spec/transaction.md. */

import { compareBytes, concat, utf8 } from "./bytes.js";
import { encode } from "./encoding.js";
import { ArgumentsInvalid } from "./errors.js";
import { hash, type Wallet } from "./keys.js";

export const PROTOCOL_VERSION = 1n;
export const SALT_BYTES = 8;
/** Gas of a transaction unless the caller says more. */
export const DEFAULT_GAS_LIMIT = 2_000_000n;

/** One call: target is an address of 20 bytes; args are values of the encoding. */
export interface Call {
  readonly target: Uint8Array;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What is signed. validUntil: ns of block time, inclusive. payer: the sender's own address when its organisation pays. */
export interface TransactionBody {
  readonly chainId: string;
  readonly sender: Uint8Array;
  readonly salt: Uint8Array;
  readonly validUntil: bigint;
  readonly gasLimit: bigint;
  readonly calls: readonly Call[];
  readonly payer: Uint8Array;
  readonly memo: Uint8Array;
}

/** A transaction ready to be sent. txId: 32 bytes. */
export interface SignedTransaction {
  readonly txId: Uint8Array;
  readonly raw: Uint8Array;
}

/** Bytes of a body. */
export function encodeBody(body: TransactionBody): Uint8Array {
  const calls = body.calls.map((call) => [call.target, call.method, [...call.args]]);
  return encode([
    PROTOCOL_VERSION,
    body.chainId,
    body.sender,
    body.salt,
    body.validUntil,
    body.gasLimit,
    calls,
    body.payer,
    body.memo,
  ]);
}

/** Bytes that every signer signs. */
export function signBytes(body: Uint8Array): Uint8Array {
  return concat(utf8("huitong/tx/1\0"), body);
}

/** Id of a transaction, known before anybody has signed. */
export function transactionId(body: Uint8Array): Uint8Array {
  return hash(signBytes(body));
}

/** Complete a body with signatures, in the order sender, payer. */
export function complete(body: Uint8Array, signatures: readonly Uint8Array[]): SignedTransaction {
  return { txId: transactionId(body), raw: encode([PROTOCOL_VERSION, body, [...signatures]]) };
}

/** Sign a body with the wallets of its sender and, if it is another, of its payer. */
export function signBody(body: TransactionBody, wallets: readonly Wallet[]): SignedTransaction {
  const signers = compareBytes(body.sender, body.payer) === 0 ? [body.sender] : [body.sender, body.payer];
  const bytes = encodeBody(body);
  const message = signBytes(bytes);
  const signatures = signers.map((signer) => {
    const wallet = wallets.find((candidate) => compareBytes(candidate.address, signer) === 0);
    if (wallet === undefined) throw new ArgumentsInvalid("the wallet of a signer is missing");
    return wallet.key.sign(message);
  });
  return complete(bytes, signatures);
}
