/**
 * This browser's storage, which may be blocked, full or damaged: nothing here throws.
 *
 * A page whose storage fails goes on in memory; `storageTrouble` says so until a conversation can be kept again.
 */
import { signal } from "@preact/signals";

/** Before every name, so that pages of other programs at this address are left alone. */
export const PREFIX = "handover/";

export const storageTrouble = signal<null | "full" | "blocked">(null);

export function read(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    storageTrouble.value = "blocked";
    return null;
  }
}

/** Whether it is kept now. */
export function write(key: string, value: string): boolean {
  try {
    localStorage.setItem(PREFIX + key, value);
    return true;
  } catch (error) {
    // A private window of an old browser calls itself full while there is nothing in it.
    const full = /quota/i.test(String((error as Error | null)?.name)) && localStorage.length > 0;
    storageTrouble.value = full ? "full" : "blocked";
    return false;
  }
}

export function drop(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    storageTrouble.value = "blocked";
  }
}

/** The names behind `under`, of all that is kept. */
export function kept(under: string): string[] {
  try {
    const all = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX + under));
    return all.map((key) => key.slice(PREFIX.length + under.length));
  } catch {
    return [];
  }
}

/** Reads JSON that `accepts` can make something of. What it cannot is put aside under another name, not thrown away. */
export function readJson<T>(key: string, accepts: (value: unknown) => T | null): T | null {
  const raw = read(key);
  if (raw === null) return null;
  const value = parsed(raw, accepts);
  if (value === null && write(`damaged/${key}/${Date.now()}`, raw)) drop(key);
  return value;
}

export function parsed<T>(raw: string, accepts: (value: unknown) => T | null): T | null {
  try {
    return accepts(JSON.parse(raw));
  } catch {
    return null;
  }
}

/** Calls `changed` when another tab has written or removed (`null`) something. */
export function onOtherTab(changed: (key: string, raw: string | null) => void): void {
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX)) changed(event.key.slice(PREFIX.length), event.newValue);
  });
}
