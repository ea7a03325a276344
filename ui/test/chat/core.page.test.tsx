import { render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rowsOf } from "../../src/chat/details";
import { ChatPage } from "../../src/chat/page";
import type { Answer, Conversation } from "../../src/chat/model";
import { change, draft, newConversation, settings } from "../../src/chat/store";
import { Markdown } from "../../src/markdown/markdown";
import { BACKUP, LEAD, answer, asked, asking, byBackup, conversation, done, error, failed, handed, handOver, served, step, story, text } from "./core.sample";

vi.mock("../../src/markdown/markdown", () => ({ Markdown: vi.fn(({ text }: { text: string }) => <div class="md">{text}</div>) }));

const posted: { path: string; body: { model: string; only: boolean } | null }[] = [];

beforeEach(() => {
  posted.length = 0;
  vi.stubGlobal("scrollTo", () => undefined);
  vi.stubGlobal("fetch", (path: string, init: RequestInit = {}) => {
    posted.push({ path, body: init.body ? JSON.parse(String(init.body)) : null });
    return new Promise(() => undefined);
  });
  document.body.innerHTML = '<div id="app"></div>';
});

afterEach(async () => {
  render(null, root());
  await frame();
});

const root = () => document.getElementById("app") as HTMLElement;
/** Lets the page draw, and do what it does after that. */
const frame = async () => {
  for (let at = 0; at < 3; at++) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
};
const article = () => document.querySelector("article") as HTMLElement;
const said = (of: Element = article()) => (of.textContent ?? "").replace(/\s+/g, " ");
const buttons = () => [...article().querySelectorAll("button")].map((button) => button.textContent?.trim());
const click = async (name: string) => {
  const found = [...document.querySelectorAll("button")].find((button) => button.textContent?.trim() === name);
  if (!found) throw new Error(`no button ${name}`);
  found.click();
  await frame();
};

async function shows(of: Conversation): Promise<void> {
  newConversation();
  change((c) => ({ ...c, turns: of.turns }));
  render(<ChatPage />, root());
  await frame();
}

const shown = (made: Answer) => shows(conversation(["ask", made]));

test("a reader sees once that a backup answered, and which", async () => {
  const of = byBackup({ steps: [step(LEAD, "overloaded")], took_ms: 5000 });
  await shown(answer([asked, asking(LEAD), failed(LEAD, "overloaded"), asking(BACKUP), served(of), text("Hi"), done(of)]));
  expect(document.querySelectorAll(".note")).toHaveLength(1);
  expect(said()).toContain("Answered by a backup. sonnet was overloaded, so mini answered. Added 3.1 s.");
  expect(said()).toContain("Reducedmini · azure (backup 2 of 3)5.0 s");
  expect(article().getAttribute("aria-label")).toBe("Answer 1, Reduced, mini");
});

test("nothing is said of backups when the lead answered", async () => {
  await shown(answer([asked, served(), text("Hi"), done()]));
  expect(document.querySelectorAll(".note")).toHaveLength(0);
  expect(said()).toContain("Fullsonnet · anthropic1.9 s");
});

test("a seam is seen where another model went on, and both are named below", async () => {
  const of = byBackup({ started_ms: 3, hand_overs: [handOver()] });
  await shown(answer([asked, served(), text("The traveller "), handed(), text("books."), done(of)]));
  expect(document.querySelector(".seam")?.textContent).toBe("sonnet stopped here · mini continued");
  expect(said(document.querySelector(".foot") as Element)).toContain("sonnet → mini");
});

test("what was written before a new beginning is folded away, not lost", async () => {
  const of = byBackup({ started_ms: 3, hand_overs: [handOver({ how: "restart" })] });
  await shown(answer([asked, served(), text("two words"), handed({ how: "restart" }), text("new"), done(of)]));
  expect(document.querySelector("summary")?.textContent).toBe("sonnet stopped after 2 words. mini started again.");
  expect(document.querySelector(".folded .md")?.textContent).toBe("two words");
  expect([...document.querySelectorAll("article > .md, article > div > .md")].map((one) => one.textContent)).toEqual(["new"]);
});

test("an error stands below the kept text, is said, and its buttons ask", async () => {
  await shown(answer([asked, served(), text("Half"), error({ kind: "cut_off", story: story({ outcome: "interrupted" }) })], { endedAt: Date.now() }));
  const alert = document.querySelector('[role="alert"]');
  expect(said(alert as Element)).toContain("The answer was cut off. sonnet stopped sending");
  expect(document.querySelector(".md")?.compareDocumentPosition(alert as Node)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  expect(document.activeElement).toBe(document.body);
  expect(buttons().slice(0, 3)).toEqual(["Continue the answer", "Start over", "Choose a model"]);
  await click("Start over");
  expect(posted.at(-1)?.body).toMatchObject({ model: "default", only: false });
  expect(document.querySelector('[role="alert"]'), "the new answer stands beside the old").toBeNull();
  await click("Stop");
  expect(said(), "the second click of a double click stops nothing").not.toContain("Half");
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 1000);
  await click("Stop");
  expect(said()).toContain("Half");
});

