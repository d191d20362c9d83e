/** Answers of a node, as docs and /api/v1/openapi.json describe them, and the check of their shapes. */

import { AnswerInvalid } from "./errors.js";

export type Wait = "accepted" | "committed" | "proved";

export interface ErrorAnswer {
  readonly code: string;
  readonly name: string;
  readonly title: string;
  readonly cause: string;
  readonly next: string;
  readonly who: string;
  readonly contract: string;
  readonly data: { readonly [key: string]: unknown };
}

/** One event. id: "height.transaction.event". raw: its fields as hashed, in hex. */
export interface EventRecord {
  readonly id: string;
  readonly height: number;
  readonly time_ns: string;
  readonly time: string;
  readonly tx_id: string;
  readonly emitter: string;
  readonly name: string;
  readonly data: unknown;
  readonly raw: string;
}

/** What became of a transaction. return_bytes: its encoded return values, or its encoded failure, in hex. */
export interface TransactionAnswer {
  readonly tx_id: string;
  readonly answer: "accepted" | "committed" | "failed" | "rejected";
  readonly height: number | null;
  readonly time_ns: string | null;
  readonly code: number | null;
  readonly error: ErrorAnswer | null;
  readonly gas_used: string | null;
  readonly result: readonly unknown[] | null;
  readonly return_bytes: string | null;
  readonly events: readonly EventRecord[];
  readonly proof: string | null;
  readonly traceback: string;
}

/** Where a node stands. */
export interface ChainStatus {
  readonly chain_id: string;
  readonly kind: "development" | "production";
  readonly suite: string;
  readonly height: number;
  readonly time_ns: string;
  readonly clock_ns: string;
  readonly replay_window_ns: string;
}

/** A contract on chain with its schema document. */
export interface ContractAnswer {
  readonly address: string;
  readonly name: string;
  readonly engine: string;
  readonly active: boolean;
  readonly schema: unknown;
}

export interface MemberAnswer {
  readonly address: string;
  readonly id: string;
  readonly name: string;
  readonly organisation: string;
  readonly roles: readonly string[];
  readonly key_kind: string;
  readonly public_key: string;
  readonly active: boolean;
}

export interface ViewAnswer {
  readonly value: unknown;
  readonly raw: string;
  readonly gas_used: string;
  readonly height: number;
}

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly name: string;
  readonly who: string;
  readonly next: string;
  readonly contract: string;
  readonly data: { readonly [key: string]: unknown };
  readonly transaction: TransactionAnswer | null;
}

type Check = (value: unknown) => boolean;
type Shape = { readonly [field: string]: Check };

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => Number.isSafeInteger(value);
const isFlag: Check = (value) => typeof value === "boolean";
const isHex: Check = (value) => isText(value) && /^0x(?:[0-9a-f]{2})*$/.test(value as string);
const isDigits: Check = (value) => isText(value) && /^-?[0-9]+$/.test(value as string);
const isAnything: Check = (value) => value !== undefined;
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every((item) => check(item));
const oneOf = (...words: readonly string[]): Check => (value) => isText(value) && words.includes(value as string);
const object = (shape: Shape): Check => (value) => {
  return isObject(value) && Object.entries(shape).every(([field, check]) => check((value as { [key: string]: unknown })[field]));
};

const ERROR: Shape = { code: isText, name: isText, cause: isText, next: isText, who: isText, contract: isText, data: isObject };
const EVENT: Shape = { id: isText, height: isNumber, time_ns: isDigits, tx_id: isHex, emitter: isHex, name: isText, raw: isHex };
const TRANSACTION: Shape = {
  tx_id: isHex,
  answer: oneOf("accepted", "committed", "failed", "rejected"),
  height: orNull(isNumber),
  code: orNull(isNumber),
  error: orNull(object(ERROR)),
  gas_used: orNull(isDigits),
  return_bytes: orNull(isHex),
  events: listOf(object(EVENT)),
};

export const SHAPES = {
  transaction: object(TRANSACTION),
  event: object(EVENT),
  status: object({ chain_id: isText, kind: isText, height: isNumber, clock_ns: isDigits, replay_window_ns: isDigits, suite: isText }),
  contract: object({ address: isHex, name: isText, engine: isText, active: isFlag, schema: isAnything }),
  member: object({ address: isHex, id: isText, organisation: isText, roles: listOf(isText), key_kind: isText, active: isFlag }),
  view: object({ raw: isHex, gas_used: isDigits, height: isNumber }),
  problem: object({ code: isText, name: isText, detail: isText, next: isText, who: isText }),
  organisations: listOf(isText),
} as const;

/** Check that an answer has the shape of its kind. Throws AnswerInvalid. */
export function checked<T>(kind: keyof typeof SHAPES, value: unknown): T {
  if (!SHAPES[kind](value)) throw new AnswerInvalid(`an answer that is no ${kind}`);
  return value as T;
}
