/** Server-sent events (WHATWG HTML): messages of a stream that carry data. */

export interface Message {
  readonly kind: string;
  readonly data: string;
}

/** A node sends a comment at least every 15 s; after so long a silence in ms the connection is taken for dead. */
const SILENCE_MS = 60_000;

/** Yield the messages of a body as they come. Throws TypeError, as `fetch` does, when the stream breaks or falls silent. */
export async function* messages(stream: ReadableStream<Uint8Array>, silenceMs = SILENCE_MS): AsyncGenerator<Message> {
  let kind = "message";
  let data: string[] = [];
  for await (const line of lines(stream, silenceMs)) {
    if (line === "") {
      if (data.length > 0) yield { kind, data: data.join("\n") };
      kind = "message";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") kind = value;
  }
}

async function* lines(stream: ReadableStream<Uint8Array>, silenceMs: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silenceMs);
      if (done) return;
      const text = rest + decoder.decode(value, { stream: true });
      const held = text.endsWith("\r") ? 1 : 0; // its line feed may be in the next part
      const parts = text.slice(0, text.length - held).split(/\r\n|\n|\r/);
      rest = (parts.pop() ?? "") + text.slice(text.length - held);
      yield* parts;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TypeError(`nothing was heard for ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