test("a time until which to wait is counted down, outside of what is read aloud", async () => {
  await shown(answer([asked, error({ kind: "all_failed", retry_in_s: 20 })], { endedAt: Date.now() }));
  expect(said()).toMatch(/Trying may help in (20|19) s\./);
  expect(said(document.querySelector('[role="alert"]') as Element)).not.toContain("may help");
});

test("letters act on an answer only while it has the focus", async () => {
  await shown(answer([asked, served(), text("Hi"), done()]));
  const press = async (on: Element, key: string) => {
    on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await frame();
  };
  await press(article().querySelector(".foot button") as Element, "d");
  expect(document.querySelector(".story")).toBeNull();
  await press(article(), "d");
  expect(document.querySelector(".story")).not.toBeNull();
  await press(article(), "r");
  expect(posted.filter((one) => one.body)).toHaveLength(1);
});

test("a finished answer is not rendered again while another one comes", async () => {
  const of = conversation(["one", answer([asked, served(), text("first"), done()])], ["two", answer([asked, served(), text("sec")])]);
  await shows(of);
  const drawn = vi.mocked(Markdown);
  drawn.mockClear();
  const [first, second] = of.turns;
  if (!first || !second) throw new Error("no turns");
  for (const more of ["second", "second one"]) {
    const next = { ...second, answers: [{ ...(second.answers[0] as Answer), parts: [{ text: more }] }] };
    change((c) => ({ ...c, turns: [first, next] }));
    await frame();
  }
  expect(drawn.mock.calls.map(([props]) => props.text)).toEqual(["second", "second one"]);
});

test("of a long conversation the newest is shown, and the rest at a wish", async () => {
  const whole = answer([asked, served(), text("x"), done()]);
  await shows(conversation(...Array.from({ length: 50 }, (_, at): [string, Answer] => [`q${at}`, whole])));
  expect(document.querySelectorAll("article")).toHaveLength(20);
  expect(article().getAttribute("aria-label")).toBe("Answer 31, Full, sonnet");
  await click("Show 30 earlier messages");
  await click("Show 10 earlier messages");
  expect(article().getAttribute("aria-label")).toBe("Answer 1, Full, sonnet");
});

test("Enter sends, but not while a word is put together, and never twice", async () => {
  await shows(conversation());
  const box = document.querySelector("textarea") as HTMLTextAreaElement;
  const enter = async (more: KeyboardEventInit = {}) => {
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }));
    await frame();
  };
  draft.value = "Hi";
  await enter({ isComposing: true });
  await enter({ shiftKey: true });
  expect(posted).toHaveLength(0);
  await enter();
  await enter();
  expect(posted).toHaveLength(1);
  expect(draft.value, "kept until the gateway has it").toBe("Hi");
  await click("Stop");
});

test("who does not want the notice can turn it off there", async () => {
  const of = byBackup({ steps: [step(LEAD, "overloaded")] });
  await shown(answer([asked, served(of), text("Hi"), done(of)]));
  (document.querySelector(".hide") as HTMLElement).click();
  await frame();
  expect([document.querySelectorAll(".note").length, settings.value.showBackup]).toEqual([0, false]);
  settings.value = { ...settings.value, showBackup: true };
});

test("the story tells every attempt once, in the order of time", () => {
  const broke = step(LEAD, "stalled", { broke_off: true, took_ms: 2000 });
  const of = byBackup({ started_ms: 1, first_token_ms: 400, took_ms: 9000, hand_overs: [handOver()], steps: [broke, step("x/y", "dns", { at_ms: 2000 })] });
  expect(rowsOf(of).map((row) => row.text)).toEqual([
    "sonnet stalled; mini went on",
    "y: dns, after 50 ms",
    "mini: first word after 2.3 s, done after 9.0 s",
  ]);
  const passed = byBackup({ steps: [step(LEAD, "resting", { asked: false })] });
  expect(rowsOf(passed)[0]?.text).toBe("sonnet: passed over, resting");
  const cut = story({ outcome: "interrupted", steps: [step(LEAD, "cut_off", { broke_off: true, took_ms: 700 })] });
  expect(rowsOf(cut).map((row) => [row.text, row.first, row.to])).toEqual([["sonnet: cut_off, after 0.7 s", 400, 701]]);
});
