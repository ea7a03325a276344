/**
 * What a conversation is: questions, each with the answers that were given to it.
 *
 * An answer is made from the gateway's events by `apply`, a pure function: what came is never taken away again, and
 * nothing changes an answer that has ended (a late error does not make a good answer a bad one).
 */
import type { ChatError, ChatEvent, HandOver, Story } from "../shared/api";

/** A piece of an answer, all of it by one model. */
export interface Part {
  text: string;
  /** How this piece came to follow the one before it; absent on the first. */
  seam?: HandOver;
}

export type Phase =
  /** The message has not left this page yet. */
  | "sending"
  /** Somebody is being asked. */
  | "asking"
  /** Words are coming. */
  | "answering"
  | "done"
  | "stopped"
  | "error";

/** One answer, whole or not. */
export interface Answer {
  /** What the gateway knows it by; made by this page. */
  key: string;
  /** What was asked for: a route or `provider/model`. */
  asked: string;
  only: boolean;
  phase: Phase;
  /** The number of the last event that was applied; -1 before the first. Where reading goes on after a reload. */
  seen: number;
  requestId: string | null;
  /** When it was asked, and when its end was read, on this machine's clock. */
  at: number;
  endedAt?: number;
  /** Who is being asked now. */
  asking: string | null;
  /** Who was asked and did not answer, in order, as far as it is known. */
  failed: { target: string; code: string; words: string }[];
  parts: Part[];
  thinking: string;
  /** The gateway's record: so far, and whole at the end. */
  story: Story | null;
  finish: string | null;
  error: ChatError | null;
  /** This answer continues the one before it in the list (after a break, at the reader's wish). */
  continues: boolean;
}

/** A question and its answers; the one that is shown is the one at `shown`. */
export interface Turn {
  id: string;
  question: string;
  answers: Answer[];
  shown: number;
}

export interface Conversation {
  id: string;
  title: string | null;
  /** When it was last changed, on this machine's clock. */
  at: number;
  turns: Turn[];
  /** The model that is picked in it: `null` for Auto, else a route or `provider/model`. */
  model: string | null;
  only: boolean;
}

export function newAnswer(key: string, asked: string, only: boolean, at: number): Answer {
  return {
    key,
    asked,
    only,
    phase: "sending",
    seen: -1,
    requestId: null,
    at,
    asking: null,
    failed: [],
    parts: [],
    thinking: "",
    story: null,
    finish: null,
    error: null,
    continues: false,
  };
}

export function isOver(answer: Answer): boolean {
  return answer.phase === "done" || answer.phase === "stopped" || answer.phase === "error";
}

/** All that was written of an answer; where somebody started again, what that one wrote. */
export function textOf(answer: Answer): string {
  const again = answer.parts.findLastIndex((part) => part.seam?.how === "restart");
  return answer.parts
    .slice(Math.max(again, 0))
    .map((part) => part.text)
    .join("");
}

/** The answer after one more event, number `id`. Events that were applied before, and any behind the end, change nothing. */
export function apply(answer: Answer, id: number, happened: ChatEvent): Answer {
  if (id <= answer.seen || isOver(answer)) return answer;
  const next: Answer = { ...answer, seen: id };
  switch (happened.event) {
    case "asked":
      return { ...next, phase: "asking", requestId: happened.data.request_id };
    case "asking":
      return { ...next, asking: happened.data.target };
    case "failed":
      return { ...next, failed: [...answer.failed, happened.data] };
    case "served":
      return { ...next, phase: "answering", story: happened.data };
    case "text":
      return { ...next, phase: "answering", parts: lengthened(answer.parts, happened.data.text) };
    case "thinking":
      return { ...next, phase: "answering", thinking: answer.thinking + happened.data.text };
    case "hand_over":
      return { ...next, parts: [...answer.parts, { text: "", seam: happened.data }] };
    case "done":
      return { ...next, phase: "done", finish: happened.data.finish_reason, story: happened.data.story };
    case "stopped":
      return { ...next, phase: "stopped", story: happened.data.story ?? answer.story };
    case "error":
      return { ...next, phase: "error", error: happened.data, story: happened.data.story ?? answer.story };
    default:
      // An event of a newer gateway: nothing is known of it, and nothing is lost by that.
      return next;
  }
}

function lengthened(parts: Part[], text: string): Part[] {
  const last = parts.at(-1);
  if (!last) return [{ text }];
  return [...parts.slice(0, -1), { ...last, text: last.text + text }];
}

/** The answer at `at` with all that it continues, in order: what a reader takes for one answer. */
export function chainOf(turn: Turn, at = turn.shown): Answer[] {
  let from = at;
  while (from > 0 && turn.answers[from]?.continues) from--;
  return turn.answers.slice(from, at + 1);
}

/** The places of the answers beside each other: of each chain its last one. */
export function versionsOf(turn: Turn): number[] {
  const places = turn.answers.map((_, place) => place);
  return places.filter((place) => !turn.answers[place + 1]?.continues);
}

