/**
 * How things stand, live: one connection per page, shared by all that shows it.
 *
 * Ages are counted from when this page got the data, with its own monotonic clock: the clocks of the gateway and of
 * this machine may differ by hours.
 */
import { computed, signal } from "@preact/signals";
import type { History, Status } from "./api";

/** The page greys out when its data is older than this (ux: a green page that does not update is a lie). */
export const STALE_AFTER_MS = 5000;

export const status = signal<Status | null>(null);
export const history = signal<History | null>(null);
/** When the last status came, on `performance.now`'s clock; `null` before the first. */
export const updatedAt = signal<number | null>(null);
/** This moment, ticking each second while the page shows. */
export const now = signal(performance.now());
export const paused = signal(false);

export const ageMs = computed(() => (updatedAt.value === null ? null : Math.max(0, now.value - updatedAt.value)));
export const isStale = computed(() => ageMs.value !== null && ageMs.value > STALE_AFTER_MS);

/** The gateway's wall clock at this moment, as far as this page can tell. */
export const serverNow = computed(() => {
  const at = status.value?.at_ms;
  return at === undefined ? Date.now() : at + (ageMs.value ?? 0);
});

let source: EventSource | null = null;
let waitsMs = 1000;

/** Opens the connection; it opens itself again when the gateway goes and comes back. */
export function connect(): void {
  source?.close();
  source = new EventSource("/api/live");
  source.addEventListener("status", (event) => {
    waitsMs = 1000;
    if (paused.value) return;
    status.value = JSON.parse((event as MessageEvent<string>).data) as Status;
    updatedAt.value = now.value = performance.now();
  });
  source.addEventListener("history", (event) => {
    if (!paused.value) history.value = JSON.parse((event as MessageEvent<string>).data) as History;
  });
  source.onerror = () => {
    // An EventSource gives up for good after a refusal; the gateway may only be starting.
    if (source?.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, waitsMs);
    waitsMs = Math.min(waitsMs * 2, 15000);
  };
}

/** Starts the clock and the connection. */
export function start(): void {
  setInterval(() => (now.value = performance.now()), 1000);
  connect();
}
