/** Client of Huitong chains. */

export type {
  ChainStatus,
  ContractAnswer,
  ErrorAnswer,
  EventRecord,
  MemberAnswer,
  Problem,
  TransactionAnswer,
  ViewAnswer,
  Wait,
} from "./answers.js";
export { compareBytes, concat, fromHex, toHex, utf8 } from "./bytes.js";
export { type CallSettings, Client, type ClientOptions, type EventChoice, returned, type Target } from "./client.js";
export { type Committed, ContractClient, type Occurred, type Settings } from "./contract.js";
export { decode, encode } from "./encoding.js";
export {
  AnswerInvalid,
  ArgumentsInvalid,
  ContractError,
  EncodingError,
  type ErrorDetail,
  HuitongError,
  InterfaceDiffers,
  NodeUnreachable,
  TransactionFailed,
  TransactionRejected,
  WaitEnded,
} from "./errors.js";
export { type ContractInterface, interfaceHash, interfaceOf, type Kind, type Method, type Part } from "./interface.js";
export { contractAddress, hash, KEY_KINDS, keyAddress, type KeyKind, moduleAddress, MODULES, PrivateKey, Wallet } from "./keys.js";
export {
  type Call,
  complete,
  DEFAULT_GAS_LIMIT,
  encodeBody,
  signBody,
  signBytes,
  type SignedTransaction,
  type TransactionBody,
  transactionId,
} from "./transaction.js";
export { Decimal, type Value } from "./value.js";
