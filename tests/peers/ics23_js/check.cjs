// Reads lines of JSON {spec, root, key, value, proof} (hex; value null asks for absence) and prints one JSON list of
// verdicts. A proof that cannot be decoded counts as refused.
const { ics23, tendermintSpec, verifyMembership, verifyNonMembership } = require("@confio/ics23");
const { readFileSync } = require("node:fs");

// The last version on npm does not export the SMT's spec; this is the one of ics23's current proto and Go sources.
const { SHA256 } = ics23.HashOp;
const smtSpec = {
  leafSpec: { ...tendermintSpec.leafSpec, prehashKey: SHA256, length: ics23.LengthOp.NO_PREFIX },
  innerSpec: { ...tendermintSpec.innerSpec, emptyChild: new Uint8Array(32) },
  maxDepth: 256,
};
const specs = { smt: smtSpec, tendermint: tendermintSpec };
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

function accepts({ spec, root, key, value, proof }) {
  try {
    const decoded = ics23.CommitmentProof.decode(bytes(proof));
    return value === null
      ? verifyNonMembership(decoded, specs[spec], bytes(root), bytes(key))
      : verifyMembership(decoded, specs[spec], bytes(root), bytes(key), bytes(value));
  } catch {
    return false;
  }
}

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
console.log(JSON.stringify(lines.map((line) => accepts(JSON.parse(line)))));
