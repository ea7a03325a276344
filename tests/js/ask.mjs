// One question through an official JavaScript SDK; prints what came of it as one JSON object.
// Argument: {"sdk": "openai"|"anthropic", "base": URL, "model": NAME, "prompt": TEXT, "stream": BOOL, "max_tokens": N}
// Result: {"text", "model", "finish", "error": null | {"type", "status", "message"}}: what an application sees,
// partial text included when the stream broke.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const ask = JSON.parse(process.argv[2]);
const seen = { text: "", model: null, finish: null, error: null };

async function openai() {
  const client = new OpenAI({ baseURL: `${ask.base}/v1`, apiKey: ask.key ?? "caller-key" });
  const request = {
    model: ask.model,
    messages: [{ role: "user", content: ask.prompt }],
    max_completion_tokens: ask.max_tokens,
  };
  if (!ask.stream) {
    const answer = await client.chat.completions.create(request);
    seen.text = answer.choices[0].message.content;
    seen.model = answer.model;
    seen.finish = answer.choices[0].finish_reason;
    return;
  }
  const stream = await client.chat.completions.create({ ...request, stream: true });
  for await (const chunk of stream) {
    seen.model = chunk.model ?? seen.model;
    seen.text += chunk.choices[0]?.delta?.content ?? "";
    seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish;
  }
}

async function anthropic() {
  const client = new Anthropic({ baseURL: ask.base, apiKey: ask.key ?? "caller-key" });
  const request = {
    model: ask.model,
    messages: [{ role: "user", content: ask.prompt }],
    max_tokens: ask.max_tokens,
  };
  if (!ask.stream) {
    const answer = await client.messages.create(request);
    seen.text = answer.content.filter((block) => block.type === "text").map((block) => block.text).join("");
    seen.model = answer.model;
    seen.finish = answer.stop_reason;
    return;
  }
  const stream = await client.messages.create({ ...request, stream: true });
  for await (const event of stream) {
    if (event.type === "message_start") seen.model = event.message.model;
    if (event.type === "content_block_delta") seen.text += event.delta.text ?? "";
    if (event.type === "message_delta") seen.finish = event.delta.stop_reason ?? seen.finish;
  }
}

try {
  await (ask.sdk === "openai" ? openai() : anthropic());
} catch (error) {
  seen.error = { type: error.constructor.name, status: error.status ?? null, message: String(error.message) };
}
console.log(JSON.stringify(seen));
