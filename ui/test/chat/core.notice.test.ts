import { expect, test } from "vitest";
import { alreadyTold, noticeOf } from "../../src/chat/notice";
import type { Story } from "../../src/shared/api";
import { clock } from "../../src/shared/time";
import { BACKUP, LEAD, THIRD, answer, asked, byBackup, conversation, done, handOver, served, step, story, text } from "./core.sample";

const answered = (of: Story, asks = "default") => answer([asked, served(of), text("x"), done(of)], { asked: asks });

function notice(of: Story, { asks = "default", told = false, showBackup = true } = {}): string | null {
  const found = noticeOf(answered(of, asks), told, showBackup);
  return found && [found.title, found.text].filter(Boolean).join(" ");
}

const overloaded = step(LEAD, "overloaded");
const rests = step(LEAD, "resting", { asked: false, again_in_ms: 9 * 60_000, took_ms: 0 });

test("every way of being answered by somebody else has its one notice", () => {
  const two = byBackup({ served: THIRD, place: 3, steps: [overloaded, step(BACKUP, "rate_limited")] });
  const cases: [string, Story, string | null][] = [
    ["the lead answered", story(), null],
    ["the lead answered at its second try", story({ steps: [overloaded] }), null],
    ["before the first word", byBackup({ steps: [overloaded] }), "Answered by a backup. sonnet was overloaded, so mini answered. Added 3.1 s."],
    ["tried twice", byBackup({ steps: [overloaded, step(LEAD, "timeout")] }), "Answered by a backup. sonnet was too slow, so mini answered. Added 3.1 s."],
    ["at once", byBackup({ steps: [overloaded], started_ms: 12 }), "Answered by a backup. sonnet was overloaded, so mini answered."],
    ["two steps", two, "Answered by a backup. sonnet was overloaded and mini was rate-limited, so small answered. Added 3.1 s."],
    [
      "the same model elsewhere, after long",
      byBackup({ served: "azure/sonnet", steps: [overloaded] }),
      "Answered from another provider. anthropic was overloaded; azure runs the same model. Added 3.1 s.",
    ],
    ["the same model elsewhere, soon", byBackup({ served: "azure/sonnet", steps: [overloaded], started_ms: 1999 }), null],
    ["the same model elsewhere, known", byBackup({ served: "azure/sonnet", steps: [rests], started_ms: 2 }), null],
    [
      "the lead is known to rest",
      byBackup({ steps: [rests], started_ms: 2 }),
      `sonnet is resting until about ${clock(byBackup().began_at_ms + 1 + 9 * 60_000)}, so mini answered.`,
    ],
    ["nobody knows until when", byBackup({ steps: [{ ...rests, again_in_ms: null }] }), "sonnet is resting, so mini answered."],
    ["put to rest", byBackup({ steps: [{ ...rests, code: "off" }] }), "sonnet was put to rest by its operator, so mini answered."],
    [
      "one rests, the next one failed",
      byBackup({ served: THIRD, steps: [rests, step(BACKUP, "overloaded")] }),
      "Answered by a backup. sonnet was resting and mini was overloaded, so small answered. Added 3.1 s.",
    ],
    ["a routine check", byBackup({ canary: true }), "A routine check: mini was asked although the lead is well."],
    ["kept, as nobody could answer", byBackup({ cached_age_s: 120, steps: [overloaded] }), "An answer kept from 2 min ago: nobody could answer now."],
    ["kept", story({ cached_age_s: 120 }), "An answer kept from 2 min ago."],
    ["handed over in mid-answer", byBackup({ steps: [step(LEAD, "stalled", { broke_off: true })], started_ms: 3, hand_overs: [handOver()] }), null],
    [
      "begun again before a word was seen",
      byBackup({ steps: [step(LEAD, "stalled", { broke_off: true })], started_ms: 3, hand_overs: [handOver({ how: "restart" })] }),
      "Answered by a backup. sonnet was too slow, so mini answered. Added 2.0 s.",
    ],
    [
      "the backup broke off later, another failed then",
      byBackup({ served: THIRD, steps: [overloaded, step("x/y", "dns", { at_ms: 9000 })], hand_overs: [handOver({ from: BACKUP, to: THIRD })] }),
      "Answered by a backup. sonnet was overloaded, so mini answered. Added 3.1 s.",
    ],
    ["nobody answered", story({ served: null, steps: [overloaded] }), null],
  ];
  for (const [name, of, is] of cases) expect(notice(of), name).toBe(is);
});

test("a chosen model that did not answer is named, and can be insisted on", () => {
  const of = byBackup({ lead: BACKUP, steps: [overloaded] });
  expect(notice(of, { asks: LEAD })).toBe("You chose sonnet. It was overloaded, so mini answered.");
  expect(noticeOf(answered(of, LEAD), false, true)?.chosen).toBe(LEAD);
  expect(notice(byBackup({ lead: LEAD }), { asks: BACKUP })).toBeNull();
});

test("a reader who wants no word of backups still hears of a choice that was not kept", () => {
  const hidden = { showBackup: false };
  expect(notice(byBackup({ steps: [overloaded] }), hidden)).toBeNull();
  expect(notice(byBackup({ steps: [rests] }), hidden)).toBeNull();
  expect(notice(byBackup({ steps: [overloaded] }), { ...hidden, asks: LEAD })).not.toBeNull();
  expect(notice(story({ cached_age_s: 9 }), hidden)).not.toBeNull();
});

test("that the lead rests is said once per conversation", () => {
  const resting = byBackup({ steps: [rests] });
  const other = byBackup({ lead: THIRD, steps: [{ ...rests, target: THIRD }] });
  const of = conversation(["a", answered(story())], ["b", answered(resting)], ["c", answered({ ...resting })], ["d", answered(other)]);
  expect([...alreadyTold(of)]).toEqual(["key-2-0"]);
  expect(notice(resting, { told: true })).toBeNull();
  expect(notice(byBackup({ steps: [overloaded] }), { told: true })).not.toBeNull();
});

test("two models of one name are told apart by their provider", () => {
  const of = byBackup({ served: "azure/sonnet", steps: [overloaded, step(BACKUP, "dns")] });
  expect(notice(of)).toContain("anthropic/sonnet was overloaded and mini was not reachable, so azure/sonnet answered.");
});
