import { expect, test } from "vitest";
import type { Beat } from "../../src/shared/api";
import { beat, beatPath, beatsLabel, cut, errorsOf, isInTrouble, places, rows } from "../../src/status/rows";
import { route, status, step, story, target } from "./made";

test("a minute's height tells how bad it was, also without its colour", () => {
  const check = (of: Beat, height: number, kind: string) => expect(beat(of)).toEqual({ height, kind });
  check([0, 0, 0], 2, "none");
  check([10, 0, 0], 6, "ok");
  check([10, 0, 1], 8, "slow");
  check([10, 0, 10], 12, "slow");
  check([0, 0, 3], 12, "slow");
  // One failure among a thousand is seen; all failed is the highest.
  check([1000, 1, 0], 10, "failed");
  check([5, 5, 5], 14, "failed");
  check([0, 5, 0], 18, "failed");
});

test("who cannot see the heartbeat is told the same", () => {
  const check = (beats: Beat[], expected: string) => expect(beatsLabel(beats)).toBe(expected);
  check([], "last 30 minutes: no request");
  check([[0, 0, 0]], "last 30 minutes: no request");
  check([[1, 0, 0], [0, 0, 0]], "last 30 minutes: nothing bad");
  check([[1, 2, 1], [5, 0, 1], [5, 0, 2]], "last 30 minutes: 1 with failures, 2 slow");
});

test("each minute is drawn once, at its place", () => {
  const beats: Beat[] = [[1, 0, 0], [0, 1, 0], [1, 0, 0]];
  expect(beatPath(beats, "ok")).toBe("M0 18v-6h3.4v6zM10 18v-6h3.4v6z");
  expect(beatPath(beats, "failed")).toBe("M5 18v-18h3.4v18z");
  expect(beatPath(beats, "slow")).toBe("");
});

test("a target of several routes is one row, and says where its signal differs", () => {
  const of = status("backup", [
    route("chat", "lead", 0, [target("a/x"), target("b/y", { signal: "2" })]),
    route("code", "backup", 1, [target("c/z", { state: "resting" }), target("b/y", { signal: "4" })]),
  ]);
  const all = rows(of);
  expect(all.map((row) => [row.target.id, row.state, row.alone])).toEqual([
    ["a/x", "answering", []],
    // It answers in one of its routes, where nobody else can.
    ["b/y", "answering", ["code"]],
    ["c/z", "resting", []],
  ]);
  expect(all[1]?.signals).toEqual([
    { level: "2", routes: ["chat"] },
    { level: "4", routes: ["code"] },
  ]);
  expect(all.filter(isInTrouble).map((row) => row.target.id)).toEqual(["c/z"]);
});

test("an operator is warned before the last one is put to rest", () => {
  const check = (others: Parameters<typeof target>[1][], expected: string[]) => {
    const targets = [target("a/x"), ...others.map((of, n) => target(`b/${n}`, of))];
    expect(rows(status("lead", [route("r", "lead", 0, targets)]))[0]?.alone).toEqual(expected);
  };
  check([], ["r"]);
  check([{ state: "resting" }], ["r"]);
  check([{ state: "off", is_off: true }], ["r"]);
  check([{}], []);
  check([{ state: "full" }], []);
});

test("equals stand together, in one place", () => {
  const of = route("r", "lead", 0, [target("a/x"), target("b/x"), target("c/y")]);
  of.targets.forEach((one, n) => (one.place = n < 2 ? 1 : 2));
  expect(places(of).map((place) => place.map((one) => one.id))).toEqual([["a/x", "b/x"], ["c/y"]]);
  expect(places(route("r", "none", null, []))).toEqual([]);
});

test("a long chain is cut, but never the one that answers", () => {
  const chain = Array.from({ length: 50 }, (_, n) => [target(`p/${n}`)]);
  const check = (answering: string | null, shown: number, more: number) => {
    const of = cut(chain, answering);
    expect([of.shown.length, of.more]).toEqual([shown, more]);
    if (answering) expect(of.shown.flat().map((one) => one.id)).toContain(answering);
  };
  check("p/0", 8, 42);
  check("p/40", 9, 41);
  check(null, 8, 42);
  expect(cut(chain.slice(0, 8), null).more).toBe(0);
});

test("errors of a target are counted by kind; what was never sent is none", () => {
  const stories = [
    story({ began_at_ms: 1000, steps: [step("a/x", "overloaded (529)", { at_ms: 5 }), step("b/y", "too slow")] }),
    story({ began_at_ms: 9000, steps: [step("a/x", "overloaded (529)"), step("a/x", "resting", { asked: false })] }),
    story({ began_at_ms: 4000, steps: [step("a/x", "connection lost")] }),
  ];
  expect(errorsOf(stories, "a/x")).toEqual([
    { words: "overloaded (529)", count: 2, last: 9010 },
    { words: "connection lost", count: 1, last: 4010 },
  ]);
  expect(errorsOf(stories, "c/z")).toEqual([]);
});
