/** Errors of the platform and its contracts: a code, a name, data; texts in the language that was asked for. */

import type { TransactionAnswer } from "./answers.js";

/** What an error says, as problem documents and answers carry it. */
export interface ErrorDetail {
  readonly code: string;
  readonly name: string;
  readonly title?: string;
  readonly detail?: string;
  readonly next?: string;
  readonly who?: string;
  readonly contract?: string;
  readonly data?: { readonly [key: string]: unknown };
}

/** An error with a code of the catalogue (`huitong explain CODE`). */
export class HuitongError extends Error {
  override name = "HuitongError";
  /** HT and four digits. */
  readonly code: string;
  /** Name of the code, or class of a contract's error. */
  readonly errorName: string;
  /** What to do next, in words. */
  readonly next: string;
  /** Address of the contract that refused, "" when the platform did. */
  readonly contract: string;
  readonly data: { readonly [key: string]: unknown };

  constructor(detail: ErrorDetail) {
    super(`${detail.code} ${detail.name}${detail.detail ? `: ${detail.detail}` : ""}`);
    this.code = detail.code;
    this.errorName = detail.name;
    this.next = detail.next ?? "";
    this.contract = detail.contract ?? "";
    this.data = detail.data ?? {};
  }
}

/** Bytes, or values, that are not of the encoding: HT1001 to HT1004, HT5003, HT5005. */
export class EncodingError extends HuitongError {
  override name = "EncodingError";

  constructor(code: "HT1001" | "HT1002" | "HT1003" | "HT1004" | "HT5003" | "HT5005", reason: string) {
    super({ code, name: "ENCODING", detail: reason, data: { reason } });
  }
}

/** The transaction was executed and undone; gas was charged. */
export class TransactionFailed extends HuitongError {
  override name = "TransactionFailed";

  constructor(
    detail: ErrorDetail,
    readonly answer: TransactionAnswer,
  ) {
    super(detail);
  }
}

/** The transaction was not executed; nothing was charged. */
export class TransactionRejected extends HuitongError {
  override name = "TransactionRejected";

  constructor(
    detail: ErrorDetail,
    readonly answer: TransactionAnswer,
  ) {
    super(detail);
  }
}

/** HT8006: it has not become what was waited for; it may still be. answer: undefined when the connection broke. */
export class WaitEnded extends HuitongError {
  override name = "WaitEnded";

  constructor(
    detail: ErrorDetail,
    readonly answer?: TransactionAnswer,
  ) {
    super(detail);
  }
}

/** HT8007: the node was not reached, and has seen nothing of the request. */
export class NodeUnreachable extends HuitongError {
  override name = "NodeUnreachable";

  constructor(url: string, reason: string) {
    super({ code: "HT8007", name: "NODE_UNREACHABLE", detail: `${url}: ${reason}`, data: { url, reason } });
  }
}

/** HT8010: an answer of another shape than the interface says. */
export class AnswerInvalid extends HuitongError {
  override name = "AnswerInvalid";

  constructor(reason: string) {
    super({ code: "HT8010", name: "ANSWER_INVALID", detail: reason, data: { reason } });
  }
}

/** HT4004: arguments that the method does not take; nothing was sent. */
export class ArgumentsInvalid extends HuitongError {
  override name = "ArgumentsInvalid";

  constructor(reason: string) {
    super({ code: "HT4004", name: "ARGUMENTS_INVALID", detail: reason, data: { reason } });
  }
}

/** HT8016: the contract on chain has another interface than this client was made for. */
export class InterfaceDiffers extends HuitongError {
  override name = "InterfaceDiffers";

  constructor(contract: string, expected: string, found: string) {
    const data = { contract, expected, found };
    super({ code: "HT8016", name: "INTERFACE_DIFFERS", detail: `${contract} has ${found}, not ${expected}`, data });
  }
}

/** Base of the errors that contracts declare: HT5000 with their fields. answer: undefined when a view refused. */
export class ContractError<Fields extends object> extends HuitongError {
  constructor(
    detail: ErrorDetail,
    readonly fields: Fields,
    readonly answer?: TransactionAnswer,
  ) {
    super(detail);
  }
}
