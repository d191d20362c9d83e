/** The client of a node: builds and signs transactions here, submits, reads, listens. */

import {
  type ChainStatus,
  checked,
  type ContractAnswer,
  type EventRecord,
  type MemberAnswer,
  type Problem,
  type TransactionAnswer,
  type ViewAnswer,
  type Wait,
} from "./answers.js";
import { fromHex, toHex } from "./bytes.js";
import { decode, encode } from "./encoding.js";
import {
  AnswerInvalid,
  ArgumentsInvalid,
  type ErrorDetail,
  HuitongError,
  NodeUnreachable,
  TransactionFailed,
  TransactionRejected,
} from "./errors.js";
import { messages } from "./events.js";
import type { Wallet } from "./keys.js";
import { type Call, DEFAULT_GAS_LIMIT, SALT_BYTES, signBody, type SignedTransaction } from "./transaction.js";
import { body, type Fetch, pause, refusal, Transport } from "./transport.js";
import type { Value } from "./value.js";

const PREFIX = "/api/v1";
const VALIDITY_NS = 120n * 10n ** 9n;
const FRESH_MS = 60_000;
const RECONNECTS = 8;

/** A contract by name or 0x address, or an address of 20 bytes. */
export type Target = string | Uint8Array;

export interface ClientOptions {
  readonly wallet?: Wallet;
  /** Of the texts of errors: "en" or "zh". */
  readonly language?: string;
  /** Of one request in ms, beside what a wait takes. */
  readonly timeoutMs?: number;
  readonly fetch?: Fetch;
}

/** Settings of a call. payer: signs as well and is charged. waitSeconds: how long to wait for the outcome. */
export interface CallSettings {
  readonly wallet?: Wallet;
  readonly payer?: Wallet;
  readonly gasLimit?: bigint;
  readonly memo?: Uint8Array;
  readonly wait?: Wait;
  readonly waitSeconds?: number;
}

export interface EventChoice {
  /** Id of the event to go on after; without it only new events come. */
  readonly after?: string;
  readonly emitter?: Target;
  readonly name?: string;
  readonly signal?: AbortSignal;
}

interface Seen {
  readonly status: ChainStatus;
  readonly at: number;
}

/** Write a target as the REST interface takes it. */
export function targetText(target: Target): string {
  return typeof target === "string" ? target : toHex(target);
}

export class Client {
  readonly #transport: Transport;
  readonly #addresses = new Map<string, Uint8Array>();
  readonly wallet: Wallet | undefined;
  #seen: Seen | undefined;

  /** url: as in http://127.0.0.1:9640. */
  constructor(
    readonly url: string,
    options: ClientOptions = {},
  ) {
    const plain = url.replace(/\/+$/, "");
    this.#transport = new Transport(plain, options.language ?? "en", options.timeoutMs ?? 10_000, options.fetch);
    this.wallet = options.wallet;
  }

  /** Where the node stands. */
  async status(): Promise<ChainStatus> {
    const status = await this.#transport.read<ChainStatus>("status", `${PREFIX}/status`);
    this.#seen = { status, at: performance.now() };
    return status;
  }

  /** What became of a transaction. Throws HT8005 for an id that is not known. */
  transaction(txId: Uint8Array): Promise<TransactionAnswer> {
    return this.#transport.read("transaction", `${PREFIX}/transactions/${toHex(txId)}`);
  }

  /** Proof bundle of a receipt, or of one of its events: bytes that `huitong verify` checks offline. Throws HT7005 before. */
  prove(txId: Uint8Array, event?: number): Promise<Uint8Array> {
    return this.#transport.readBytes(`${PREFIX}/transactions/${toHex(txId)}/proof`, { event });
  }

  /** The chain's trust document as this node tells it, as bytes. */
  trust(): Promise<Uint8Array> {
    return this.#transport.readBytes(`${PREFIX}/trust`, {});
  }

  /** A member by address or name@organisation. */
  member(name: Target): Promise<MemberAnswer> {
    return this.#transport.read("member", `${PREFIX}/members/${encodeURIComponent(targetText(name))}`);
  }

  /** Names of the organisations, sorted. */
  organisations(): Promise<string[]> {
    return this.#transport.read("organisations", `${PREFIX}/organisations`);
  }

  /** What the chain knows of a contract, with its schema. Throws HT8005. */
  describe(target: Target): Promise<ContractAnswer> {
    return this.#transport.read("contract", `${PREFIX}/contracts/${encodeURIComponent(targetText(target))}`);
  }

  /** Address of a target, 20 bytes; names are asked for once. */
  async address(target: Target): Promise<Uint8Array> {
    if (typeof target !== "string") return target;
    if (target.startsWith("0x")) return fromHex(target);
    let found = this.#addresses.get(target);
    if (found === undefined) {
      found = fromHex((await this.describe(target)).address);
      this.#addresses.set(target, found);
    }
    return found;
  }

  /** Run a view with values of the encoding; the returned value is exact. sender: in whose name is asked. */
  async view(target: Target, method: string, args: readonly unknown[], sender: Target = ""): Promise<Value> {
    const question = {
      target: targetText(target),
      method,
      raw_args: toHex(encode([...args])),
      sender: targetText(sender),
    };
    const answer = await this.#transport.ask<ViewAnswer>("view", `${PREFIX}/views`, question);
    return decode(fromHex(answer.raw));
  }

