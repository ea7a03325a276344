import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../src/shared/api";
import { chainOf, chainText, isOver } from "../../src/chat/model";
import { ask, current, flush, follow, now, send, stop, waiting } from "../../src/chat/run";
import { change, conversation, draft, newConversation, openConversation } from "../../src/chat/store";
import { LEAD, asked, done, error, served, text } from "./core.sample";

interface Call {
  method: string;
  path: string;
  body: { key: string; model: string; only: boolean; messages: { role: string; content: string }[] } | null;
}

/** A gateway: what it was asked, and what it does with the next call. */
let calls: Call[] = [];
let replies: (() => Response | Promise<Response>)[] = [];
let bodies: Body[] = [];
let stopFollowing: () => void;

class Body {
  private out!: ReadableStreamDefaultController<Uint8Array>;
  readonly response: Response;

  constructor() {
    bodies.push(this);
    const body = new ReadableStream<Uint8Array>({ start: (out) => void (this.out = out) });
    this.response = new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  send(from: number, ...events: ChatEvent[]): this {
    const lines = events.map(({ event, data }, at) => `id: ${from + at}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    this.out.enqueue(new TextEncoder().encode(lines.join("")));
    return this;
  }

  end(): this {
    this.out.close();
    return this;
  }

  breaks(): void {
    // One that has ended cannot break any more.
    if (this.out.desiredSize !== null && this.out.desiredSize > 0) this.out.error(new TypeError("network error"));
  }
}

const events = (...all: ChatEvent[]) => new Body().send(0, ...all).end().response;
const refuses = (status: number, message: string) => () => new Response(JSON.stringify({ error: { message } }), { status });
const unreachable = () => Promise.reject(new TypeError("fetch failed"));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date", "requestAnimationFrame", "cancelAnimationFrame"] });
  calls = [];
  replies = [];
  bodies = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit = {}) => {
    calls.push({ method: init.method ?? "GET", path, body: init.body ? JSON.parse(String(init.body)) : null });
    const reply = (replies.shift() ?? unreachable)();
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener("abort", () => {
        reject(new DOMException("aborted", "AbortError"));
        for (const body of bodies.splice(0)) body.breaks();
      });
      Promise.resolve(reply).then(resolve, reject);
    });
  });
  newConversation();
  draft.value = "";
  stopFollowing = follow();
});

afterEach(async () => {
  if (current.value) stop();
  await settle(0);
  stopFollowing();
  vi.useRealTimers();
});

const realTimeout = setTimeout;
const turns = async () => {
  for (let at = 0; at < 12; at++) await new Promise((resolve) => realTimeout(resolve, 0));
};

/** Lets everything happen that is to happen in so many milliseconds. */
async function settle(ms = 50): Promise<void> {
  // Streams take real turns of the event loop, besides the simulated time.
  await turns();
  await vi.advanceTimersByTimeAsync(ms);
  await turns();
  flush();
}

const last = () => conversation.value.turns.at(-1);
const answer = () => last()?.answers.at(-1);
const shown = () => chainText(chainOf(last() ?? ({ answers: [], shown: 0 } as never)));
const posts = () => calls.filter((call) => call.method === "POST");

test("a message is sent, and its answer shown to the end", async () => {
  replies = [() => events(asked, served(), text("Hello "), text("there."), done())];
  draft.value = "Hi";
  send("Hi");
  expect(draft.value, "kept until the gateway has it").toBe("Hi");
  await settle();
  expect([shown(), answer()?.phase, draft.value, current.value]).toEqual(["Hello there.", "done", "", null]);
  expect(posts()[0]?.body).toMatchObject({ model: "default", only: false, messages: [{ role: "user", content: "Hi" }] });
  expect(posts()[0]?.body?.key).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
});

test("what was typed in the meantime is not thrown away with the message that was sent", async () => {
  const body = new Body();
  replies = [() => body.response];
  draft.value = "Hi";
  send("Hi");
  draft.value = "Hi, and one more thing";
  body.send(0, asked);
  await settle();
  expect(draft.value).toBe("Hi, and one more thing");
});

test("many words in one frame are one change of the page", async () => {
  const words = Array.from({ length: 1000 }, () => text("word "));
  let changes = 0;
  replies = [() => events(asked, served(), ...words, done())];
  send("Hi");
  const unsubscribe = conversation.subscribe(() => changes++);
  await settle();
  unsubscribe();
  expect(shown()).toHaveLength(5000);
  expect(changes).toBeLessThan(5);
});

test("a connection that breaks is taken up again behind the last word, and nothing is asked twice", async () => {
  const body = new Body();
  replies = [() => body.response, unreachable, () => new Body().send(4, text("there."), done()).end().response];
  send("Hi");
  body.send(0, asked, served(), text("Hello "), text("you "));
  await settle();
  body.breaks();
  await settle();
  expect(shown()).toBe("Hello you ");
  await settle(3000);
  expect([shown(), answer()?.phase, posts().length]).toEqual(["Hello you there.", "done", 1]);
  expect(calls.at(-1)?.path).toMatch(/^\/api\/chat\/[\w-]+\?after=3$/);
});

test("a stream that ends early without a word of its end is not taken for whole", async () => {
  replies = [() => events(asked, served(), text("Half")), () => new Body().send(3, text(" and half"), done()).end().response];
  send("Hi");
  await settle();
  expect(answer()?.phase).toBe("answering");
  await settle(1000);
  expect([shown(), answer()?.phase]).toEqual(["Half and half", "done"]);
});

test("an answer that the gateway no longer has is lost, and its text is kept", async () => {
  replies = [() => events(asked, served(), text("Half")), refuses(404, "unknown")];
  send("Hi");
  await settle(2000);
  expect([shown(), answer()?.phase, answer()?.error?.kind]).toEqual(["Half", "error", "lost"]);
});

test("a message that cannot be sent waits, says when it tries again, and is sent once", async () => {
  replies = [unreachable, unreachable, () => events(asked, served(), text("Hello"), done())];
  draft.value = "Hi";
  send("Hi");
  await settle(0);
  const key = answer()?.key ?? "";
  expect([answer()?.phase, waiting.value[key]?.why, draft.value]).toEqual(["sending", "gateway", "Hi"]);
  await settle(600);
  expect(posts()).toHaveLength(2);
  now(key);
  await settle();
  expect([shown(), waiting.value[key], draft.value]).toEqual(["Hello", undefined, ""]);
  expect(new Set(posts().map((call) => call.body?.key)).size).toBe(1);
});

test("being online again sends at once what waits", async () => {
  replies = [unreachable, unreachable, unreachable, () => events(asked, done())];
  send("Hi");
  await settle(2000);
  const tries = posts().length;
  dispatchEvent(new Event("online"));
  await settle(0);
  expect(posts().length).toBe(tries + 1);
});

test("an answer of a proxy in the gateway's place is no answer", async () => {
  replies = [() => new Response("<html>", { headers: { "content-type": "text/html" } }), refuses(502, "bad gateway"), () => events(asked, served(), text("Hello"), done())];
  send("Hi");
  await settle(0);
  expect(answer()?.phase).toBe("sending");
  await settle(5000);
  expect(shown()).toBe("Hello");
});

test("a message that the gateway refuses says why, and stays in the composer", async () => {
  const cases: [number, string][] = [
    [400, "bad_request"],
    [413, "too_long"],
    [403, "config"],
    [404, "no_such_model"],
  ];
  for (const [status, kind] of cases) {
    replies = [refuses(status, "because")];
    draft.value = "Hi";
    send("Hi");
    await settle();
    expect([answer()?.error?.kind, answer()?.error?.message, draft.value]).toEqual([kind, "because", "Hi"]);
  }
});

test("a gateway that is full says so, and gets the message when it has room", async () => {
  replies = [refuses(429, "too many"), () => events(asked, served(), text("Hello"), done())];
  send("Hi");
  await settle(0);
  expect([waiting.value[answer()?.key ?? ""]?.why, answer()?.phase]).toEqual(["busy", "sending"]);
  await settle(1000);
  expect(shown()).toBe("Hello");
});

test("what another tab has ended is not asked behind the reader's back", async () => {
  send("Hi");
  await settle(0);
  change((c) => ({ ...c, turns: c.turns.map((turn) => ({ ...turn, answers: turn.answers.map((one) => ({ ...one, phase: "stopped" as const })) })) }));
  const tries = posts().length;
  await settle(1000);
  await settle(20_000);
  expect(posts().length).toBe(tries);
  expect(answer()?.phase).toBe("stopped");
});

test("stopping tells the gateway, and keeps what came", async () => {
  const body = new Body();
  replies = [() => body.response, () => new Response(null, { status: 204 })];
  send("Hi");
  body.send(0, asked, served(), text("Half"));
  await settle();
  stop();
  body.send(3, { event: "stopped", data: { story: null } }).end();
  await settle();
  expect([shown(), answer()?.phase, calls.at(-1)?.method]).toEqual(["Half", "stopped", "DELETE"]);
});

test("an answer can be stopped though nobody is to be reached", async () => {
  const body = new Body();
  replies = [() => body.response];
  send("Hi");
  body.send(0, asked, served(), text("Half"));
  await settle();
  body.breaks();
  await settle();
  stop();
  await settle();
  expect([shown(), answer()?.phase, current.value]).toEqual(["Half", "stopped", null]);
});

test("a message that was stopped before it left is taken back", async () => {
  draft.value = "Hi";
  send("Hi");
  await settle(0);
  stop();
  await settle(5000);
  expect([conversation.value.turns, draft.value, posts().length]).toEqual([[], "Hi", 1]);
});

test("a continued answer is asked for with the text so far, and joined", async () => {
  replies = [() => events(asked, served(), text("It ends with these"), error({ kind: "cut_off" }))];
  send("Hi");
  await settle();
  replies = [() => events(asked, served(), text("It ends with these words."), done())];
  ask(last()?.id ?? "", undefined, true);
  await settle();
  expect(shown()).toBe("It ends with these words.");
  expect(posts().at(-1)?.body?.messages.map((message) => message.role)).toEqual(["user", "assistant", "user"]);
  expect(last()?.answers).toHaveLength(2);
});

test("trying again asks anew, beside the old answer", async () => {
  replies = [() => events(asked, served(), text("old"), done()), () => events(asked, served(), text("new"), done())];
  send("Hi");
  await settle();
  ask(last()?.id ?? "", { asked: LEAD, only: true });
  await settle();
  expect([shown(), last()?.answers.length]).toEqual(["new", 2]);
  expect(posts().at(-1)?.body).toMatchObject({ model: LEAD, only: true, messages: [{ role: "user", content: "Hi" }] });
});

test("while an answer comes, nothing else is asked", async () => {
  const body = new Body();
  replies = [() => body.response];
  send("one");
  send("two");
  await settle(0);
  expect([posts().length, conversation.value.turns.length]).toEqual([1, 1]);
});

test("an answer goes on while another conversation is open", async () => {
  const body = new Body();
  replies = [() => body.response];
  send("Hi");
  body.send(0, asked, served(), text("Hello "));
  await settle();
  const { id } = conversation.value;
  newConversation();
  expect(conversation.value.id).not.toBe(id);
  body.send(3, text("there."), done()).end();
  await settle();
  expect(conversation.value.turns).toEqual([]);
  openConversation(id);
  await settle();
  expect([shown(), posts().length, calls.length]).toEqual(["Hello there.", 1, 1]);
});

test("after a reload reading goes on where it was, and nothing is asked again", async () => {
  const begun = { ...(await unfinished()), key: "key-of-before" };
  replies = [() => new Body().send(3, text("there."), done()).end().response];
  change((c) => ({ ...c, turns: [{ id: "t", question: "Hi", answers: [begun], shown: 0 }] }));
  await settle();
  await settle();
  expect([shown(), calls.map((call) => call.path)]).toEqual(["Hello there.", ["/api/chat/key-of-before?after=2"]]);
});

test("a message that did not leave before a reload is sent with its own key, unless that was long ago", async () => {
  const { newAnswer } = await import("../../src/chat/model");
  for (const [agoMs, asks] of [
    [10_000, true],
    [3_600_000, false],
  ] as const) {
    calls = [];
    replies = [() => events(asked, served(), text("Hello"), done())];
    const waits = newAnswer(`key-${agoMs}`, "default", false, Date.now() - agoMs);
    change((c) => ({ ...c, turns: [...c.turns, { id: `t${agoMs}`, question: "Hi", answers: [waits], shown: 0 }] }));
    await settle();
    await settle();
    expect(posts().map((call) => call.body?.key)).toEqual(asks ? [`key-${agoMs}`] : []);
    expect(isOver(answer() as never)).toBe(true);
    expect(answer()?.error?.kind).toBe(asks ? undefined : "lost");
  }
});

async function unfinished() {
  const { answer } = await import("./core.sample");
  return answer([asked, served(), text("Hello ")]);
}

test("a connection that is dead without a word is given up, and taken up again", async () => {
  const silent = new Body();
  replies = [() => silent.response, () => new Body().send(3, text("there."), done()).end().response];
  send("Hi");
  silent.send(0, asked, served(), text("Hello "));
  await settle();
  await settle(44_000);
  expect(calls).toHaveLength(1);
  await settle(2000);
  await settle(1000);
  expect([shown(), calls.length]).toEqual(["Hello there.", 2]);
});
