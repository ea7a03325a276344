/**
 * The last requests, fetched when the gateway has counted another one; at most every two seconds, and only while
 * somebody looks.
 */
import { effect, signal } from "@preact/signals";
import { type Story, getJson } from "../shared/api";
import { now, status } from "../shared/live";
import { isPaused } from "./view";

const EVERY_MS = 2000;

export const stories = signal<Story[]>([]);
/** Whether they were fetched at all: before, nothing is said about them. */
export const isFetched = signal(false);

let fetchedAt = -EVERY_MS;
let fetchedFor = "";

export async function refresh(): Promise<void> {
  try {
    stories.value = (await getJson<{ requests: Story[] }>("/api/requests?limit=500")).requests;
    isFetched.value = true;
  } catch {
    // The page already says that the gateway is away; the next count tries again.
    fetchedFor = "";
  }
}

/** Keeps them fresh until the page goes; the second tick of the clock finds what came in between. */
export function keepFresh(): () => void {
  return effect(() => {
    const of = status.value;
    const wanted = of ? `${of.started_at_ms} ${of.requests}` : "";
    if (wanted === fetchedFor || isPaused.value || document.hidden || now.value - fetchedAt < EVERY_MS) return;
    fetchedFor = wanted;
    fetchedAt = now.value;
    void refresh();
  });
}
