// What @huitong/client makes of nodes that answer badly, late or not at all; a stand-in for `fetch` plays the node.
import assert from "node:assert/strict";
import test from "node:test";

import { AnswerInvalid, Client, encode, HuitongError, NodeUnreachable, toHex, TransactionRejected, WaitEnded, Wallet } from "@huitong/client";

const wallet = Wallet.of("ED25519", new Uint8Array(32).fill(7));
const STATUS = {
  chain_id: "offline-1", kind: "development", suite: "international", height: 1, time_ns: "1", clock_ns: "1000",
  replay_window_ns: "600000000000",
};
const CONTRACT = toHex(new Uint8Array(20).fill(3));

const json = (document, status = 200, type = "application/json") =>
  new Response(JSON.stringify(document), { status, headers: { "content-type": type } });

function node(answers) {
  const seen = [];
  const fetcher = async (url, init) => {
    const path = new URL(url).pathname;
    seen.push({ path, init, url });
    if (path === "/api/v1/status" && !answers.status) return json(STATUS);
    const answer = Object.entries(answers).find(([name]) => path.includes(name))?.[1];
    return answer(seen.filter((request) => request.path === path).length, init);
  };
  return { client: new Client("http://node/", { wallet, fetch: fetcher }), seen };
}

const broken = (code) => {
  const error = new TypeError("fetch failed");
  error.cause = Object.assign(new Error(code), { code });
  return error;
};

const answer = (fields) => ({
  tx_id: "0x", answer: "committed", height: 2, time_ns: "1", code: 0, error: null, gas_used: "1", result: [],
  return_bytes: toHex(encode([5n])), events: [], proof: null, traceback: "", ...fields,
});

const event = (number) => ({
  id: `${number}.0.0`, height: number, time_ns: "1", time: "", tx_id: "0x", emitter: CONTRACT, name: "E", data: {},
  raw: "0x80",
});

function stream(chunks, end) {
  return new Response(
    new ReadableStream({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
        else if (end === "break") controller.error(new TypeError("terminated"));
        else if (end === "close") controller.close();
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );
}

const frame = (number, line = "\n") => `id: ${number}.0.0${line}event: event${line}data: ${JSON.stringify(event(number))}${line}${line}`;

test("reads are repeated when the connection fails, and end by naming the node", async () => {
  const { client, seen } = node({
    organisations: (count) => {
      if (count < 3) throw broken("ECONNRESET");
      return json(["a"]);
    },
  });
  assert.deepEqual(await client.organisations(), ["a"]);
  assert.equal(seen.length, 3);
  const away = node({
    organisations: () => {
      throw broken("ECONNREFUSED");
    },
  });
  await assert.rejects(away.client.organisations(), (error) => error instanceof NodeUnreachable && error.code === "HT8007");
  assert.equal(away.seen.length, 4);
});

test("answers of another shape are refused", async () => {
  const bad = [new Response("<html>"), json({}), json(["a", 1]), json(null)];
  for (const response of bad) await assert.rejects(node({ organisations: () => response }).client.organisations(), AnswerInvalid);
});

test("a problem document becomes its error", async () => {
  const problem = { code: "HT8005", name: "NOT_FOUND", title: "", detail: "There is none.", next: "Look.", who: "you", status: 404, data: { what: "x" } };
  const { client } = node({ members: () => json(problem, 404, "application/problem+json") });
  await assert.rejects(client.member("x@y"), (error) => {
    assert.ok(error instanceof HuitongError);
    assert.deepEqual([error.code, error.errorName, error.next, error.data.what], ["HT8005", "NOT_FOUND", "Look.", "x"]);
    return true;
  });
});

test("a transaction is sent once; a broken connection leaves its outcome open, by its id", async () => {
  const { client, seen } = node({
    transactions: () => {
      throw broken("ECONNRESET");
    },
  });
  const signed = await client.sign([{ target: CONTRACT, method: "m", args: [] }]);
  await assert.rejects(client.submit(signed), (error) => error instanceof WaitEnded && error.data.tx_id === toHex(signed.txId));
  assert.equal(seen.filter((request) => request.path.endsWith("/transactions")).length, 1);
  const refused = node({
    transactions: () => {
      throw broken("ECONNREFUSED");
    },
  });
  await assert.rejects(refused.client.submit(signed), NodeUnreachable);
});

test("an answer about another transaction is refused", async () => {
  const { client } = node({ transactions: () => json(answer({ tx_id: "0x01" })) });
  await assert.rejects(client.call(CONTRACT, "m", []), AnswerInvalid);
});

test("a rejection and an early end of the wait carry the answer", async () => {
  for (const [word, kind] of [["rejected", TransactionRejected], ["accepted", WaitEnded]]) {
    const problem = { code: "HT1301", name: "EXPIRED", title: "", detail: "", next: "", who: "you", status: 400, data: {}, transaction: answer({ answer: word }) };
    const { client } = node({ transactions: () => json(problem, 400, "application/problem+json") });
    await assert.rejects(client.call(CONTRACT, "m", []), (error) => error instanceof kind && error.answer.answer === word);
  }
});

test("chains of another suite are not signed for", async () => {
  const { client } = node({ status: () => json({ ...STATUS, suite: "guomi" }) });
  await assert.rejects(client.call(CONTRACT, "m", []), (error) => error.code === "HT6106");
});

test("the validity of a transaction is half the chain's window at most", async () => {
  const { client } = node({ status: () => json({ ...STATUS, replay_window_ns: "2000" }) });
  const signed = await client.sign([{ target: CONTRACT, method: "m", args: [] }]);
  assert.equal(signed.txId.length, 32);
});

test("events go on after the last one when a stream breaks, whatever the pieces", async () => {
  const first = `: hello\n\n${frame(1, "\r\n")}`;
  const streams = [
    () => stream([first.slice(0, 30), first.slice(30, 61), first.slice(61)], "break"),
    () => {
      throw broken("ECONNREFUSED");
    },
    () => stream([frame(2), ": heartbeat\n\n"], "close"),
    () => stream([frame(3)], "close"),
  ];
  const { client, seen } = node({ events: (count) => streams[count - 1]() });
  const ids = [];
  for await (const record of client.events({ emitter: CONTRACT, name: "E" })) {
    ids.push(record.id);
    if (ids.length === 3) break;
  }
  assert.deepEqual(ids, ["1.0.0", "2.0.0", "3.0.0"]);
  assert.deepEqual(seen.map((request) => request.init.headers["last-event-id"]), [undefined, "1.0.0", "1.0.0", "2.0.0"]);
  assert.equal(new URL(seen[0].url).searchParams.get("emitter"), CONTRACT);
});

test("a stream that the node ends with a problem raises it", async () => {
  const problem = { code: "HT8011", name: "READER_TOO_SLOW", title: "", detail: "", next: "", who: "you", status: 400, data: {} };
  const text = `event: problem\ndata: ${JSON.stringify(problem)}\n\n`;
  const { client } = node({ events: () => stream([text], "close") });
  await assert.rejects(client.events().next(), (error) => error.code === "HT8011");
  const garbage = node({ events: () => stream(["data: {\n\n"], "close") });
  await assert.rejects(garbage.client.events().next(), AnswerInvalid);
});
