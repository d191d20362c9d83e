/** Interfaces of contracts: their hash, and the check of values by their types. Specification: docs/spec/schema.md. */

import { fromHex, toHex } from "./bytes.js";
import { encode } from "./encoding.js";
import { AnswerInvalid } from "./errors.js";
import { bitLength } from "./integers.js";
import { hash } from "./keys.js";
import { Decimal, MAX_INTEGER_BITS } from "./value.js";

/** A type. bits 0: an integer of up to 4096 bits. */
export type Kind =
  | { readonly kind: "bool" | "None" }
  | { readonly kind: "str" | "bytes"; readonly most?: number }
  | { readonly kind: "int"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "fixed"; readonly scale: number }
  | { readonly kind: "list"; readonly item: Kind; readonly most?: number }
  | { readonly kind: "optional"; readonly item: Kind }
  | { readonly kind: "tuple"; readonly items: readonly Kind[] }
  | { readonly kind: "dict"; readonly value: Kind; readonly most?: number }
  | { readonly kind: "record"; readonly name: string };

export interface Part {
  readonly name: string;
  readonly type: Kind;
  readonly default?: unknown;
}

export interface Method {
  readonly kind: "call" | "view";
  readonly args: readonly Part[];
  readonly returns: Kind;
}

type Shapes = { readonly [name: string]: readonly Part[] };

/** What clients of a contract depend on: methods, records, events and errors by name, without texts. */
export interface ContractInterface {
  readonly methods: { readonly [name: string]: Method };
  readonly records: Shapes;
  readonly events: Shapes;
  readonly errors: Shapes;
}

type Entry = { readonly [key: string]: unknown };

/** Interface of a schema document, as a node answers it. Throws AnswerInvalid. */
export function interfaceOf(document: unknown): ContractInterface {
  const schema = document as { readonly [group: string]: readonly Entry[] } | null;
  if (!Array.isArray(schema?.["methods"])) throw new AnswerInvalid("a contract without a schema that clients are made of");
  const methods: { [name: string]: Method } = {};
  for (const method of schema["methods"]) {
    if (method["kind"] === "init") continue;
    const { kind, args, returns } = method as unknown as Method;
    methods[method["name"] as string] = { kind, args: parts(args), returns };
  }
  const shapes = (group: string): Shapes => {
    const pairs = (schema[group] ?? []).map((shape) => [shape["name"], parts(shape["fields"] as readonly Part[])] as const);
    return Object.fromEntries(pairs) as Shapes;
  };
  return { methods, records: shapes("records"), events: shapes("events"), errors: shapes("errors") };
}

function parts(given: readonly Part[]): Part[] {
  return given.map((part) => {
    const { name, type } = part;
    return "default" in part ? { name, type, default: part.default } : { name, type };
  });
}

/** SHA-256 of an encoded interface as 0x hex; numbers of JSON are integers. */
export function interfaceHash(found: ContractInterface): string {
  return toHex(hash(encode(withIntegers(found))));
}

function withIntegers(value: unknown): unknown {
  if (typeof value === "number") return BigInt(value);
  if (Array.isArray(value)) return value.map(withIntegers);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withIntegers(item)]));
  }
  return value;
}

