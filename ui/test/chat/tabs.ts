/** Tabs of one browser: each has the store's module of its own, all have one storage. */
import { vi } from "vitest";
import type { Conversation, Turn } from "../../src/chat/model";
import { newAnswer } from "../../src/chat/model";

export type Store = typeof import("../../src/chat/store");

export interface Tab {
  store: Store;
  /** What another tab wrote arrives here. */
  hears(key: string, newValue: string | null): void;
}

/** Loads the page's store anew, as a tab that opens or reloads does. */
export async function openTab(): Promise<Tab> {
  vi.resetModules();
  const listeners: ((event: StorageEvent) => void)[] = [];
  const original = globalThis.addEventListener;
  const spy = vi.spyOn(globalThis, "addEventListener").mockImplementation(((name: string, listener: never) => {
    if (name === "storage") listeners.push(listener);
    else original.call(globalThis, name, listener);
  }) as typeof addEventListener);
  const store = await import("../../src/chat/store");
  spy.mockRestore();
  return {
    store,
    hears: (key, newValue) => listeners.forEach((listen) => listen(new StorageEvent("storage", { key, newValue }))),
  };
}

export function turn(id: string, question: string, text?: string, changes: Partial<ReturnType<typeof newAnswer>> = {}): Turn {
  if (text === undefined) return { id, question, answers: [], shown: 0 };
  const answer = { ...newAnswer(`key-${id}`, "default", false, 1000), phase: "done" as const, seen: 5, parts: [{ text }], ...changes };
  return { id, question, answers: [answer], shown: 0 };
}

export const withTurns = (...turns: Turn[]) => (c: Conversation): Conversation => ({ ...c, turns });
export const plus = (one: Turn) => (c: Conversation): Conversation => ({ ...c, turns: [...c.turns, one] });
