import { expect, test } from "vitest";
import { boundary } from "../../src/chat/say";
import {
  type Answer,
  added,
  anchorOf,
  apply,
  chainText,
  messagesFor,
  textOf,
  versionsOf,
  withAnswer,
  withNewAnswer,
} from "../../src/chat/model";
import { openFence, piecesOf } from "../../src/chat/seam";
import {
  BACKUP,
  LEAD,
  answer,
  asked,
  asking,
  byBackup,
  conversation,
  done,
  error,
  failed,
  handed,
  handOver,
  served,
  story,
  text,
} from "./core.sample";

const whole = (said: string) => answer([asked, served(), text(said), done()]);
const broken = (said: string) => answer([asked, served(), ...(said ? [text(said)] : []), error()]);

test("no word of an answer is lost, and none is shown twice", () => {
  const events = [asked, asking(LEAD), served(), text("Hello "), text("world"), done()];
  expect(textOf(answer(events))).toBe("Hello world");
  // A connection that is attached again may repeat what was read.
  const numbered = [...events.entries()];
  const repeated = [...numbered.slice(0, 4), ...numbered.slice(2)];
  expect(textOf(repeated.reduce((made, [id, event]) => apply(made, id, event), answer([])))).toBe("Hello world");
});

test("a late error does not make a good answer a bad one", () => {
  const ended = answer([asked, served(), text("whole"), done(), error(), text(" more")]);
  expect([ended.phase, ended.error, textOf(ended)]).toEqual(["done", null, "whole"]);
});

test("an answer that was cut off keeps its text", () => {
  const cut = answer([asked, asking(LEAD), served(), text("half a sen"), error({ kind: "cut_off" })]);
  expect([cut.phase, textOf(cut), cut.error?.kind, cut.story?.served]).toEqual(["error", "half a sen", "cut_off", LEAD]);
});

test("an event that only a newer gateway knows breaks nothing", () => {
  const strange = { event: "weather", data: {} } as unknown as typeof asked;
  expect(textOf(answer([asked, strange, served(), text("fine"), done()]))).toBe("fine");
});

test("a hand-over is a seam in the text, and its text follows", () => {
  const made = answer([asked, served(), text("The traveller "), handed(), text("books second class."), done()]);
  expect(made.parts.map((part) => [part.text, part.seam?.to])).toEqual([
    ["The traveller ", undefined],
    ["books second class.", BACKUP],
  ]);
});

test("where somebody started again, the next model is told only the new beginning", () => {
  const made = answer([asked, served(), text("old"), handed({ how: "restart" }), text("new"), done()]);
  expect(textOf(made)).toBe("new");
});

test("a continuation is joined at its place, without the words that it repeats", () => {
  const before = "The quick brown fox jumps over the lazy";
  expect(anchorOf(before)).toBe("brown fox jumps over the lazy");
  const cases: [after: string, over: boolean, is: string][] = [
    ["brown fox jumps over the lazy dog.", true, " dog."],
    ["  brown fox jumps over the lazy dog.", true, " dog."],
    ["brown fox", false, ""],
    ["brown fox", true, "brown fox"],
    ["quick brown fox jumps over the lazy dog.", true, " dog."],
    ["over the lazy dog.", true, " dog."],
    ["the lazy dog.", true, "the lazy dog."],
    ["", false, ""],
    [" dog.", true, " dog."],
    ["Sure, here it is: dog.", false, "Sure, here it is: dog."],
  ];
  for (const [after, over, is] of cases) expect(added(before, after, over), after).toBe(is);
  expect(anchorOf("")).toBe("");
  expect(anchorOf("one\n\n")).toBe("one");
});

function told(of: ReturnType<typeof conversation>, at: number) {
  return messagesFor(of, at).map(({ role, content }) => `${role}: ${content}`);
}

test("the gateway is told what the reader sees, and never an empty message", () => {
  const of = conversation(
    ["one", whole("1")],
    ["two", broken("")],
    ["three", whole("old"), whole("3")],
    ["four", broken("half")],
    ["five"],
  );
  expect(told(of, 4)).toEqual(["user: one", "assistant: 1", "user: two\n\nthree", "assistant: 3", "user: four", "assistant: half", "user: five"]);
  (of.turns[2] as { shown: number }).shown = 0;
  expect(told(of, 2)).toEqual(["user: one", "assistant: 1", "user: two\n\nthree"]);
  expect(told(of, 3)).toContain("assistant: old");
});

