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
  /** When it was asked, on this machine's clock. */
  at: number;
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

/** All that was written of an answer. */
export function textOf(answer: Answer): string {
  return answer.parts.map((part) => part.text).join("");
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
  }
}

function lengthened(parts: Part[], text: string): Part[] {
  const last = parts.at(-1);
  if (!last) return [{ text }];
  return [...parts.slice(0, -1), { ...last, text: last.text + text }];
}
