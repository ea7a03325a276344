import { expect, test } from "vitest";
import { columns, dots, line, steps } from "../../src/status/plot";

test("the axis names three or four round values, and the highest is not above it", () => {
  const check = (most: number, least: number, said: number[]) => {
    expect(steps(most, least)).toEqual(said);
    expect(said.at(-1)).toBeGreaterThanOrEqual(most);
  };
  check(0, 1, [0, 1, 2]);
  check(1, 1, [0, 1, 2]);
  check(3, 1, [0, 1, 2, 3]);
  check(4, 1, [0, 2, 4]);
  check(7, 1, [0, 5, 10]);
  check(1234, 1, [0, 500, 1000, 1500]);
  check(0.3, 0.1, [0, 0.1, 0.2, 0.3]);
  check(2.9, 0.1, [0, 1, 2, 3]);
  check(0.00012, 0.00001, [0, 0.00005, 0.0001, 0.00015]);
  for (let most = 0.07; most < 1e6; most *= 1.07) {
    const said = steps(most, 0.1);
    expect([3, 4]).toContain(said.length);
    expect(said.at(-1)).toBeGreaterThanOrEqual(most * 0.999);
  }
});

test("a line breaks where nothing is known, and a value alone is a dot", () => {
  const check = (values: (number | null)[], lines: string, alone: string) => {
    expect(line(values, 1)).toBe(lines);
    expect(dots(values, 1)).toBe(alone);
  };
  check([], "", "");
  check([null, 0.5, 1], "M1.5 50L2.5 0", "");
  check([null, 0.5, null], "M1.5 50", "M1.5 50h0");
  check([0, null, 1, 1, null, 1], "M0.5 100M2.5 0L3.5 0M5.5 0", "M0.5 100h0M5.5 0h0");
});

test("columns stand on those below them, and none is drawn of nothing", () => {
  expect(columns([1, 0, 2], undefined, 2)).toBe("M0.1 100V50h.8V100zM2.1 100V0h.8V100z");
  expect(columns([2, 1], [1, 1], 2)).toBe("M0.1 50V0h.8V50z");
});
