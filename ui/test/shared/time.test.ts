import { expect, test } from "vitest";
import { clock, duration, moment, money, percent, ticking } from "../../src/shared/time";

test("times are as exact as it matters", () => {
  const check = (ms: number, expected: string) => expect(duration(ms)).toBe(expected);
  check(0, "0 ms");
  check(42.4, "42 ms");
  check(100, "0.1 s");
  check(9940, "9.9 s");
  check(9960, "10 s");
  check(99_400, "99 s");
  check(100_000, "2 min");
  check(3_600_000, "60 min");
  check(7_200_000, "2 h");
  check(259_200_000, "3 days");
});

test("what counts each second does so in whole seconds", () => {
  const check = (ms: number, expected: string) => expect(ticking(ms)).toBe(expected);
  check(0, "1 s");
  check(-50, "1 s");
  check(1400, "1 s");
  check(23_600, "24 s");
  check(180_000, "3 min");
});

test("a time of yesterday is not taken for one of today", () => {
  const noon = new Date(2026, 10, 23, 12, 0).getTime();
  expect(moment(noon, noon)).toBe(clock(noon));
  expect(moment(noon, noon)).toBe("12:00");
  expect(moment(noon - 86_400_000, noon)).toMatch(/22.*, 12:00$/);
});

test("money is never rounded to nothing", () => {
  const check = (amount: number, expected: string) => expect(money(amount, "USD")).toBe(expected);
  check(0, "$0.00");
  check(0.15, "$0.15");
  check(0.6, "$0.60");
  check(0.125, "$0.125");
  check(0.0004, "$0.0004");
  check(0.00012, "$0.00012");
  check(1.5, "$1.50");
  check(10, "$10.00");
  check(1234.5, "$1234.50");
  expect(money(1, "EUR")).toBe("EUR 1.00");
});

test("a hundred percent means all", () => {
  const check = (share: number, expected: string) => expect(percent(share)).toBe(expected);
  check(1, "100 %");
  check(0.99999, "99.9 %");
  check(0.998, "99.8 %");
  check(0.62, "62 %");
  check(0.57, "57 %");
  check(0, "0 %");
});

test("midnight is 00:00", () => {
  expect(clock(new Date(2026, 10, 23, 0, 5).getTime())).toBe("00:05");
  expect(clock(new Date(2026, 10, 23, 14, 5, 9).getTime(), true)).toBe("14:05:09");
});
