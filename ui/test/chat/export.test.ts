import { expect, test } from "vitest";
import { exportMarkdown } from "../../src/chat/export";
import type { Answer, Conversation, Turn } from "../../src/chat/model";
import type { HandOver, Story } from "../../src/shared/api";
import { words } from "../../src/words";
import { turn } from "./tabs";

const story = (changes: Partial<Story>): Story =>
  ({ served: "azure/gpt-mini", place: 2, of: 3, signal: "2", took_ms: 5000, steps: [], hand_overs: [], cached_age_s: null, ...changes }) as unknown as Story;
const seam = (how: HandOver["how"]): HandOver => ({ from: "anthropic/claude", to: "azure/gpt-mini", reason: "cut_off", words: "", how, delivered_tokens: 3 });

function check(answers: Partial<Answer>[], contains: string[]) {
  const first = turn("a", "Why?", "x");
  const all = answers.map((changes, place) => ({ ...(first.answers[0] as Answer), key: `k${place}`, ...changes }));
  const c: Conversation = { id: "c", title: "Why?", at: 0, model: null, only: false, turns: [{ ...first, answers: all, shown: all.length - 1 } as Turn] };
  const text = exportMarkdown(c);
  let from = 0;
  for (const part of contains) {
    expect(text.slice(from)).toContain(part);
    from = text.indexOf(part, from) + part.length;
  }
  return text;
}

test("a file tells who answered, how well, and when", () => {
  check([{ parts: [{ text: "Because." }], story: story({}) }], ["# Why?", "## You", "Why?", "## Assistant", "Because.", "*Reduced · gpt-mini · azure (backup 2 of 3) · 5.0 s · 1970-01-01"]);
});

test("a file has the place where another model went on, or began again", () => {
  check([{ parts: [{ text: "One" }, { text: " two", seam: seam("prefill") }], story: story({}) }], ["One", "*claude stopped here · gpt-mini continued*", "two"]);
  check([{ parts: [{ text: "One" }, { text: "Two", seam: seam("restart") }], story: story({}) }], ["One", "*claude stopped · gpt-mini started again*", "Two"]);
});

test("a file has each version of an answer, and what was kept of one that broke", () => {
  const error = { kind: "cut_off" as const, message: "the stream ended", code: null, status: null, retry_in_s: null, story: null };
  check(
    [{ parts: [{ text: "Half of" }], phase: "error", error }, { parts: [{ text: "Whole" }], story: story({}) }, { parts: [{ text: "Sto" }], phase: "stopped" }],
    [words.chat.version(1, 3), "Half of", "> **The answer was cut off.** the stream ended", words.chat.version(2, 3), "Whole", words.chat.version(3, 3), "Sto", `> ${words.chat.stoppedByYou}`],
  );
});

test("who failed is told by name", () => {
  const error = { kind: "all_failed" as const, message: "", code: null, status: 503, retry_in_s: 20, story: null };
  check([{ parts: [], phase: "error", error, failed: [{ target: "a/m", code: "overloaded", words: "" }] }], ["**No model could answer.** Tried m overloaded."]);
});

test("code that was cut off does not swallow the rest of the file", () => {
  check([{ parts: [{ text: "```js\nlet a" }], story: story({}) }], ["```js\nlet a\n```\n\n*Reduced"]);
});
