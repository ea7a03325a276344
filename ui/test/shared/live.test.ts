import { expect, test } from "vitest";
import { Elapsed, SILENT_AFTER_MS, ageMs, isSilent, isStale, now, serverNow, status, updatedAt } from "../../src/shared/live";
import { status as made } from "../status/made";

test("time that passed is counted by the clock that did not stand still", () => {
  const check = (steps: [number, number][], expected: number) => {
    const elapsed = new Elapsed(0, 1_000_000);
    const last = steps.map(([monotonic, wall]) => elapsed.at(monotonic, 1_000_000 + wall)).at(-1);
    expect(last).toBe(expected);
  };
  check([[1000, 1000]], 1000);
  // The machine slept: the monotonic clock stood still.
  check([[1000, 1000], [2000, 602_000]], 602_000);
  // Somebody set the wall clock back an hour.
  check([[1000, 1000], [2000, -3_600_000], [3000, -3_599_000]], 3000);
  check([[0, 0]], 0);
});

test("numbers of a gateway whose clock is hours off are as old as they are, and no older", () => {
  const check = (serverAt: number, got: number, read: number, age: number, stale: boolean) => {
    status.value = { ...made("lead", []), at_ms: serverAt };
    updatedAt.value = got;
    now.value = read;
    expect([ageMs.value, isStale.value, serverNow.value]).toEqual([age, stale, serverAt + age]);
  };
  for (const skew of [-5 * 3600_000, 0, 5 * 3600_000]) {
    const server = Date.now() + skew;
    check(server, 1000, 1000, 0, false);
    check(server, 1000, 6000, 5000, false);
    check(server, 1000, 6001, 5001, true);
    // A clock that was read before the data came does not make it younger than now.
    check(server, 1000, 900, 0, false);
  }
});

test("a connection that says nothing is given up, and a new one has its time", () => {
  const check = (nowMs: number, opened: number, updated: number | null, expected: boolean) =>
    expect(isSilent(nowMs, opened, updated)).toBe(expected);
  check(SILENT_AFTER_MS, 0, null, false);
  check(SILENT_AFTER_MS + 1, 0, null, true);
  check(100_000, 0, 99_000, false);
  check(100_000, 0, 90_000, true);
  check(100_000, 99_000, 10_000, false);
});
