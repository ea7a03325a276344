/** How a target stands, in the words of people: one rule for the picker, the chip, the status page. */
import type { Route, Target } from "./api";
import type { State } from "../words";
import { words } from "../words";
import { ticking } from "./time";

export function stateOf(target: Target, route: Route): State {
  if (target.is_off || target.state === "off") return "off";
  switch (target.state) {
    case "resting":
      return "resting";
    case "testing":
      return "testing";
    case "ramping":
      return "returning";
    case "full":
      return "full";
    case "ready":
      if (target.slow) return "slow";
      if (route.answering === target.id) return "answering";
      return isBehind(target, route) ? "standby" : "ready";
  }
}

function isBehind(target: Target, route: Route): boolean {
  const answering = route.targets.find((other) => other.id === route.answering);
  return answering !== undefined && target.place > answering.place;
}

/** When a target that rests is asked again, `sinceMs` after its state was told; `null` when that is not known. */
export function nextTry(target: Target, sinceMs: number): string | null {
  if (target.is_off || target.tried_again_in_s === null) return null;
  const left = target.tried_again_in_s * 1000 - sinceMs;
  return left > 0 ? words.status.nextTry(ticking(left)) : words.status.nextTryNow;
}

/** What the breakers say, whatever an operator has decided: the two are never mixed. */
export function measured(target: Target): State {
  const all = target.keys.map((key) => key.breaker.state);
  const best = (["closed", "ramping", "probing"] as const).find((state) => all.includes(state));
  const worst = target.provider_breaker.state;
  if (worst === "open" || (all.length > 0 && best === undefined)) return "resting";
  if (worst === "probing" || best === "probing") return "testing";
  if (worst === "ramping" || best === "ramping") return "returning";
  return "ready";
}
