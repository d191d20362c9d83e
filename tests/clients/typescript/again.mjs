// Reads a JSON array of hex from standard input; prints what each encodes to again, or the code that refuses it.
import { readFileSync } from "node:fs";

import { decode, EncodingError, encode, fromHex, toHex } from "@huitong/client";

const answers = JSON.parse(readFileSync(0, "utf-8")).map((text) => {
  try {
    return toHex(encode(decode(fromHex(text)))).slice(2);
  } catch (error) {
    if (error instanceof EncodingError) return error.code;
    throw error;
  }
});
console.log(JSON.stringify(answers));
