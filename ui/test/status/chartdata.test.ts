import { expect, test } from "vitest";
import type { AnswersBySignal } from "../../src/shared/api";
import { clock } from "../../src/shared/time";
import { MOST_LINES, answersChart, costChart, firstWordChart, minutes } from "../../src/status/chartdata";
import { stack } from "../../src/status/plot";
import { history, past } from "./made";

const none: AnswersBySignal = { "4": 0, "3": 0, "2": 0, "1": 0, unrated: 0, failed: 0 };

test("the newest minute is the last, and each minute stands at its time", () => {
  expect(minutes(history({ answers: [none, none, none] }))).toEqual([0, 60_000, 120_000].map((at) => clock(at)));
  expect(minutes(history({ cost: [null] }))).toEqual([clock(120_000)]);
  expect(minutes(history())).toEqual([]);
});

test("an hour with failures does not look like one without", () => {
  const of = history({ answers: [none, { ...none, "4": 5, "2": 2, failed: 1 }, { ...none, "2": 3 }] });
  const chart = answersChart(of);
  expect(chart.series.map((one) => [one.name, one.outlined])).toEqual([
    ["Full", undefined],
    ["Reduced", undefined],
    ["Failed", true],
  ]);
  expect(chart.summary).toBe("5 Full, 5 Reduced, 1 Failed in the last hour");
  expect(stack(chart.series)).toEqual([
    [0, 5, 0],
    [0, 7, 3],
    [0, 8, 3],
  ]);
});

test("nothing is drawn of nothing, and what to do about missing prices is said", () => {
  const check = (chart: ReturnType<typeof costChart>, has: boolean, empty: RegExp) => {
    expect(chart.series.length > 0).toBe(has);
    expect(chart.empty).toMatch(empty);
  };
  check(answersChart(history()), false, /Nothing in the last hour/);
  check(answersChart(history({ answers: [none, none] })), false, /Nothing in the last hour/);
  check(firstWordChart(history({ targets: { "a/x": past({ first_token_p95: [null, null] }) } })), false, /Nothing/);
  check(costChart(history({ cost: [null, null] }), false), false, /No target has a price/);
  check(costChart(history({ cost: [null, 0] }), true), false, /Nothing in the last hour/);
  check(costChart(history({ cost: [null, 0.001] }), true), true, /Nothing/);
  check(costChart(history({ cost: [0, 0], answers: [none, { ...none, "4": 1 }] }), true), true, /Nothing/);
});

test("the picture of first words says in a sentence what it shows", () => {
  const targets = {
    "a/x": past({ first_token_p95: [500, 2900, 700] }),
    "b/y": past({ first_token_p95: [null, 400, null] }),
    "c/z": past({ first_token_p95: [null, null, null] }),
  };
  const chart = firstWordChart(history({ targets, answers: [none, none, none] }));
  expect(chart.series.map((one) => one.values)).toEqual([
    [0.5, 2.9, 0.7],
    [null, 0.4, null],
  ]);
  const at = clock(60_000);
  expect(chart.summary).toBe(`x 0.7 s last, 2.9 s at most (${at}); y 0.4 s last, 0.4 s at most (${at})`);
});

test("lines can be told apart without colours, and those left out are counted", () => {
  const ids = Array.from({ length: 9 }, (_, n) => `p/m${n}`);
  const targets = Object.fromEntries(ids.map((id, n) => [id, past({ first_token_p95: ids.map((_, at) => (at < n ? 1 : null)) })]));
  const chart = firstWordChart(history({ targets }));
  expect(chart.series.length).toBe(MOST_LINES);
  // Who has the most to show is shown.
  expect(chart.series[0]?.name).toBe("m8");
  expect(new Set(chart.series.map((one) => one.dash)).size).toBe(MOST_LINES);
  expect(chart.unit).toBe("seconds, and 2 more");
});

test("small money is not shown as none", () => {
  const chart = costChart(history({ cost: [0.00012, 0.0031, null] }), true);
  expect(chart.summary).toBe(`$0.00322 in the last hour, $0.0031 a minute at most (${clock(60_000)})`);
});

test("a cost that nobody told is not shown as nothing", () => {
  const answers = [none, { ...none, "4": 1 }];
  expect(costChart(history({ cost: [null, null], answers }), true).note).toMatch(/not known/);
  expect(costChart(history({ cost: [0, 0.1], answers }), true).note).toBeUndefined();
});
