/**
 * The conversations of this browser: the open one, the list, what is typed but not sent.
 *
 * Kept in localStorage, one item per conversation and an index. What this tab has counts: storage may fail, be damaged,
 * or be changed by another tab, and not one word that this page shows is lost by it.
 */
import { batch, effect, signal } from "@preact/signals";
import { type Entry, VERSION, asIndex, isSame, whole } from "./kept";
import { merge } from "./merge";
import { type Conversation, type Turn, isOver } from "./model";
import { drop, kept, onOtherTab, parsed, read, readJson, storageTrouble, write } from "./storage";

export type { Entry } from "./kept";
export { settings } from "./settings";
export { storageTrouble } from "./storage";

/** How many conversations are kept. */
export const KEPT = 50;
/** How long words that come wait until they are kept, while an answer runs. */
export const SAVE_AFTER_MS = 300;
const TITLE_LENGTH = 60;
/** So much is remembered of what was taken back. */
const GONE = 100;

export const newId = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

function fresh(): Conversation {
  const picked = parsed(read("picked") ?? "", (value) => value as { model?: unknown; only?: unknown } | null);
  const model = typeof picked?.model === "string" ? picked.model : null;
  return { id: newId(), title: null, at: Date.now(), turns: [], model, only: model !== null && picked?.only === true };
}

/** Every conversation that this tab has opened: it stays here when storage fails, and while an answer in it runs. */
const opened = new Map<string, Conversation>();
/** The turns and answers of each that were taken back. */
const gone = new Map<string, Set<string>>();
const unsaved = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

export const conversations = signal<Entry[]>(readIndex());
export const conversation = signal<Conversation>(first());
/** What is typed in the open conversation and not sent. */
export const draft = signal<string>(read(draftKey()) ?? "");

/** The one that was open in this tab before it was loaded anew. */
function first(): Conversation {
  let id: string | null = null;
  try {
    id = sessionStorage.getItem("handover/open");
  } catch {
    // Then this tab begins anew.
  }
  return (id && load(id)) || remembered(fresh());
}

function remembered(c: Conversation): Conversation {
  opened.set(c.id, c);
  return c;
}

/** The one with this id; `null` when it cannot be read. */
export function load(id: string): Conversation | null {
  const here = opened.get(id);
  if (here) return here;
  const stored = readJson(`chat/${id}`, whole);
  if (stored?.conversation.id !== id) return null;
  gone.set(id, new Set(stored.gone));
  return remembered(stored.conversation);
}

/**
 * Changes a conversation, the open one unless `id` says another (an answer goes on where it was asked), and keeps it:
 * soon while an answer runs, else at once.
 */
export function change(fn: (c: Conversation) => Conversation, id = conversation.value.id): void {
  const before = load(id);
  if (!before) return;
  const changed = fn(before);
  if (changed === before) return;
  const next = { ...changed, title: changed.title ?? titleOf(changed.turns), at: Date.now() };
  const isOpen = conversation.value.id === id;
  opened.set(id, next);
  takenBack(before, next);
  if (isOpen) conversation.value = next;
  if (next.model !== before.model || next.only !== before.only)
    write("picked", JSON.stringify({ model: next.model, only: next.only }));
  // The draft of a conversation that nothing was asked in belongs to whatever new one comes next.
  if (isOpen && before.turns.length === 0 && next.turns.length > 0) {
    drop("draft/new");
    keepDraft();
  }
  unsaved.add(id);
  if (isRunning(next)) timer ??= setTimeout(saveAll, SAVE_AFTER_MS);
  else saveAll();
}

const idsOf = (c: Conversation) => c.turns.flatMap((turn) => [turn.id, ...turn.answers.map((answer) => answer.key)]);

function takenBack(before: Conversation, next: Conversation): void {
  const left = new Set(idsOf(next));
  const missing = idsOf(before).filter((id) => !left.has(id));
  if (missing.length > 0) gone.set(next.id, new Set([...(gone.get(next.id) ?? []), ...missing].slice(-GONE)));
}

/** Whether an answer in it is not over. */
export function isRunning(c: Conversation): boolean {
  return c.turns.some((turn) => turn.answers.some((answer) => !isOver(answer)));
}

function titleOf(turns: Turn[]): string | null {
  const text = turns[0]?.question.slice(0, 1000).replace(/\s+/g, " ").trim();
  if (!text) return null;
  return text.length <= TITLE_LENGTH ? text : `${text.slice(0, TITLE_LENGTH).replace(/\s\S{0,20}$/, "")}…`;
}

/** Keeps all that is not kept yet. */
export function saveAll(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const id of unsaved) {
    const c = opened.get(id);
    if (c && !(c.turns.length > 0 ? save(c) : empty(id))) continue;
    unsaved.delete(id);
  }
}

