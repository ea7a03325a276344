/** What the status page shows: how things stand live, or, when somebody reads slowly, as they stood when they paused. */
import { computed, signal } from "@preact/signals";
import type { History, Status } from "../shared/api";
import { ageMs, history, isStale, serverNow, status } from "../shared/live";

/** A moment that is held; the connection goes on behind it, and the chip in the header with it. */
const held = signal<{ status: Status; history: History | null; at: number } | null>(null);

export const isPaused = computed(() => held.value !== null);
export const shown = computed(() => held.value?.status ?? status.value);
export const past = computed(() => held.value?.history ?? history.value);
/** The gateway's wall clock at the moment that is shown. */
export const at = computed(() => held.value?.at ?? serverNow.value);
/** How old the status that is shown is: countdowns go on from there. */
export const sinceMs = computed(() => Math.max(0, at.value - (shown.value?.at_ms ?? at.value)));
/** How old what is on the page is, paused or not. */
export const dataAgeMs = computed(() => (held.value ? serverNow.value - held.value.status.at_ms : ageMs.value));
export const isOld = computed(() => isStale.value && !isPaused.value);

// What seldom changes, apart: a table of five hundred requests is not to be drawn anew each second.
export const isLogged = computed(() => shown.value?.content_logged === true);
const routes = computed(() => shown.value?.routes ?? []);
export const hasPrices = computed(() => routes.value.some((route) => route.targets.some((target) => target.price !== null)));
/** One name per line, so that the same names are the same value. */
export const routeNames = computed(() => routes.value.map((route) => route.name).join("\n"));
export const targetIds = computed(() => {
  const ids = routes.value.flatMap((route) => route.targets.map((target) => target.id));
  return [...new Set(ids)].join("\n");
});

export function pause(): void {
  const of = status.value;
  if (held.value) held.value = null;
  else if (of) held.value = { status: of, history: history.value, at: serverNow.value };
}