/** Find what is wrong with a value of a type; undefined when nothing is. path: name of the value in the text. */
export function fault(given: ContractInterface, kind: Kind, value: unknown, path: string): string | undefined {
  switch (kind.kind) {
    case "optional":
      return value === null ? undefined : fault(given, kind.item, value, path);
    case "str":
      return typeof value === "string" ? tooLong(kind.most, [...value].length, path) : `${path}: expected text`;
    case "bool":
      return typeof value === "boolean" ? undefined : `${path}: expected true or false`;
    case "None":
      return value === null ? undefined : `${path}: expected null`;
    case "bytes":
      return value instanceof Uint8Array ? tooLong(kind.most, value.length, path) : `${path}: expected Uint8Array`;
    case "fixed":
      return value instanceof Decimal && value.scale === kind.scale ? undefined : `${path}: expected Decimal of scale ${kind.scale}`;
    case "int":
      return integerFault(kind.bits, kind.signed, value, path);
    case "list":
      if (!Array.isArray(value)) return `${path}: expected an array`;
      return (
        tooLong(kind.most, value.length, path) ??
        first(value.map((item, place) => fault(given, kind.item, item, `${path}[${place}]`)))
      );
    case "tuple":
      if (!Array.isArray(value) || value.length !== kind.items.length) return `${path}: expected ${kind.items.length} values`;
      return first(kind.items.map((item, place) => fault(given, item, value[place], `${path}[${place}]`)));
    case "dict":
      if (!isMap(value)) return `${path}: expected an object`;
      return (
        tooLong(kind.most, Object.keys(value).length, path) ??
        first(Object.entries(value).map(([key, item]) => fault(given, kind.value, item, `${path}.${key}`)))
      );
    case "record":
      return fieldsFault(given, given.records[kind.name] ?? [], value, path);
  }
}

/** As `fault`, for the fields of a record, event or error. */
export function fieldsFault(given: ContractInterface, fields: readonly Part[], value: unknown, path: string): string | undefined {
  if (!isMap(value)) return `${path}: expected an object`;
  return first(fields.map((part) => fault(given, part.type, value[part.name], `${path}.${part.name}`)));
}

function tooLong(most: number | undefined, length: number, path: string): string | undefined {
  return most !== undefined && length > most ? `${path}: longer than ${most}` : undefined;
}

function integerFault(bits: number, signed: boolean, value: unknown, path: string): string | undefined {
  if (typeof value !== "bigint") return `${path}: expected a bigint`;
  const width = BigInt(bits);
  const plain = bits === 0 && bitLength(value) <= MAX_INTEGER_BITS;
  const narrow = bits !== 0 && (signed ? BigInt.asIntN(bits, value) === value : value >= 0n && value < 1n << width);
  return plain || narrow ? undefined : `${path}: out of range`;
}

function first(found: readonly (string | undefined)[]): string | undefined {
  return found.find((text) => text !== undefined);
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Value of its JSON form, as problem documents carry it; the shape is checked by `fault` afterwards. */
export function fromJson(given: ContractInterface, kind: Kind, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  switch (kind.kind) {
    case "optional":
      return fromJson(given, kind.item, value);
    case "int":
      return typeof value === "number" || (typeof value === "string" && /^-?[0-9]+$/.test(value)) ? BigInt(value) : value;
    case "bytes":
      return typeof value === "string" && value.startsWith("0x") ? fromHex(value) : value;
    case "fixed":
      return typeof value === "string" && /^-?[0-9]+(\.[0-9]+)?$/.test(value) ? Decimal.of(value) : value;
    case "list":
      return Array.isArray(value) ? value.map((item) => fromJson(given, kind.item, item)) : value;
    case "tuple":
      if (!Array.isArray(value)) return value;
      return value.map((item, place) => fromJson(given, kind.items[place] ?? { kind: "None" }, item));
    case "dict":
      return mapped(value, () => kind.value, given);
    case "record": {
      const fields = given.records[kind.name] ?? [];
      return mapped(value, (name) => fields.find((part) => part.name === name)?.type, given);
    }
    default:
      return value;
  }
}

/** Fields of an error or event of their JSON form. */
export function fieldsFromJson(given: ContractInterface, fields: readonly Part[], value: unknown): unknown {
  return mapped(value, (name) => fields.find((part) => part.name === name)?.type, given);
}

function mapped(value: unknown, kindOf: (name: string) => Kind | undefined, given: ContractInterface): unknown {
  if (!isMap(value)) return value;
  const pairs = Object.entries(value).map(([name, item]) => {
    const kind = kindOf(name);
    return [name, kind === undefined ? item : fromJson(given, kind, item)] as const;
  });
  return Object.fromEntries(pairs);
}
