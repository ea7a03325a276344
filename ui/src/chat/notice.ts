/**
 * The one notice above an answer: who answered in whose place, and why. Nothing when the lead answered.
 *
 * It tells what happened before the first word; a change of the writer in mid-answer is told by the seam there.
 */
import { type Step, type Story, modelName, parts } from "../shared/api";
import { clock, duration } from "../shared/time";
import { words } from "../words";
import { type Answer, type Conversation, chainOf } from "./model";

export interface Notice {
  /** `rest`: said once per conversation. `own`: told even where a reader wants no word of backups. */
  kind: "backup" | "rest" | "own";
  title: string | null;
  text: string;
  /** The model that was chosen and did not answer. */
  chosen: string | null;
}

/** Another provider of the same model is worth a notice only when it took this long, in milliseconds. */
const WORTH_TELLING_MS = 2000;
/** Less is not felt. */
const FELT_MS = 100;

export function noticeOf(answer: Answer, told: boolean, showBackup: boolean): Notice | null {
  const notice = answer.story && fromStory(answer.story, answer.asked);
  if (!notice || (!showBackup && notice.kind !== "own") || (told && notice.kind === "rest")) return null;
  return notice;
}

/** Keys of answers whose notice was told before, in an answer above. */
export function alreadyTold(conversation: Conversation): Set<string> {
  const told = new Set<string>();
  const leads = new Set<string | null>();
  for (const turn of conversation.turns) {
    for (const answer of chainOf(turn)) {
      const story = answer.story;
      if (!story || kindOf(story, answer.asked) !== "rest") continue;
      if (leads.has(story.lead)) told.add(answer.key);
      leads.add(story.lead);
    }
  }
  return told;
}

const kinds = new WeakMap<Story, Notice["kind"] | null>();

/** Looked up for all answers each time that one of them changes. */
function kindOf(story: Story, asked: string): Notice["kind"] | null {
  const known = kinds.get(story);
  if (known !== undefined) return known;
  const kind = fromStory(story, asked)?.kind ?? null;
  kinds.set(story, kind);
  return kind;
}

/** Who began the answer that the reader sees. */
export function beganBy(story: Story): string | null {
  const seen = story.hand_overs.filter((handed) => handed.how !== "restart");
  return seen[0]?.from ?? story.served;
}

function fromStory(story: Story, asked: string): Notice | null {
  const served = beganBy(story);
  if (!served) return null;
  const ids = [...new Set([served, asked, ...story.steps.map((step) => step.target)])];
  const name = (target: string) => modelName(target, ids);
  const own = (text: string): Notice => ({ kind: "own", title: null, text, chosen: null });
  if (story.cached_age_s !== null) {
    const age = duration(story.cached_age_s * 1000);
    return own(story.steps.length > 0 ? words.notice.cached(age) : words.notice.kept(age));
  }
  // What failed later, in mid-answer, is the seam's to tell.
  const beganMs = beganAt(story);
  const failed = lastSteps(story.steps.filter((step) => step.at_ms <= beganMs), served);
  const chosen = failed.find((step) => step.target === asked);
  if (chosen) {
    const text = words.notice.chosen(name(asked), words.reason(chosen.code), name(served));
    return { kind: "own", title: null, text, chosen: asked };
  }
  // All members of the first place are the lead.
  if (served === story.lead || asked === served || story.place === 1) return null;
  if (story.canary) return { kind: "backup", title: null, text: words.notice.canary(name(served)), chosen: null };
  const [first] = failed;
  if (!first) {
    // One that has no key was left out when the gateway started, and is in no story.
    const hasNoLead = story.lead === null && (story.place ?? 1) > 1;
    return hasNoLead ? { kind: "rest", title: null, text: words.notice.noLead(name(served)), chosen: null } : null;
  }
  if (parts(first.target).model === parts(served).model && failed.length === 1) {
    if (!first.asked || beganMs < WORTH_TELLING_MS) return null;
    const why = words.notice.otherProvider(parts(first.target).provider, words.reason(first.code), parts(served).provider);
    return { kind: "backup", title: words.notice.otherProviderTitle, text: withTime(why, beganMs), chosen: null };
  }
  if (failed.every((step) => !step.asked) && (first.code === "resting" || first.code === "off")) {
    const text = first.code === "off" ? words.notice.off(name(first.target), name(served)) : resting(story, first, name);
    return { kind: "rest", title: null, text, chosen: null };
  }
  const why = failed.map((step) => words.notice.was(name(step.target), words.reason(step.code)));
  const text = words.notice.wasSo(listed(why, words.notice.and), name(served));
  return { kind: "backup", title: words.notice.title, text: withTime(text, beganMs), chosen: null };
}

/** When the one that began the answer was asked, in milliseconds since the request came. */
function beganAt(story: Story): number {
  const again = story.hand_overs.findLast((handed) => handed.how === "restart");
  return again ? again.at_ms : (story.started_ms ?? 0);
}

/** Why each target did not begin the answer: its last word on it. */
function lastSteps(steps: Step[], served: string): Step[] {
  const last = new Map<string, Step>();
  for (const step of steps) if (step.target !== served) last.set(step.target, step);
  return [...last.values()];
}

function resting(story: Story, step: Step, name: (target: string) => string): string {
  const until = step.again_in_ms === null ? null : clock(story.began_at_ms + step.at_ms + step.again_in_ms);
  return words.notice.resting(name(step.target), until, name(story.served ?? ""));
}

function withTime(text: string, ms: number): string {
  return ms < FELT_MS ? text : `${text} ${words.notice.added(duration(ms))}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(all: string[], and: string): string {
  return all.length < 2 ? all.join("") : all.slice(0, -1).join(", ") + and + all.at(-1);
}