  /** Build and sign a transaction; its id is known before it is sent. All calls take effect, or none. */
  async sign(calls: readonly (Omit<Call, "target"> & { readonly target: Target })[], settings: CallSettings = {}): Promise<SignedTransaction> {
    const sender = settings.wallet ?? this.wallet;
    if (sender === undefined) throw new ArgumentsInvalid("nobody signs: give a wallet");
    const resolved: Call[] = [];
    for (const call of calls) resolved.push({ ...call, target: await this.address(call.target) });
    const { status, at } = await this.#known();
    const window = BigInt(status.replay_window_ns) / 2n;
    const passed = BigInt(Math.floor((performance.now() - at) * 1e6));
    const payer = settings.payer;
    const filled = {
      chainId: status.chain_id,
      sender: sender.address,
      salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
      validUntil: BigInt(status.clock_ns) + passed + (window < VALIDITY_NS ? window : VALIDITY_NS),
      gasLimit: settings.gasLimit ?? DEFAULT_GAS_LIMIT,
      calls: resolved,
      payer: payer?.address ?? sender.address,
      memo: settings.memo ?? new Uint8Array(),
    };
    return signBody(filled, payer === undefined ? [sender] : [sender, payer]);
  }

  async #known(): Promise<Seen> {
    if (this.#seen === undefined || performance.now() - this.#seen.at > FRESH_MS) await this.status();
    const seen = this.#seen as Seen;
    if (seen.status.suite !== "international") {
      const detail = `this client signs for chains of the suite international, not ${seen.status.suite}`;
      throw new HuitongError({ code: "HT6106", name: "SUITE_UNAVAILABLE", detail, data: { suite: seen.status.suite } });
    }
    return seen;
  }

  /** Send a transaction and wait. Throws TransactionRejected, TransactionFailed, WaitEnded, NodeUnreachable. */
  async submit(transaction: SignedTransaction, wait: Wait = "committed", waitSeconds = 30): Promise<TransactionAnswer> {
    const name = toHex(transaction.txId);
    const answer = await this.#transport.send(
      `${PREFIX}/transactions`,
      transaction.raw,
      { wait, timeout: waitSeconds },
      waitSeconds * 1000,
      name,
    );
    if (answer.tx_id !== name) throw new AnswerInvalid(`an answer about ${answer.tx_id}, not ${name}`);
    if (answer.error === null) return answer;
    const detail: ErrorDetail = { ...answer.error, detail: answer.error.cause };
    if (answer.answer === "failed") throw new TransactionFailed(detail, answer);
    if (answer.answer === "rejected") throw new TransactionRejected(detail, answer);
    return answer;
  }

  /** Call one method in a transaction of its own. */
  async call(target: Target, method: string, args: readonly unknown[], settings: CallSettings = {}): Promise<TransactionAnswer> {
    const signed = await this.sign([{ target, method, args }], settings);
    return this.submit(signed, settings.wait, settings.waitSeconds);
  }

  /**
   * Yield events as they are committed. A broken connection is made again, and nothing is lost once an event has come
   * or `after` was given. Throws HT8012 for events that are no longer kept.
   */
  async *events(choice: EventChoice = {}): AsyncGenerator<EventRecord> {
    const emitter = choice.emitter === undefined ? undefined : targetText(choice.emitter);
    let after = choice.after;
    for (let failures = 0; failures < RECONNECTS; failures++) {
      if (failures > 0) await pause(failures);
      try {
        for await (const record of this.#stream(after, { emitter, name: choice.name }, choice.signal)) {
          yield record;
          after = record.id;
          failures = 0;
        }
      } catch (error) {
        if (choice.signal?.aborted) return;
        if (!(error instanceof NodeUnreachable) && !(error instanceof TypeError)) throw error;
      }
    }
    throw new NodeUnreachable(this.url, "the event stream breaks off");
  }

  async *#stream(
    after: string | undefined,
    parameters: { readonly emitter: string | undefined; readonly name: string | undefined },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<EventRecord> {
    const headers: { [name: string]: string } = { accept: "text/event-stream" };
    if (after !== undefined) headers["last-event-id"] = after;
    const init: RequestInit = { headers, ...(signal === undefined ? {} : { signal }) };
    const response = await this.#transport.open(`${PREFIX}/events`, parameters, init);
    if (!response.ok || response.body === null) {
      await body(response);
      throw new AnswerInvalid("an event stream without a body");
    }
    for await (const message of messages(response.body)) {
      const document = parsed(message.data);
      if (message.kind === "problem") throw refusal(checked<Problem>("problem", document));
      yield checked<EventRecord>("event", document);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AnswerInvalid(`an event that is no JSON: ${text.slice(0, 200)}`);
  }
}

/** Values that the calls of a committed transaction returned, exact, in their order. */
export function returned(answer: TransactionAnswer): Value[] {
  const values = decode(fromHex(answer.return_bytes ?? "0x90"));
  if (!Array.isArray(values)) throw new AnswerInvalid("return values that are no array");
  return values;
}
