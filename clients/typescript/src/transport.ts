/** Requests and answers of one node: retries of what may be repeated, problem documents as errors. */

import { checked, type Problem, type SHAPES, type TransactionAnswer } from "./answers.js";
import { AnswerInvalid, type ErrorDetail, HuitongError, NodeUnreachable, TransactionRejected, WaitEnded } from "./errors.js";

const ATTEMPTS = 4;
const PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const BUSY = new Set(["HT8014", "HT8015"]);

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type Parameters = { readonly [name: string]: string | number | undefined };

/** Wait a little longer after each failure. */
export function pause(failures: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)));
}

/** Error of a problem document. */
export function refusal(problem: Problem): HuitongError {
  const detail: ErrorDetail = problem;
  const transaction = problem.transaction;
  if (transaction === null || transaction === undefined) return new HuitongError(detail);
  checked<TransactionAnswer>("transaction", transaction);
  return transaction.answer === "rejected" ? new TransactionRejected(detail, transaction) : new WaitEnded(detail, transaction);
}

export class Transport {
  readonly #fetch: Fetch;

  /** timeoutMs: of one request, beside any wait that it asks for. */
  constructor(
    readonly url: string,
    readonly language: string,
    readonly timeoutMs: number,
    fetcher?: Fetch,
  ) {
    this.#fetch = fetcher ?? ((target, init) => fetch(target, init));
  }

  /** Get a JSON answer; repeated after failures of the connection. */
  async read<T>(kind: keyof typeof SHAPES, path: string, parameters: Parameters = {}): Promise<T> {
    return checked<T>(kind, await this.#repeated(async () => body(await this.request("GET", path, parameters))));
  }

  /** Get the bytes of a document, as they are: what is signed or checked elsewhere must not change on its way. */
  async readBytes(path: string, parameters: Parameters): Promise<Uint8Array> {
    return this.#repeated(async () => {
      const response = await this.request("GET", path, parameters);
      if (!response.ok) await body(response);
      return bytes(response);
    });
  }

  /** Post a question in JSON that changes nothing. */
  async ask<T>(kind: keyof typeof SHAPES, path: string, question: unknown): Promise<T> {
    const text = JSON.stringify(question);
    const post = async () => body(await this.request("POST", path, {}, text, "application/json"));
    return checked<T>(kind, await this.#repeated(post));
  }

  async #repeated<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (error) {
        const again = error instanceof NodeUnreachable || (error instanceof HuitongError && BUSY.has(error.code));
        if (!again || attempt === ATTEMPTS) throw error;
        await pause(attempt);
      }
    }
  }

  /** Post a transaction: sent once. Throws WaitEnded without an answer when the connection broke afterwards. */
  async send(path: string, raw: Uint8Array, parameters: Parameters, waitMs: number, txId: string): Promise<TransactionAnswer> {
    let response: Response;
    let text: unknown;
    try {
      response = await this.request("POST", path, parameters, raw, "application/octet-stream", waitMs);
      text = await body(response);
    } catch (error) {
      if (!(error instanceof NodeUnreachable) || neverArrived(error)) throw error;
      const data = { tx_id: txId, answer: "unknown" };
      throw new WaitEnded({ code: "HT8006", name: "WAIT_TIMEOUT", detail: `${txId} is unknown: ${error.message}`, data });
    }
    return checked<TransactionAnswer>("transaction", text);
  }

  /** One request. Throws NodeUnreachable; the answer may be a refusal. */
  async request(
    method: "GET" | "POST",
    path: string,
    parameters: Parameters,
    content?: string | Uint8Array,
    mediaType?: string,
    waitMs = 0,
  ): Promise<Response> {
    const headers: { [name: string]: string } = { "accept-language": this.language };
    if (mediaType !== undefined) headers["content-type"] = mediaType;
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(this.timeoutMs + waitMs) };
    if (content !== undefined) init.body = content as BodyInit;
    return this.open(path, parameters, init);
  }

  /** Fetch with any settings. Throws NodeUnreachable. */
  async open(path: string, parameters: Parameters, init: RequestInit): Promise<Response> {
    const query = Object.entries(parameters).filter((pair): pair is [string, string | number] => pair[1] !== undefined);
    const text = new URLSearchParams(query.map(([name, value]) => [name, String(value)])).toString();
    try {
      return await this.#fetch(`${this.url}${path}${text ? `?${text}` : ""}`, init);
    } catch (error) {
      const failure = new NodeUnreachable(this.url, reason(error));
      failure.cause = error;
      throw failure;
    }
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** Whether a failure of `fetch` says that nothing was sent: only Node tells. */
function neverArrived(error: NodeUnreachable): boolean {
  const cause = error.cause instanceof Error ? error.cause.cause : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : "";
  return code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN";
}

async function bytes(response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new NodeUnreachable(response.url, reason(error));
  }
}

/** Body of a good answer as JSON. Throws the error of a problem document. */
export async function body(response: Response): Promise<unknown> {
  const text = new TextDecoder().decode(await bytes(response));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new AnswerInvalid(`status ${response.status}: ${text.slice(0, 200)}`);
  }
  if (response.ok) return document;
  throw refusal(checked<Problem>("problem", document));
}
