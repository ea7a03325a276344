/**
 * How things stand, live: one connection per page, shared by all that shows it.
 *
 * Ages are counted from when this page got the data, with its own monotonic clock: the clocks of the gateway and of
 * this machine may differ by hours. What counts is that data came, not what the `EventSource` believes: one that is
 * "open" on a dead network never says so.
 */
import { computed, signal } from "@preact/signals";
import type { History, Status } from "./api";

/** The page greys out when its data is older than this (a green page that does not update is a lie). */
export const STALE_AFTER_MS = 5000;
/** A connection that has been silent for so long is opened anew. The gateway sends each second. */
export const SILENT_AFTER_MS = 8000;

export const status = signal<Status | null>(null);
export const history = signal<History | null>(null);
/** When the last status came, on the clock of `now`; `null` before the first. */
export const updatedAt = signal<number | null>(null);
/** Milliseconds since this page began, ticking each second. */
export const now = signal(0);

export const ageMs = computed(() => (updatedAt.value === null ? null : Math.max(0, now.value - updatedAt.value)));
export const isStale = computed(() => ageMs.value !== null && ageMs.value > STALE_AFTER_MS);

/** The gateway's wall clock at this moment, as far as this page can tell. */
export const serverNow = computed(() => {
  const at = status.value?.at_ms;
  return at === undefined ? Date.now() : at + (ageMs.value ?? 0);
});

/**
 * Time that passed. The monotonic clock stands still while some machines sleep, and the wall clock can be set: of the
 * two, the one that moved further. At worst data looks old until the next comes.
 */
export class Elapsed {
  private passed = 0;

  constructor(
    private monotonic: number,
    private wall: number,
  ) {}

  at(monotonic: number, wall: number): number {
    this.passed += Math.max(0, monotonic - this.monotonic, wall - this.wall);
    this.monotonic = monotonic;
    this.wall = wall;
    return this.passed;
  }
}

const elapsed = new Elapsed(performance.now(), Date.now());

/** Reads the clock into `now`. */
export function tick(): number {
  return (now.value = elapsed.at(performance.now(), Date.now()));
}

let source: EventSource | null = null;
/** When the connection was opened last: a new one has its time, too. */
let openedAt = 0;

/** Opens the connection, and closes the one before. */
export function connect(): void {
  source?.close();
  openedAt = tick();
  source = new EventSource("/api/live");
  source.addEventListener("status", (event) => {
    status.value = JSON.parse((event as MessageEvent<string>).data) as Status;
    updatedAt.value = tick();
  });
  source.addEventListener("history", (event) => {
    history.value = JSON.parse((event as MessageEvent<string>).data) as History;
  });
}

/** Whether a connection that last brought something (or was opened) then is to be given up. */
export function isSilent(nowMs: number, openedMs: number, updatedMs: number | null): boolean {
  return nowMs - Math.max(openedMs, updatedMs ?? 0) > SILENT_AFTER_MS;
}

/**
 * Whether this page keeps its connection. A browser has six per server: chats in background tabs leave theirs to
 * others, the status page keeps it, for its tab shows the signal.
 */
function isWanted(): boolean {
  return !document.hidden || location.pathname === "/status";
}

function watch(): void {
  tick();
  if (!isWanted()) {
    source?.close();
    source = null;
  } else if (source === null || isSilent(now.value, openedAt, updatedAt.value)) {
    connect();
  }
}

/** Starts the clock and the connection, which comes back by itself as often as it breaks. */
export function start(): void {
  connect();
  setInterval(watch, 1000);
  document.addEventListener("visibilitychange", () => {
    if (source === null) watch();
  });
}