function save(c: Conversation): boolean {
  const others = readIndex().filter((entry) => entry.id !== c.id);
  const all = [{ id: c.id, title: c.title, at: c.at }, ...others].sort((one, other) => other.at - one.at);
  conversations.value = all.slice(0, KEPT);
  for (const old of all.slice(KEPT)) forget(old.id);
  const item = { v: VERSION, conversation: c, gone: [...(gone.get(c.id) ?? [])] };
  const isKept = write(`chat/${c.id}`, JSON.stringify(item)) && writeIndex();
  if (!isKept) return false;
  storageTrouble.value = null;
  return true;
}

/** The only question was taken back: nothing is left that is worth an item. */
function empty(id: string): boolean {
  drop(`chat/${id}`);
  return conversations.value.every((entry) => entry.id !== id) || unlist(id);
}

function unlist(id: string): boolean {
  conversations.value = readIndex().filter((entry) => entry.id !== id);
  return writeIndex();
}

const writeIndex = () => write("index", JSON.stringify({ v: VERSION, list: conversations.value }));

/** The index; made from what is kept when it is damaged or missing, with what this tab alone has when storage fails. */
function readIndex(): Entry[] {
  const list = readJson("index", asIndex) ?? entries(kept("chat/"));
  const alone = storageTrouble.peek() === null ? [] : [...opened.keys()].filter((id) => list.every((e) => e.id !== id));
  return [...list, ...entries(alone)].sort((one, other) => other.at - one.at);
}

function entries(ids: string[]): Entry[] {
  const all = ids.map(load).filter((c) => c !== null && c.turns.length > 0) as Conversation[];
  return all.map(({ id, title, at }) => ({ id, title, at }));
}

function draftKey(): string {
  const { id, turns } = conversation.peek();
  return `draft/${turns.length > 0 ? id : "new"}`;
}

function keepDraft(): void {
  if (draft.peek() === "") drop(draftKey());
  else write(draftKey(), draft.peek());
}

function show(c: Conversation): void {
  batch(() => {
    conversation.value = c;
    draft.value = read(draftKey()) ?? "";
  });
}

/** Opens an empty one; an empty one that is open stays. */
export function newConversation(): void {
  if (conversation.value.turns.length > 0) show(remembered(fresh()));
}

/** Opens one of the list. One that cannot be read any more leaves the list. */
export function openConversation(id: string): void {
  reread(id);
  const c = load(id);
  if (c) show(c);
  else unlist(id);
}

/** A name of the reader's choice; an empty one gives the first question back. */
export function rename(id: string, title: string): void {
  change((c) => ({ ...c, title: title.trim() || null }), id);
}

export function remove(id: string): void {
  forget(id);
  unlist(id);
  if (conversation.value.id === id) show(remembered(fresh()));
}

export function removeAll(): void {
  for (const { id } of conversations.value) forget(id);
  for (const id of [...opened.keys(), ...kept("chat/")]) forget(id);
  conversations.value = [];
  if (writeIndex()) storageTrouble.value = null;
  show(remembered(fresh()));
}

function forget(id: string): void {
  opened.delete(id);
  unsaved.delete(id);
  gone.delete(id);
  drop(`chat/${id}`);
  drop(`draft/${id}`);
}

/** Brings in what another tab has written of a conversation that this tab has, too. */
function takeOver(id: string, raw: string): void {
  const mine = opened.get(id);
  const theirs = parsed(raw, whole);
  if (!mine || !theirs) return;
  const without = new Set([...(gone.get(id) ?? []), ...theirs.gone]);
  const merged = merge(mine, theirs.conversation, without);
  gone.set(id, without);
  opened.set(id, merged);
  if (conversation.value.id === id) conversation.value = merged;
  if (isSame(merged, theirs.conversation)) return;
  unsaved.add(id);
  timer ??= setTimeout(saveAll, SAVE_AFTER_MS);
}

function otherTab(key: string, raw: string | null): void {
  if (key === "index") {
    // The tabs of one browser agree on the list; it is read again, as it may have changed since.
    conversations.value = readIndex();
  } else if (key.startsWith("chat/") && raw !== null) takeOver(key.slice("chat/".length), raw);
}

/** Nothing that was typed or came is lost when this page goes; a page that comes back reads what it missed. */
function visibilityChanged(): void {
  if (document.visibilityState === "hidden") saveAll();
  else reread(conversation.value.id);
}

/** A page in the background may miss what another tab does. */
function reread(id: string): void {
  const raw = read(`chat/${id}`);
  if (raw !== null && !unsaved.has(id)) takeOver(id, raw);
}

effect(() => {
  const { id } = conversation.value;
  try {
    sessionStorage.setItem("handover/open", id);
  } catch {
    // Then a reload begins with a new conversation; this one is in the list.
  }
});
effect(() => {
  void draft.value;
  keepDraft();
});
onOtherTab(otherTab);
addEventListener("pagehide", saveAll);
document.addEventListener("visibilitychange", visibilityChanged);
