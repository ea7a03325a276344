/** Server-sent events from a `fetch` (an `EventSource` can neither POST nor end by itself). */

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Cuts text that comes in any pieces into events. Comments and fields that nobody knows are passed over. */
export class Splitter {
  private rest = "";

  push(text: string): ServerEvent[] {
    // A carriage return at the end may be the first half of a line's end.
    const whole = this.rest + text;
    const held = whole.endsWith("\r") ? whole.length - 1 : whole.length;
    const lines = whole.slice(0, held).replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    const events = lines.split("\n\n");
    this.rest = (events.pop() ?? "") + whole.slice(held);
    return events.map(read).filter((event) => event.data !== "");
  }
}

function read(block: string): ServerEvent {
  const event: ServerEvent = { id: "", event: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") event.event = value;
    else if (name === "id") event.id = value;
  }
  event.data = data.join("\n");
  return event;
}

/** Each event of a response, as it comes. Ends with the body; throws what the network throws. */
export async function* serverEvents(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const splitter = new Splitter();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* splitter.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
