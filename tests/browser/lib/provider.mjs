/**
 * A provider in the OpenAI dialect that a test controls from inside: it says words on command and fails exactly where
 * it is told to. The binary's simulator misbehaves better; this one waits for a test.
 */
import http from "node:http";

/** One question, and the means to answer it. */
class Turn {
  constructor(number, body, response) {
    this.number = number;
    this.body = body;
    this.messages = body.messages ?? [];
    this.streams = body.stream === true;
    this.response = response;
    this.text = "";
    this.left = new Promise((resolve) => response.once("close", resolve));
  }

  /** What the user said last. */
  get question() {
    const last = this.messages.findLast((message) => message.role === "user");
    return typeof last?.content === "string" ? last.content : (last?.content ?? []).map((part) => part.text).join("");
  }

  begin() {
    if (this.response.headersSent || !this.streams) return;
    this.response.writeHead(200, { "content-type": "text/event-stream" });
    this.event({ delta: { role: "assistant", content: "" } });
  }

  event({ delta = {}, finish = null, usage }) {
    const chunk = {
      id: "chatcmpl-simulated",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: this.body.model,
      choices: usage ? [] : [{ index: 0, delta, finish_reason: finish }],
      ...(usage ? { usage } : {}),
    };
    this.response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }

  /** Says `text` in one piece. */
  say(text) {
    this.begin();
    this.text += text;
    if (this.streams) this.event({ delta: { content: text } });
  }

  /** Says `text` word by word, as real models do; waits for the socket, so a slow reader slows it. */
  async words(text, everyMs = 0) {
    for (const piece of text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) await this.piece(piece, everyMs);
  }

  /** Says `text` in pieces of so many characters. */
  async pieces(text, size) {
    for (let at = 0; at < text.length; at += size) await this.piece(text.slice(at, at + size), 0);
  }

  async piece(text, everyMs) {
    this.say(text);
    if (this.response.writableNeedDrain) {
      await Promise.race([new Promise((resolve) => this.response.once("drain", resolve)), this.left]);
    } else if (everyMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** The proper end of an answer. */
  end(finish = "stop") {
    const words = this.text.split(/\s+/).length;
    const usage = { prompt_tokens: 12, completion_tokens: words, total_tokens: 12 + words };
    if (this.streams) {
      this.final(finish);
      if (this.body.stream_options?.include_usage) this.event({ usage });
      this.response.end("data: [DONE]\n\n");
    } else {
      const message = { role: "assistant", content: this.text };
      this.json(200, {
        id: "chatcmpl-simulated",
        object: "chat.completion",
        created: 1_700_000_000,
        model: this.body.model,
        choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
        usage,
      });
    }
  }

  /** The last chunk of an answer, and nothing behind it. */
  final(finish = "stop") {
    this.begin();
    this.event({ finish });
  }

  /** The connection breaks off where the answer is. */
  cut() {
    this.response.socket?.resetAndDestroy();
  }

  /** An error as OpenAI words it. */
  fail(status, { type = "server_error", code = null, message = "The server had an error", headers = {} } = {}) {
    this.json(status, { error: { message, type, param: null, code } }, headers);
  }

  overloaded() {
    this.fail(503, { code: "overloaded", message: "That model is currently overloaded with other requests." });
  }

  json(status, body, headers = {}) {
    this.response.writeHead(status, { "content-type": "application/json", ...headers });
    this.response.end(JSON.stringify(body));
  }
}

export class FakeProvider {
  dialect = "openai";
  turns = [];

  static async start(play) {
    const fake = new FakeProvider();
    fake.play = play;
    fake.server = http.createServer((request, response) => fake.answer(request, response));
    await new Promise((resolve) => fake.server.listen(0, "127.0.0.1", resolve));
    fake.url = `http://127.0.0.1:${fake.server.address().port}`;
    return fake;
  }

  answer(request, response) {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const turn = new Turn(this.turns.length, JSON.parse(Buffer.concat(parts).toString() || "{}"), response);
      this.turns.push(turn);
      response.on("error", () => undefined);
      Promise.resolve(this.play(turn)).catch((error) => {
        // A reader who leaves is none of the provider's business; anything else is a mistake of the test.
        if (!response.destroyed) console.error(`# the simulated provider: ${error.stack}`);
      });
    });
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** A promise with its key outside: a provider waits for `gate.opened`, a test calls `gate.open()`. */
export function gate() {
  const made = {};
  made.opened = new Promise((resolve) => (made.open = resolve));
  return made;
}
