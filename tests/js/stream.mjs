// One streamed question through an official JavaScript SDK; prints all that an application sees as one JSON object.
// Argument: {"sdk": "openai"|"anthropic", "base": URL, "key": TEXT, "helper": BOOL, "headers": {...}, "request": {...}}
// Result: {"events": [...], "final": null | {...}, "error": null | {"type", "status", "body"}}: the events as the SDK
// gives them, in order; with `helper`, the message that the SDK's own accumulator has made of them.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const { sdk, base, key, helper, headers, request } = JSON.parse(process.argv[2]);
const seen = { events: [], final: null, error: null };

async function openai() {
  const completions = new OpenAI({ baseURL: `${base}/v1`, apiKey: key }).chat.completions;
  if (!helper) {
    for await (const chunk of await completions.create({ ...request, stream: true }, { headers })) seen.events.push(chunk);
    return;
  }
  const stream = completions.stream(request, { headers });
  stream.on("chunk", (chunk) => seen.events.push(chunk));
  seen.final = await stream.finalChatCompletion();
}

async function anthropic() {
  const messages = new Anthropic({ baseURL: base, apiKey: key }).messages;
  if (!helper) {
    for await (const event of await messages.create({ ...request, stream: true }, { headers })) seen.events.push(event);
    return;
  }
  const stream = messages.stream(request, { headers });
  // Its snapshots change under its hands: what is kept is a copy.
  stream.on("streamEvent", (event) => seen.events.push(structuredClone(event)));
  seen.final = await stream.finalMessage();
}

try {
  await (sdk === "openai" ? openai() : anthropic());
} catch (error) {
  seen.error = { type: error.constructor.name, status: error.status ?? null, body: error.error ?? String(error) };
}
console.log(JSON.stringify(seen));