test("a message that was at fault is not sent along with the next one", () => {
  for (const kind of ["bad_request", "too_long", "refused"] as const) {
    const of = conversation(["bad", answer([asked, error({ kind })])], ["good"]);
    expect(told(of, 1), kind).toEqual(["user: good"]);
  }
});

test("to continue, a model is given the text so far and asked to go on from its last words", () => {
  const cut = broken("It ends with these");
  const of = conversation(["ask", cut]);
  const [ask, begun, goOn] = messagesFor(of, 0, [cut]);
  expect([ask?.content, begun?.role, begun?.content, goOn?.role]).toEqual(["ask", "assistant", "It ends with these", "user"]);
  expect(goOn?.content).toContain("It ends with these");
  // Nothing came yet: it is simply asked.
  expect(messagesFor(of, 0, [broken("")])).toHaveLength(1);
});

test("a continued answer is one answer, beside the others", () => {
  const goesOn = { ...whole("these last words and more"), continues: true };
  const of = conversation(["ask", broken("It ends with these last words"), goesOn, whole("another")]);
  const turn = of.turns[0];
  if (!turn) throw new Error("no turn");
  expect(versionsOf(turn)).toEqual([1, 2]);
  expect(chainText([broken("It ends with these last words"), goesOn])).toBe("It ends with these last words and more");
  expect(chainText([broken("these last words"), goesOn])).toBe("these last words and more");
  expect(piecesOf([broken("these last words"), goesOn]).map((piece) => [piece.text, piece.seam])).toEqual([
    ["these last words", null],
    [" and more", "wish"],
  ]);
});

test("code that goes on behind a seam is code still", () => {
  expect(openFence("text\n```py\nx = 1\n")).toBe("```py\n");
  expect(openFence("```py\nx = 1\n```\ntext")).toBe("");
  expect(openFence("~~~\n```\n")).toBe("~~~\n");
  expect(openFence("no code")).toBe("");
});

test("another tab cannot take words away", () => {
  const of = conversation(["ask", answer([asked, served(), text("a"), text("b")])]);
  const key = "key-0-0";
  const older = { ...answer([asked, served(), text("a")]), key };
  const newer = { ...answer([asked, served(), text("a"), text("b"), text("c")]), key };
  const shown = (c: typeof of) => textOf(c.turns[0]?.answers[0] as Answer);
  expect(shown(withAnswer(of, older))).toBe("ab");
  expect(shown(withAnswer(of, newer))).toBe("abc");
  expect(withAnswer(of, { ...newer, key: "other" })).toBe(of);
});

test("a new answer stands beside the old one", () => {
  const turn = conversation(["ask", whole("old")]).turns[0];
  if (!turn) throw new Error("no turn");
  const next = withNewAnswer(turn, whole("new"));
  expect([next.answers.length, next.shown, textOf(next.answers[0] as Answer)]).toEqual([2, 1, "old"]);
});

test("a screen reader hears each boundary once, and no single word", () => {
  const before = answer([asked, asking(LEAD)]);
  const began = answer([asked, asking(LEAD), served(), text("a")]);
  const afterFailure = answer([asked, asking(LEAD), failed(LEAD, "overloaded"), asking(BACKUP), served(byBackup())]);
  const wentOn = answer([asked, served(), text("a"), handed(), text("b")]);
  const ended = answer([asked, served(), text("two words"), done()]);
  const cases: [Answer, Answer, string | null][] = [
    [before, began, "sonnet is answering"],
    [began, began, null],
    [before, afterFailure, "Switched to mini, sonnet was overloaded"],
    [began, wentOn, "sonnet stopped, mini continues"],
    [began, ended, "Answer complete, 2 words, signal full"],
    [before, answer([asked, error()]), null],
    [began, { ...began, phase: "stopped" }, "Answer stopped"],
  ];
  for (const [from, to, said] of cases) expect(boundary(from, to)).toBe(said);
  expect(boundary(wentOn, answer([asked, served(), text("a"), handed(), text("bc"), done(story({ hand_overs: [handOver()] }))]))).toContain("complete");
});
