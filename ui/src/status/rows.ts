/** The table of targets: one row per target, however many routes it stands in. */
import type { Beat, Route, Status, Story, SignalLevel, Target, TargetHistory } from "../shared/api";
import { stateOf } from "../shared/state";
import type { State } from "../words";
import { words } from "../words";

export interface Row {
  target: Target;
  state: State;
  /** Its signal, and in which routes, when it is not the same in all. */
  signals: { level: SignalLevel; routes: string[] }[];
  routes: string[];
  /** Routes that would have nobody left without it. */
  alone: string[];
}

/** How well a state is, for a target that stands in several routes. */
const IN_TROUBLE: State[] = ["slow", "resting", "testing", "returning", "full", "off"];

export function rows(status: Status): Row[] {
  const byId = new Map<string, Row>();
  for (const route of status.routes) {
    for (const target of route.targets) {
      const state = stateOf(target, route);
      let row = byId.get(target.id);
      if (!row) byId.set(target.id, (row = { target, state, signals: [], routes: [], alone: [] }));
      if (state === "answering") row.state = state;
      row.routes.push(route.name);
      if (isAlone(target, route)) row.alone.push(route.name);
      const same = row.signals.find((signal) => signal.level === target.signal);
      if (same) same.routes.push(route.name);
      else row.signals.push({ level: target.signal, routes: [route.name] });
    }
  }
  return [...byId.values()];
}

function isAlone(target: Target, route: Route): boolean {
  const takes = (other: Target) => other.state !== "resting" && other.state !== "off" && !other.is_off;
  return takes(target) && !route.targets.some((other) => other.id !== target.id && takes(other));
}

export function isInTrouble(row: Row): boolean {
  return IN_TROUBLE.includes(row.state);
}

/** The places of a chain: each a target, or a group of equals. */
export function places(route: Route): Target[][] {
  const chain: Target[][] = [];
  for (const target of route.targets) {
    const last = chain.at(-1);
    if (last?.[0]?.place === target.place) last.push(target);
    else chain.push([target]);
  }
  return chain;
}

/** Places that are shown of a long chain: the first ones, and the one that answers. */
export function cut(chain: Target[][], answering: string | null, most = 8): { shown: Target[][]; more: number } {
  if (chain.length <= most) return { shown: chain, more: 0 };
  const shown = chain.filter((place, at) => at < most || place.some((target) => target.id === answering));
  return { shown, more: chain.length - shown.length };
}

/** What a minute looks like: its height of 18, and what made it so. */
export function beat([ok, failed, slow]: Beat): { height: number; kind: "none" | "ok" | "slow" | "failed" } {
  if (failed > 0) return { height: 10 + Math.round((8 * failed) / (ok + failed)), kind: "failed" };
  if (slow > 0) return { height: 8 + Math.round((4 * slow) / Math.max(ok, slow)), kind: "slow" };
  return ok > 0 ? { height: 6, kind: "ok" } : { height: 2, kind: "none" };
}

/** The same in words. */
export function beatsLabel(beats: Beat[]): string {
  const kinds = beats.map((one) => beat(one).kind);
  const count = (kind: string) => kinds.filter((k) => k === kind).length;
  return count("none") === kinds.length ? words.status.beatsNone : words.status.beatsLabel(count("failed"), count("slow"));
}

/** The bars of one kind, as one path: five hundred rows have to stay quick. */
export function beatPath(beats: Beat[], kind: string): string {
  const bar = (one: Beat, place: number) => {
    const { height, kind: is } = beat(one);
    return is === kind ? `M${place * 5} 18v-${height}h3.4v${height}z` : "";
  };
  return beats.map(bar).join("");
}

/** Errors of one target in the stories, by kind, the most frequent first. */
export function errorsOf(stories: Story[], target: string): { words: string; count: number; last: number }[] {
  const kinds = new Map<string, { words: string; count: number; last: number }>();
  for (const story of stories) {
    for (const step of story.steps) {
      if (step.target !== target || !step.asked) continue;
      const at = story.began_at_ms + step.at_ms + step.took_ms;
      const kind = kinds.get(step.words) ?? { words: step.words, count: 0, last: 0 };
      kinds.set(step.words, { words: step.words, count: kind.count + 1, last: Math.max(kind.last, at) });
    }
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count);
}

export const noHistory: TargetHistory = {
  beats: [],
  success: null,
  first_token_p95_ms: null,
  per_minute: 0,
  cost_today: null,
  last_error: null,
  first_token_p95: [],
};
