import { expect, test } from "vitest";
import type { Target } from "../../src/shared/api";
import { measured, nextTry, stateOf } from "../../src/shared/state";
import { key, route, target } from "../status/made";

test("people read how a target stands, not how its breaker is wired", () => {
  const check = (of: Partial<Target>, answering: number | null, expected: string) => {
    const chain = route("r", "lead", answering, [target("a/x", of), target("b/y")]);
    expect(stateOf(chain.targets[0] ?? target(""), chain)).toBe(expected);
  };
  check({}, 0, "answering");
  check({}, 1, "ready");
  check({ slow: true }, 0, "slow");
  check({ state: "resting" }, 1, "resting");
  check({ state: "testing" }, 1, "testing");
  check({ state: "ramping" }, 1, "returning");
  check({ state: "full" }, 1, "full");
  check({ state: "off" }, 1, "off");
  // What an operator decided comes before what was measured.
  check({ state: "ready", is_off: true }, 1, "off");
  check({ state: "resting", is_off: true }, 1, "off");
  const chain = route("r", "lead", 0, [target("a/x"), target("b/y")]);
  expect(stateOf(chain.targets[1] ?? target(""), chain)).toBe("standby");
});

test("what an operator forced does not hide what was measured", () => {
  const check = (keys: Parameters<typeof key>[0][], provider: Parameters<typeof key>[0], expected: string) =>
    expect(measured(target("a/x", { keys: keys.map(key), provider_breaker: key(provider).breaker }))).toBe(expected);
  check([], "closed", "ready");
  check(["closed"], "closed", "ready");
  check(["open", "closed"], "closed", "ready");
  check(["open", "open"], "closed", "resting");
  check(["open", "probing"], "closed", "testing");
  check(["open", "ramping"], "closed", "returning");
  check(["closed"], "open", "resting");
  check(["closed"], "probing", "testing");
  check(["closed"], "ramping", "returning");
});

test("a countdown goes on while nothing new comes, and ends with a true word", () => {
  const check = (of: Partial<Target>, since: number, expected: string | null) =>
    expect(nextTry(target("a/x", of), since)).toBe(expected);
  check({}, 0, null);
  check({ tried_again_in_s: 24 }, 0, "next try in 24 s");
  check({ tried_again_in_s: 24 }, 4000, "next try in 20 s");
  check({ tried_again_in_s: 24 }, 23_990, "next try in 1 s");
  check({ tried_again_in_s: 24 }, 24_000, "next try with the next request");
  check({ tried_again_in_s: 24, is_off: true }, 0, null);
});
