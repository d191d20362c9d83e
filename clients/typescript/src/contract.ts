/** What generated clients of contracts stand on. */

import type { EventRecord, TransactionAnswer } from "./answers.js";
import { fromHex, toHex } from "./bytes.js";
import { type CallSettings, type Client, returned, type Target } from "./client.js";
import { decode } from "./encoding.js";
import {
  AnswerInvalid,
  ArgumentsInvalid,
  type ContractError,
  type ErrorDetail,
  HuitongError,
  InterfaceDiffers,
  TransactionFailed,
} from "./errors.js";
import { type ContractInterface, fault, fieldsFault, fieldsFromJson, interfaceHash, interfaceOf, type Method } from "./interface.js";

/** Settings of calls of a contract; a typed call ends with its value, so it waits for "committed" at least. */
export type Settings = Omit<CallSettings, "wait"> & { readonly wait?: "committed" | "proved" };

/** A committed call: what it returned, and the answer with its receipt. */
export interface Committed<Value, Events> {
  readonly value: Value;
  readonly txId: Uint8Array;
  readonly answer: TransactionAnswer;
  /** Events of one kind that the contract emitted in the transaction, in their order. */
  events<Name extends keyof Events & string>(name: Name): Events[Name][];
}

/** An event with where it stands. */
export interface Occurred<Event> {
  readonly event: Event;
  readonly record: EventRecord;
}

type ErrorClass = new (detail: ErrorDetail, fields: never, answer?: TransactionAnswer) => ContractError<object>;

export class ContractClient<Events> {
  #address: Uint8Array | undefined;

  /** target: name or address. settings: of every call, unless the call gives others. */
  constructor(
    readonly client: Client,
    readonly target: Target,
    private readonly $interface: ContractInterface,
    private readonly $hash: string,
    private readonly $errors: { readonly [name: string]: ErrorClass },
    private readonly $settings: Settings = {},
  ) {}

  /** Address of the contract. Throws InterfaceDiffers when the chain's interface is another than this client's. */
  async address(): Promise<Uint8Array> {
    if (this.#address === undefined) {
      const answer = await this.client.describe(this.target);
      const found = interfaceHash(interfaceOf(answer.schema));
      if (found !== this.$hash) throw new InterfaceDiffers(answer.name || answer.address, this.$hash, found);
      this.#address = fromHex(answer.address);
    }
    return this.#address;
  }

  /** Yield events of one kind as they are committed; after: id of the event to go on after. */
  async *listen<Name extends keyof Events & string>(
    name: Name,
    after?: string,
    signal?: AbortSignal,
  ): AsyncGenerator<Occurred<Events[Name]>> {
    const emitter = await this.address();
    const choice = { emitter, name, ...(after === undefined ? {} : { after }), ...(signal === undefined ? {} : { signal }) };
    for await (const record of this.client.events(choice)) {
      yield { event: this.#event(record) as Events[Name], record };
    }
  }

  /** Call a method in a transaction of its own. */
  protected async $call<Value>(method: string, args: readonly unknown[], settings?: Settings): Promise<Committed<Value, Events>> {
    const entry = this.#checked(method, args);
    const address = await this.address();
    let answer: TransactionAnswer;
    try {
      answer = await this.client.call(address, method, args, { ...this.$settings, ...settings });
    } catch (error) {
      throw error instanceof TransactionFailed ? (this.#declared(error, address) ?? error) : error;
    }
    const value = this.#returned<Value>(entry, returned(answer)[0], method);
    const events = <Name extends keyof Events & string>(name: Name): Events[Name][] => {
      const own = answer.events.filter((record) => record.name === name && record.emitter === toHex(address));
      return own.map((record) => this.#event(record) as Events[Name]);
    };
    return { value, answer, txId: fromHex(answer.tx_id), events };
  }

  /** Run a view, in the name of the wallet of the settings or of the client. */
  protected async $view<Value>(method: string, args: readonly unknown[]): Promise<Value> {
    const entry = this.#checked(method, args);
    const address = await this.address();
    const sender = (this.$settings.wallet ?? this.client.wallet)?.address ?? "";
    try {
      return this.#returned<Value>(entry, await this.client.view(address, method, args, sender), method);
    } catch (error) {
      throw error instanceof HuitongError ? (this.#declaredOfView(error, address) ?? error) : error;
    }
  }

  #checked(method: string, args: readonly unknown[]): Method {
    const entry = this.$interface.methods[method];
    if (entry === undefined) throw new ArgumentsInvalid(`there is no method ${method}`);
    entry.args.forEach((part, place) => {
      const found = fault(this.$interface, part.type, args[place], part.name);
      if (found !== undefined) throw new ArgumentsInvalid(found);
    });
    return entry;
  }

  #returned<Value>(entry: Method, value: unknown, method: string): Value {
    const found = fault(this.$interface, entry.returns, value, method);
    if (found !== undefined) throw new AnswerInvalid(found);
    return value as Value;
  }

  #event(record: EventRecord): unknown {
    const fields = decode(fromHex(record.raw));
    const found = fieldsFault(this.$interface, this.$interface.events[record.name] ?? [], fields, record.name);
    if (found !== undefined) throw new AnswerInvalid(found);
    return fields;
  }

  /** Error of this contract, exact from the receipt of a failed transaction. */
  #declared(error: TransactionFailed, address: Uint8Array): ContractError<object> | undefined {
    if (error.code !== "HT5000" || error.contract !== toHex(address)) return undefined;
    const failure = decode(fromHex(error.answer.return_bytes ?? "0x90"));
    return Array.isArray(failure) ? this.#made(error, failure[2], error.answer) : undefined;
  }

  #declaredOfView(error: HuitongError, address: Uint8Array): ContractError<object> | undefined {
    const parts = this.$interface.errors[error.errorName];
    if (error.contract !== toHex(address) || parts === undefined) return undefined;
    return this.#made(error, fieldsFromJson(this.$interface, parts, error.data));
  }

  #made(error: HuitongError, fields: unknown, answer?: TransactionAnswer): ContractError<object> | undefined {
    const kind = this.$errors[error.errorName];
    const parts = this.$interface.errors[error.errorName];
    if (kind === undefined || parts === undefined) return undefined;
    const found = fieldsFault(this.$interface, parts, fields, error.errorName);
    if (found !== undefined) throw new AnswerInvalid(found);
    const { code, next, contract, data } = error;
    const detail = { code, name: error.errorName, detail: error.message.split(": ").slice(1).join(": "), next, contract, data };
    return new kind(detail, fields as never, answer);
  }
}
