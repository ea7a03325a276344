/**
 * What is read from the browser's storage is judged: a page must not break on what an older, newer or half-written one
 * left behind.
 */
import { words } from "../words";
import { type Answer, type Conversation, type Turn, newAnswer } from "./model";

/** The shape of what is kept; what another version wrote is put aside. */
export const VERSION = 1;

/** A conversation in the list. */
export interface Entry {
  id: string;
  title: string | null;
  at: number;
}

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const isListOf = (value: unknown, one: (item: Loose) => boolean): value is Loose[] =>
  Array.isArray(value) && value.every((item) => isObject(item) && one(item));

export function asIndex(value: unknown): Entry[] | null {
  if (!isObject(value) || value["v"] !== VERSION) return null;
  const isEntry = ({ id, title, at }: Loose) =>
    typeof id === "string" && typeof at === "number" && (title === null || typeof title === "string");
  return isListOf(value["list"], isEntry) ? (value["list"] as unknown as Entry[]) : null;
}

/** A conversation, and which of its turns and answers were taken back: another tab may have them still. */
export interface Kept {
  conversation: Conversation;
  gone: string[];
}

/** Whether two are the same, whatever the order of their fields. */
export function isSame(one: Conversation, other: Conversation): boolean {
  const text = (conversation: Conversation) => JSON.stringify(whole({ v: VERSION, conversation }));
  return text(one) === text(other);
}

/** What was kept; `null` when the page could not show it. */
export function whole(value: unknown): Kept | null {
  const conversation = conversationOf(value);
  const gone = (value as Loose | null)?.["gone"];
  return conversation && { conversation, gone: Array.isArray(gone) ? gone.filter((id) => typeof id === "string") : [] };
}

function conversationOf(value: unknown): Conversation | null {
  const c = isObject(value) && value["v"] === VERSION ? value["conversation"] : null;
  if (!isObject(c) || typeof c["id"] !== "string" || !isListOf(c["turns"], isTurn)) return null;
  const { id, title, at, model, only } = c;
  return {
    id,
    title: typeof title === "string" ? title : null,
    at: typeof at === "number" ? at : 0,
    turns: (c["turns"] as unknown as Turn[]).map(ordered),
    model: typeof model === "string" ? model : null,
    only: only === true,
  };
}

const PHASES = ["sending", "asking", "answering", "done", "stopped", "error"];

function isTurn(turn: Loose): boolean {
  return (
    typeof turn["id"] === "string" &&
    typeof turn["question"] === "string" &&
    typeof turn["shown"] === "number" &&
    isListOf(turn["answers"], isAnswer)
  );
}

function isAnswer({ key, phase, seen, parts, error, story }: Loose): boolean {
  return (
    typeof key === "string" &&
    PHASES.includes(phase as string) &&
    typeof seen === "number" &&
    isListOf(parts, (part) => typeof part["text"] === "string") &&
    (error == null || (isObject(error) && (error["kind"] as string) in words.error)) &&
    (story == null || (isObject(story) && Array.isArray(story["steps"]) && Array.isArray(story["hand_overs"])))
  );
}

const ordered = ({ id, question, answers, shown }: Turn): Turn => ({ id, question, answers: answers.map(filledUp), shown });

/** With the fields that a former version did not have. */
const filledUp = (answer: Answer): Answer => ({ ...newAnswer(answer.key, "default", false, 0), ...answer });
