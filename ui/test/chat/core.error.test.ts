import { expect, test } from "vitest";
import { type Around, errorView } from "../../src/chat/error";
import { workingLine } from "../../src/chat/working";
import type { ChatError, ChatEvent } from "../../src/shared/api";
import { BACKUP, LEAD, THIRD, answer, asked, asking, byBackup, error, failed, handed, served, step, story, text } from "./core.sample";

const around: Around = { canGoOn: false, isLonger: false, length: 100, agoMs: 0 };

function told(over: Partial<ChatError>, { events = [asked] as ChatEvent[], asks = "default", ...rest }: Partial<Around> & { events?: ChatEvent[]; asks?: string } = {}) {
  const failure = answer([...events, error(over)], { asked: asks });
  if (!failure.error) throw new Error("no error");
  const view = errorView(failure.error, failure, { ...around, ...rest });
  return [view.title, view.text, view.buttons.map(([label]) => label).join(" · ")];
}

test("every error names who is at fault, what is kept, and what can be done", () => {
  const steps = [step(LEAD, "overloaded"), step(BACKUP, "rate_limited", { again_in_ms: 20_000 }), step(THIRD, "dns")];
  const tried = { kind: "all_failed", story: story({ served: null, steps }) } as const;
  expect(told(tried)).toEqual([
    "No model could answer.",
    "Tried 3: sonnet overloaded, mini rate-limited (free in 20 s), small not reachable. Your message is kept.",
    "Try again · Choose a model",
  ]);
  // Later, the time is over and is not said any more.
  expect(told(tried, { agoMs: 60_000 })[1]).not.toContain("free in");
  const resting = steps.slice(0, 1).map((one) => ({ ...one, code: "resting", asked: false, again_in_ms: 24_000 }));
  expect(told({ kind: "all_failed", story: story({ served: null, steps: resting }) })[1]).toBe(
    "Nobody could be asked: sonnet resting (free in 24 s). Your message is kept.",
  );
  expect(told({ kind: "all_failed" }, { events: [asked, failed(LEAD, "overloaded")] })[1]).toBe(
    "Tried 1: sonnet overloaded. Your message is kept.",
  );
  expect(told({ kind: "all_failed" })[1]).toBe("Nobody could be asked. Your message is kept.");
  expect(told({ kind: "cut_off", story: byBackup() }, { canGoOn: true })).toEqual([
    "The answer was cut off.",
    "mini stopped sending and no other model went on. The text above is kept.",
    "Continue the answer · Start over · Choose a model",
  ]);
  expect(told({ kind: "cut_off", story: byBackup() })[2]).toBe("Start over · Choose a model");
  expect(told({ kind: "pinned_down", story: story({ served: null, steps: steps.slice(0, 1) }) }, { asks: LEAD })).toEqual([
    "sonnet is not available.",
    "It is overloaded. You asked for only this model.",
    "Try sonnet again · Use best available",
  ]);
  expect(told({ kind: "too_long" }, { asks: LEAD, isLonger: true, length: 60_000 })).toEqual([
    "This conversation is too long for sonnet.",
    "It holds about 20 pages. Your message is kept.",
    "Start a new chat with this message · Choose a model",
  ]);
  expect(told({ kind: "too_long" }, { asks: LEAD })[2]).toBe("Edit message · Choose a model");
  expect(told({ kind: "refused", story: byBackup() })[0]).toBe("mini declined to answer.");
  expect(told({ kind: "bad_request", message: "It does not accept images" }, { asks: LEAD })).toEqual([
    "sonnet could not use this message.",
    "It does not accept images. Your message is kept.",
    "Edit message · Choose a model",
  ]);
  expect(told({ kind: "no_such_model" }, { asks: LEAD })).toEqual([
    "sonnet is no longer offered here.",
    "Choose another model; your message is kept.",
    "Choose a model · Use best available",
  ]);
  expect(told({ kind: "config" })[2]).toBe("Copy report · Try again");
  expect(told({ kind: "lost" }, { canGoOn: true })).toEqual([
    "The connection to this answer was lost.",
    "The gateway no longer has it. The text above is kept.",
    "Continue the answer · Try again",
  ]);
  expect(told({ kind: "lost" })[1]).toBe("The gateway no longer has it. Your message is kept.");
});

test("while a reader waits, a line says who is asked, and it never stands still", () => {
  const cases: [ChatEvent[], number, string | null][] = [
    [[], 0, "Sending…"],
    [[asked], 0, "Looking for a model…"],
    [[asked, asking(LEAD)], 0, "Asking sonnet…"],
    [[asked, asking(LEAD)], 4, "Asking sonnet…"],
    [[asked, asking(LEAD)], 5, "Asking sonnet… 5 s"],
    [[asked, asking(LEAD), failed(LEAD, "overloaded"), asking(BACKUP)], 1, "sonnet is overloaded. Asking mini…"],
    [[asked, asking(LEAD), failed(LEAD, "overloaded"), asking(BACKUP)], 7, "sonnet is overloaded. Asking mini… 7 s"],
    [[asked, asking(LEAD), failed(LEAD, "overloaded"), asking(LEAD)], 0, "sonnet is overloaded. Asking it again…"],
    [[asked, failed(LEAD, "resting")], 0, "sonnet is resting. Looking for another model…"],
    [[asked, asking(LEAD), served(), text("a")], 1, null],
    [[asked, asking(LEAD), served(), text("a")], 6, "sonnet has written nothing for 6 s…"],
    [[asked, asking(LEAD), served(), text("a"), failed(LEAD, "stalled"), asking(BACKUP)], 0, "sonnet stopped. Asking mini to go on…"],
    [[asked, asking(LEAD), served(), text("a"), asking(BACKUP), handed(), text("b")], 0, null],
  ];
  for (const [events, seconds, line] of cases) expect(workingLine(answer(events), seconds)).toBe(line);
});
