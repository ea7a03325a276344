/** What can be picked: Auto, the other routes, each model once; and what a choice comes to now. */
import { computed } from "@preact/signals";
import { type Route, type SignalLevel, type Status, type Target, modelName, parts } from "../shared/api";
import { levelOf } from "../shared/chip";
import { status } from "../shared/live";
import { stateOf } from "../shared/state";
import { ticking } from "../shared/time";
import { type State, words } from "../words";
import type { Conversation } from "./model";
import { conversation } from "./store";

export interface Choice {
  /** `null` is Auto, the first route. */
  model: string | null;
  name: string;
  route: Route | null;
  target: Target | null;
  signal: SignalLevel | null;
  state: State | null;
  note: string;
}

/** All choices, in the order in which they are offered. */
export function choicesOf(now: Status | null): Choice[] {
  const routes = now?.routes ?? [];
  const targets = new Map<string, [Target, Route]>();
  for (const route of routes)
    for (const target of route.targets) if (!targets.has(target.id)) targets.set(target.id, [target, route]);
  const ids = [...targets.keys()];
  const auto = routeChoice(routes[0] ?? null, null, words.picker.auto);
  const others = routes.slice(1).map((route) => routeChoice(route, route.name, words.picker.autoRoute(route.name)));
  const models = [...targets.values()].map(([target, route]) => targetChoice(target, route, modelName(target.id, ids)));
  return [auto, ...others, ...models];
}

function routeChoice(route: Route | null, model: string | null, name: string): Choice {
  const ids = route?.targets.map((target) => target.id) ?? [];
  const note = words.picker.chain(ids.slice(0, 4).map((id) => modelName(id, ids)));
  return { model, name, route, target: null, signal: route && levelOf(route), state: null, note };
}

function targetChoice(target: Target, route: Route, name: string): Choice {
  const state = stateOf(target, route);
  const again = target.tried_again_in_s;
  const rests = state === "resting" && again !== null ? words.status.nextTry(ticking(again * 1000)) : "";
  const note = [parts(target.id).provider, rests].filter(Boolean).join(", ");
  return { model: target.id, name, route, target, signal: target.signal, state, note };
}

export const choices = computed(() => choicesOf(status.value));

/**
 * What a conversation's next message asks for. A model that is not offered any more gives way to Auto, and is the
 * choice still: it may come back. Before the list of models is here, a choice is taken as it is.
 */
export function picked(c: Conversation): { choice: Choice; only: boolean; gone: string | null } {
  const all = choices.value;
  const auto = all[0] as Choice;
  if (c.model === null) return { choice: auto, only: false, gone: null };
  const found = all.find((choice) => choice.model === c.model);
  if (found) return { choice: found, only: c.only && found.target !== null, gone: null };
  if (status.value) return { choice: auto, only: false, gone: c.model };
  return { choice: { ...auto, model: c.model, name: modelName(c.model) }, only: c.only, gone: null };
}

/** What the open conversation's next message asks for. */
export const choice = computed(() => picked(conversation.value));

/** One line about how the choice stands: who rests, or is slow. Empty when there is nothing to say. */
export function standing({ route, target }: Choice): string {
  const spoken = target ?? route?.targets[0];
  if (!route || !spoken) return "";
  const name = modelName(spoken.id, route.targets.map((other) => other.id));
  const state = stateOf(spoken, route);
  const again = spoken.tried_again_in_s;
  if (state === "resting" && again !== null) return words.chip.nextTry(name, ticking(again * 1000));
  if (state === "off") return words.chip.isOff(name);
  if (state === "answering" || state === "ready" || state === "standby") return "";
  return words.picker.stands(name, words.state[state].word);
}