/** Words that a continuation was asked to begin with, so that the place where it joins is certain. */
const ANCHOR_WORDS = 6;

/** The last words of a text that broke off, as they stand. */
export function anchorOf(text: string): string {
  return text.trimEnd().match(new RegExp(`(?:\\S+\\s+){0,${ANCHOR_WORDS - 1}}\\S+$`))?.[0] ?? "";
}

/** So far back a continuation may begin to repeat; and fewer characters are taken for chance. */
const MOST_REPEATED = 500;
const LEAST_REPEATED = 12;

/** What a continuation adds to `before`: its text without the words that it repeats. While it may still repeat them, nothing. */
export function added(before: string, after: string, over: boolean): string {
  const tail = before.trimEnd().slice(-MOST_REPEATED);
  const begun = after.trimStart();
  if (!over && tail.includes(begun)) return "";
  const least = Math.min(LEAST_REPEATED, anchorOf(tail).length) || Infinity;
  for (let length = Math.min(tail.length, begun.length); length >= least; length--) {
    if (tail.endsWith(begun.slice(0, length))) return begun.slice(length);
  }
  return after;
}

/** The text of a chain, joined. */
export function chainText(chain: Answer[]): string {
  return chain.reduce((text, answer) => text + (text ? added(text, textOf(answer), isOver(answer)) : textOf(answer)), "");
}

export interface Message {
  role: "user" | "assistant";
  content: string;
}

/** The message itself was at fault: it is not sent along with the next one, which would fail for it too. */
const AT_FAULT = ["bad_request", "too_long", "refused"];

/** What the gateway is told before the answer to turn `at`; with `chain`, what is to be continued. */
export function messagesFor(conversation: Conversation, at: number, chain: Answer[] = []): Message[] {
  const messages: Message[] = [];
  const say = (role: Message["role"], content: string) => {
    const last = messages.at(-1);
    // A question that got no answer and the next one are one message: some models want the roles to take turns.
    if (last?.role === role) last.content += `\n\n${content}`;
    else messages.push({ role, content });
  };
  for (const turn of conversation.turns.slice(0, at)) {
    const shown = chainOf(turn);
    const text = chainText(shown);
    if (!text.trim() && AT_FAULT.includes(shown.at(-1)?.error?.kind ?? "")) continue;
    say("user", turn.question);
    if (text.trim()) say("assistant", text);
  }
  say("user", conversation.turns[at]?.question ?? "");
  const begun = chainText(chain);
  if (begun.trim()) {
    // As the assistant's own beginning alone (a prefill), many models would refuse it. Asked for, all can.
    say("assistant", begun);
    say("user", goOnWith(anchorOf(begun)));
  }
  return messages;
}

function goOnWith(anchor: string): string {
  return (
    `Your last message was cut off. It ended with these words:\n\n${anchor}\n\nGo on from exactly that place. ` +
    "Begin by repeating those words just as they stand, then write on in the same language, style and format until " +
    "the answer is complete. Do not greet, explain, or mention the interruption."
  );
}

/** Who wrote the last words, as far as it is known. */
export function writerOf(answer: Answer): string | null {
  return answer.parts.at(-1)?.seam?.to ?? answer.story?.served ?? null;
}

/** The turn with this id, changed; the others stay the same objects. */
export function withTurn(conversation: Conversation, id: string, change: (turn: Turn) => Turn): Conversation {
  return { ...conversation, turns: conversation.turns.map((turn) => (turn.id === id ? change(turn) : turn)) };
}

/** The conversation with this answer in place of the one with its key, unless that one is further on. */
export function withAnswer(conversation: Conversation, answer: Answer): Conversation {
  const isOlder = (other: Answer) => other.key === answer.key && !isOver(other) && other.seen <= answer.seen;
  const turn = conversation.turns.findLast((turn) => turn.answers.some(isOlder));
  if (!turn) return conversation;
  const answers = turn.answers.map((other) => (isOlder(other) ? answer : other));
  return withTurn(conversation, turn.id, (turn) => ({ ...turn, answers }));
}

/** The turn with one more answer, which is shown. */
export function withNewAnswer(turn: Turn, answer: Answer): Turn {
  return { ...turn, answers: [...turn.answers, answer], shown: turn.answers.length };
}

/** Whether what is shown can be continued: a continuation belongs to the answer before it, which is the newest. */
export function canGoOn(turn: Turn): boolean {
  return turn.shown === turn.answers.length - 1 && chainText(chainOf(turn)).trim() !== "";
}

/** The answer that is under way, if one is. */
export function underWay(conversation: Conversation): Answer | null {
  for (const turn of conversation.turns.toReversed()) {
    const found = turn.answers.find((answer) => !isOver(answer));
    if (found) return found;
  }
  return null;
}

export function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
