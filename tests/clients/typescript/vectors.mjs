// Compares @huitong/client with the vectors of the specification. Usage: node vectors.mjs FOLDER; prints one JSON object.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  compareBytes,
  complete,
  contractAddress,
  decode,
  encode,
  encodeBody,
  fromHex,
  keyAddress,
  moduleAddress,
  MODULES,
  PrivateKey,
  signBytes,
  toHex,
  transactionId,
} from "@huitong/client";

const folder = process.argv[2];
const failures = [];
let compared = 0;

const read = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf-8"));
const hex = (bytes) => toHex(bytes).slice(2);

function equal(what, found, wanted) {
  compared += 1;
  if (found !== wanted) failures.push({ what, found, wanted });
}

function code(bytes) {
  try {
    decode(bytes);
    return null;
  } catch (error) {
    return error.code ?? String(error);
  }
}

const encoding = read("encoding");
for (const { what, bytes } of encoding.values) equal(what, hex(encode(decode(fromHex(bytes)))), bytes);
for (const { what, bytes, code: wanted } of encoding.refused) equal(what, code(fromHex(bytes)), `HT${wanted}`);

const keys = read("keys");
for (const { kind, secret, public_key, address, message, signature } of keys.keys) {
  if (!["ED25519", "P256", "SECP256K1"].includes(kind)) continue;
  const key = new PrivateKey(kind, fromHex(secret));
  equal(`${kind} public key`, hex(key.publicKey), public_key);
  equal(`${kind} address`, hex(keyAddress(kind, key.publicKey)), address);
  equal(`${kind} signature`, hex(key.sign(fromHex(message))), signature);
}
const { chain_id, tx_id, call_index, address } = keys.contract_address;
equal("contract address", hex(contractAddress(chain_id, fromHex(tx_id), call_index)), address);
for (const [name, id] of Object.entries(MODULES)) equal(name, hex(moduleAddress(id)), keys.module_address[name]);

for (const { what, body, id, signed } of read("transaction").transactions) {
  const bytes = fromHex(body);
  const [, chainId, sender, salt, validUntil, gasLimit, calls, payer, memo] = decode(bytes);
  const named = calls.map(([target, method, args]) => ({ target, method, args }));
  equal(what, hex(encodeBody({ chainId, sender, salt, validUntil, gasLimit, calls: named, payer, memo })), body);
  equal(`${what}: id`, hex(transactionId(bytes)), id);
  const [, , proofs] = decode(fromHex(signed));
  equal(`${what}: signed`, hex(complete(bytes, proofs).raw), signed);
  const wallets = keys.keys.filter((key) => ["ED25519", "P256", "SECP256K1"].includes(key.kind));
  const signers = compareBytes(sender, payer) === 0 ? [sender] : [sender, payer];
  signers.forEach((signer, place) => {
    const found = wallets.find((key) => key.address === hex(signer));
    const own = new PrivateKey(found.kind, fromHex(found.secret)).sign(signBytes(bytes));
    equal(`${what}: signature ${place}`, hex(own), hex(proofs[place]));
  });
}

console.log(JSON.stringify({ compared, failures }));
