import { expect, test } from "vitest";
import { type Filter, isSwitched, matches, noFilter } from "../../src/status/filters";
import { step, story } from "./made";

const handed = {
  from: "a/lead",
  to: "b/two",
  reason: "x",
  words: "x",
  how: "prefill" as const,
  delivered_tokens: 1,
  at_ms: 1,
  silence_ms: 1,
  billed: { prompt_tokens: null, completion_tokens: null },
};

test("no request is hidden that a filter means, and none shown that it does not", () => {
  const check = (filter: Partial<Filter>, of: Parameters<typeof story>[0], expected: boolean) =>
    expect(matches(story(of), { ...noFilter, ...filter })).toBe(expected);
  check({}, {}, true);
  check({ route: "default" }, {}, true);
  check({ route: "code" }, {}, false);
  check({ route: "default" }, { route: null }, false);
  check({ target: "a/lead" }, {}, true);
  check({ target: "b/two" }, {}, false);
  // A target that was asked and failed had a part in it; one that was passed over had none.
  check({ target: "b/two" }, { steps: [step("b/two", "x")] }, true);
  check({ target: "b/two" }, { steps: [step("b/two", "x", { asked: false })] }, false);
  check({ signal: "4" }, {}, true);
  check({ signal: "2" }, {}, false);
  check({ switched: true }, {}, false);
  check({ switched: true }, { reason: "overloaded" }, true);
  check({ failed: true }, {}, false);
  check({ failed: true }, { outcome: "failed" }, true);
  check({ failed: true }, { outcome: "interrupted" }, true);
  check({ failed: true }, { outcome: "cancelled" }, false);
  check({ slower: "1" }, { took_ms: 1000 }, false);
  check({ slower: "1" }, { took_ms: 1001 }, true);
  check({ slower: "0,5" }, { took_ms: 501 }, true);
  // Half a number that is being typed hides nothing.
  check({ slower: "." }, { took_ms: 1 }, true);
  check({ slower: "" }, { took_ms: 1 }, true);
  check({ signal: "4", failed: true }, { outcome: "failed", signal: "0" }, false);
});

test("switched means that somebody else answered", () => {
  expect(isSwitched(story())).toBe(false);
  expect(isSwitched(story({ reason: "overloaded" }))).toBe(true);
  expect(isSwitched(story({ hand_overs: [handed] }))).toBe(true);
  // Everybody failed: nobody answered instead.
  expect(isSwitched(story({ reason: "overloaded", served: null }))).toBe(false);
});
