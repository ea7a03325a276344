/** How a target stands, in the words of people: one rule for the picker, the chip, the status page. */
import type { Route, Target } from "./api";
import type { State } from "../words";

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
