// A story on a running chain through generated clients. Usage: node live.js URL SECRETS-AS-JSON; throws what is wrong.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";

import {
  ArgumentsInvalid,
  Client,
  Decimal,
  fromHex,
  HuitongError,
  InterfaceDiffers,
  type KeyKind,
  NodeUnreachable,
  PrivateKey,
  toHex,
  TransactionFailed,
  TransactionRejected,
  Wallet,
} from "@huitong/client";

import { type Committed_, Empty, KindsClient, Refused, Uneven } from "./kinds.js";
import { MeterExists, MeteringClient, NotYourMeter } from "./metering.js";

const [url, secrets] = process.argv.slice(2) as [string, string];
const people = JSON.parse(secrets) as { [id: string]: { kind: KeyKind; secret: string } };

function wallet(id: string): Wallet {
  const person = people[id];
  assert.ok(person);
  return Wallet.of(person.kind, fromHex(person.secret));
}

async function caught<E extends Error>(kind: abstract new (...args: never[]) => E, work: Promise<unknown>): Promise<E> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof kind, `${String(error)} is no ${kind.name}`);
    return error;
  }
  assert.fail(`no ${kind.name}`);
}

const client = new Client(url, { wallet: wallet("alice@hospital-a") });
const metering = new MeteringClient(client, "metering");

async function callsAndErrors(): Promise<void> {
  assert.equal((await metering.register("ts-1")).value, null);
  const big = 2n ** 200n + 1n;
  const done = await metering.read("ts-1", big);
  assert.equal(done.value, big);
  assert.deepEqual(done.events("MeterRead"), [{ meter: "ts-1", kwh: big }]);
  assert.equal(await metering.total("ts-1"), big);
  assert.equal((await client.transaction(done.txId)).answer, "committed");
  const exists = await caught(MeterExists, metering.register("ts-1"));
  assert.deepEqual({ ...exists.fields }, { meter: "ts-1" });
  assert.equal(exists.answer?.answer, "failed");
  assert.equal(exists.code, "HT5000");
  await caught(NotYourMeter, metering.read("ts-1", 1n, { wallet: wallet("wang@hospital-b") }));
  const gas = await caught(TransactionFailed, metering.read("ts-1", 1n, { gasLimit: 2000n }));
  assert.equal(gas.code, "HT4001");
  const stranger = Wallet.of("P256", new Uint8Array(32).fill(9));
  const rejected = await caught(TransactionRejected, metering.register("ts-2", { wallet: stranger }));
  assert.equal(rejected.code, "HT1201");
  assert.equal((await caught(HuitongError, metering.total("never"))).code, "HT5001");
  await caught(ArgumentsInvalid, metering.read("ts-1", 5 as unknown as bigint));
  await caught(InterfaceDiffers, new MeteringClient(client, "kinds").total("x"));
  await caught(NodeUnreachable, new Client("http://127.0.0.1:1").status());
}

async function otherKeys(): Promise<void> {
  const payer = wallet("wang@hospital-b");
  const paid = await metering.register("ts-paid", { payer, wait: "proved" });
  assert.equal(paid.answer.answer, "committed");
  assert.ok(paid.answer.proof);
  writeFileSync("proof.json", await client.prove(paid.txId));
  writeFileSync("trust.json", await client.trust());
  const status = await client.status();
  assert.equal(status.kind, "development");
  assert.equal((await client.member("alice@hospital-a")).address, toHex(wallet("alice@hospital-a").address));
}

async function everyKind(): Promise<void> {
  const kinds = new KindsClient(client, "kinds");
  const point = { x: -(2n ** 300n), y: -7n };
  const value: Committed_ = { points: [point], by_name: { b: { x: 1n, y: 2n }, a: point }, note: null, mark: Uint8Array.of(254) };
  const done = await kinds.store("ts", value);
  assert.deepEqual(done.value, value);
  assert.deepEqual(done.events("Stored"), [{ code: 5n, data: value, who: wallet("alice@hospital-a").address }]);
  assert.deepEqual(await kinds.address_("ts"), value);
  assert.equal(await kinds.address_("nothing"), null);
  assert.deepEqual(await kinds.echo(2n ** 90n, 255n, true, "t", Uint8Array.of(1, 2, 3)), { t: [2n ** 90n, 255n, 3n, -1n] });
  assert.deepEqual(await kinds.me(), wallet("alice@hospital-a").address);
  const called = await caught(Refused, kinds.delete(Uint8Array.of(0, 1), 2n ** 255n, [1n, 2n ** 80n]));
  assert.deepEqual({ ...called.fields }, { data: Uint8Array.of(0, 1), code: 2n ** 255n, answer: [1n, 2n ** 80n] });
  const viewed = await caught(Refused, kinds.refuse([2n ** 60n, 3n]));
  assert.deepEqual({ ...viewed.fields }, { code: 2n ** 255n, data: Uint8Array.of(1), answer: [2n ** 60n, 3n] });
  const amount = Decimal.of("12345678901234567890.01");
  const shared = await kinds.share(amount, [["a", 1n], ["b", 2n]]);
  const shares = [["a", Decimal.of("4115226300411522630.00")], ["b", Decimal.of("8230452600823045260.00")]];
  assert.deepEqual(shared.value, shares);
  assert.deepEqual(shared.events("Shared"), [{ amount, shares }]);
  assert.equal(String(shared.value[0]?.[1]), "4115226300411522630.00");
  const uneven = await caught(Uneven, kinds.uneven(Decimal.of("-0.50")));
  assert.deepEqual({ ...uneven.fields }, { amount: Decimal.of("-0.50"), first: ["x", 2n ** 70n] });
  await caught(ArgumentsInvalid, kinds.share(Decimal.of("1.5"), []));
  await caught(ArgumentsInvalid, kinds.share(amount, [["a", 1n], ["b", 1n], ["c", 1n], ["d", 1n]]));
  await caught(Empty, kinds.echo(1n, 1n, false, "", new Uint8Array()));
  await caught(ArgumentsInvalid, kinds.echo(1n, 256n, true, "", new Uint8Array()));
}

async function events(): Promise<void> {
  await metering.register("ts-heard");
  const first = await metering.read("ts-heard", 1n);
  const after = first.answer.events[0]?.id;
  assert.ok(after);
  const next = metering.listen("MeterRead", after).next();
  await metering.read("ts-heard", 2n);
  const heard = await next;
  assert.ok(!heard.done);
  assert.deepEqual(heard.value.event, { meter: "ts-heard", kwh: 2n });
  const stop = new AbortController();
  const silent = metering.listen("MeterRead", undefined, stop.signal).next();
  stop.abort();
  assert.equal((await silent).done, true);
}

async function randomKeys(): Promise<void> {
  for (const kind of ["ED25519", "P256", "SECP256K1"] as const) {
    assert.equal(PrivateKey.random(kind).sign(Uint8Array.of(1)).length, 64);
  }
}

for (const part of [callsAndErrors, otherKeys, everyKind, events, randomKeys]) await part();
console.log("done");
process.exit(0);
