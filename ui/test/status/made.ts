/** Things to test with: a whole one, of which a test names only what matters to it. */
import type { History, Route, Status, Story, Target, TargetHistory } from "../../src/shared/api";

const closed = { state: "closed", open_for_s: null, share: null } as const;

export function target(id: string, of: Partial<Target> = {}): Target {
  return {
    id,
    provider: id.split("/")[0] ?? "",
    model: id.split("/")[1] ?? "",
    place: 1,
    of: 1,
    state: "ready",
    is_off: false,
    slow: false,
    tried_again_in_s: null,
    signal: "4",
    signal_word: "",
    provider_breaker: { ...closed },
    keys: [],
    diverted_share: 0,
    last_answer_s: null,
    first_token_p50_ms: null,
    first_token_p95_ms: null,
    price: null,
    ...of,
  };
}

export function key(state: "closed" | "open" | "probing" | "ramping"): Target["keys"][number] {
  return { breaker: { ...closed, state }, rests_s: null, in_flight: 0, limit: null };
}

/** A route whose targets stand one behind the other; the one that answers is the `answering`th, from 0. */
export function route(name: string, level: Route["level"], answering: number | null, targets: Target[]): Route {
  const placed = targets.map((one, place) => ({ ...one, place: place + 1, of: targets.length }));
  const id = answering === null ? null : (placed[answering]?.id ?? null);
  return { name, level, answering: id, since_ms: 0, failed_since: 0, targets: placed };
}

export function status(level: Status["level"], routes: Route[]): Status {
  return {
    version: "1",
    at_ms: 0,
    started_at_ms: 0,
    requests: 0,
    content_logged: false,
    currency: "USD",
    level,
    routes,
    last_hour: { delivered_tokens: 0, wasted_tokens: 0 },
  };
}

export function story(of: Partial<Story> = {}): Story {
  return {
    id: "req_1",
    began_at_ms: 0,
    ended_at_ms: 1000,
    asked: "default",
    route: "default",
    lead: "a/lead",
    served: "a/lead",
    place: 1,
    of: 2,
    key: 1,
    model: "lead",
    signal: "4",
    outcome: "complete",
    status: 200,
    stream: true,
    attempts: 1,
    reason: null,
    canary: false,
    cached_age_s: null,
    started_ms: 0,
    first_token_ms: 300,
    took_ms: 1000,
    cost: null,
    prompt_tokens: null,
    completion_tokens: null,
    billed: { prompt_tokens: null, completion_tokens: null },
    hand_overs: [],
    stopped: null,
    dropped: null,
    error: null,
    steps: [],
    ...of,
  };
}

export function step(target: string, words: string, of: Partial<Story["steps"][number]> = {}): Story["steps"][number] {
  return { target, key: 1, at_ms: 0, took_ms: 10, code: "x", words, asked: true, again_in_ms: null, broke_off: false, ...of };
}

export function past(of: Partial<TargetHistory> = {}): TargetHistory {
  return {
    beats: [],
    success: null,
    first_token_p95_ms: null,
    per_minute: 0,
    cost_today: null,
    last_error: null,
    first_token_p95: [],
    ...of,
  };
}

export function history(of: Partial<History> = {}): History {
  return { at_ms: 0, minute_ms: 120_000, currency: "USD", targets: {}, answers: [], cost: [], switches: [], ...of };
}
