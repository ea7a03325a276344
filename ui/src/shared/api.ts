/** What the gateway tells: `docs/reference/http.md` explains each field. Names are the server's. */

/** `4` to `1` and `unrated`; `0` when nobody answered. */
export type SignalLevel = "4" | "3" | "2" | "1" | "0" | "unrated";

export type TargetWord = "ready" | "resting" | "testing" | "ramping" | "full" | "off";

export interface Price {
  input: number;
  output: number;
}

export interface Breaker {
  state: "closed" | "open" | "probing" | "ramping";
  open_for_s: number | null;
  share: number | null;
}

export interface Key {
  breaker: Breaker;
  rests_s: number | null;
  in_flight: number;
  limit: number | null;
}

export interface Target {
  id: string;
  provider: string;
  model: string;
  place: number;
  of: number;
  state: TargetWord;
  is_off: boolean;
  slow: boolean;
  tried_again_in_s: number | null;
  signal: SignalLevel;
  signal_word: string;
  provider_breaker: Breaker;
  keys: Key[];
  diverted_share: number;
  last_answer_s: number | null;
  first_token_p50_ms: number | null;
  first_token_p95_ms: number | null;
  price: Price | null;
}

export interface Route {
  name: string;
  level: "lead" | "backup" | "none";
  answering: string | null;
  since_ms: number;
  failed_since: number;
  targets: Target[];
}

export interface Status {
  version: string;
  at_ms: number;
  started_at_ms: number;
  requests: number;
  content_logged: boolean;
  currency: string;
  level: "lead" | "backup" | "none";
  routes: Route[];
  last_hour: { delivered_tokens: number; wasted_tokens: number };
}

/** One minute of a target: answers, failures, and answers that began late. */
export type Beat = [ok: number, failed: number, slow: number];

export interface TargetHistory {
  beats: Beat[];
  success: number | null;
  first_token_p95_ms: number | null;
  per_minute: number;
  cost_today: number | null;
  last_error: { code: string; words: string; at_ms: number } | null;
  first_token_p95: (number | null)[];
}

export interface Switch {
  at_ms: number;
  route: string;
  from: string;
  to: string;
  reason: string;
  words: string;
  when: "before_first_word" | "mid_answer";
  how: "prefill" | "instructed" | "restart" | null;
  added_ms: number;
  request_id: string;
}

export type AnswersBySignal = Record<"4" | "3" | "2" | "1" | "unrated" | "failed", number>;

export interface History {
  at_ms: number;
  minute_ms: number;
  currency: string;
  targets: Record<string, TargetHistory>;
  answers: AnswersBySignal[];
  cost: (number | null)[];
  switches: Switch[];
}

/** An attempt that did not serve. */
export interface Step {
  target: string;
  key: number | null;
  at_ms: number;
  took_ms: number;
  code: string;
  words: string;
  asked: boolean;
  again_in_ms: number | null;
  broke_off: boolean;
}

export interface HandOver {
  from: string;
  to: string;
  reason: string;
  words: string;
  how: "prefill" | "instructed" | "restart";
  delivered_tokens: number;
}

export interface Tokens {
  prompt_tokens: number | null;
  completion_tokens: number | null;
}

/** One request, from its arrival to its end (or so far, while it runs). */
export interface Story extends Tokens {
  id: string;
  began_at_ms: number;
  ended_at_ms: number;
  asked: string;
  route: string | null;
  lead: string | null;
  served: string | null;
  place: number | null;
  of: number | null;
  key: number | null;
  model: string | null;
  signal: SignalLevel;
  outcome: "answering" | "complete" | "interrupted" | "failed" | "cancelled";
  status: number;
  stream: boolean;
  attempts: number;
  reason: string | null;
  canary: boolean;
  cached_age_s: number | null;
  started_ms: number | null;
  first_token_ms: number | null;
  took_ms: number;
  cost: number | null;
  billed: Tokens;
  hand_overs: (HandOver & { at_ms: number; silence_ms: number; billed: Tokens })[];
  stopped: { code: string; words: string } | null;
  dropped: string | null;
  error: string | null;
  steps: Step[];
  content?: { prompt: string };
}

/** Why there is no answer, or no whole one. The last four are the page's own. */
export type ErrorKind =
  | "all_failed"
  | "cut_off"
  | "pinned_down"
  | "too_long"
  | "refused"
  | "bad_request"
  | "no_such_model"
  | "config"
  | "offline"
  | "lost"
  | "storage";

export interface ChatError {
  kind: ErrorKind;
  message: string;
  code: string | null;
  status: number | null;
  retry_in_s: number | null;
  story: Story | null;
}

/** Events of one answer, in the order in which they come; the last is `done`, `stopped` or `error`. */
export type ChatEvent =
  | { event: "asked"; data: { key: string; request_id: string; asked: string; at_ms: number } }
  | { event: "asking"; data: { target: string; at_ms_in: number } }
  | { event: "failed"; data: { target: string; code: string; words: string; took_ms: number } }
  | { event: "served"; data: Story }
  | { event: "text"; data: { text: string } }
  | { event: "thinking"; data: { text: string } }
  | { event: "hand_over"; data: HandOver & { model: string } }
  | { event: "done"; data: { finish_reason: string | null; story: Story } }
  | { event: "stopped"; data: { story: Story | null } }
  | { event: "error"; data: ChatError };

/** What an endpoint says when it refuses. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null,
  ) {
    super(message);
  }
}

/** Reads JSON, or throws `Refused`, or (when nobody answers) whatever `fetch` throws. */
export async function getJson<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as T;
}

export async function refusal(response: Response): Promise<Refused> {
  const body = (await response.json().catch(() => null)) as { error?: { message?: string; code?: string } } | null;
  return new Refused(response.status, body?.error?.message ?? response.statusText, body?.error?.code ?? null);
}

/** `openai/gpt-4o` as its two parts. A model's own name may have slashes in it. */
export function parts(target: string): { provider: string; model: string } {
  const at = target.indexOf("/");
  return at < 0 ? { provider: "", model: target } : { provider: target.slice(0, at), model: target.slice(at + 1) };
}

/** How people read a target: its model; with its provider where `among` has the same model twice. */
export function modelName(target: string, among: readonly string[] = []): string {
  const { model } = parts(target);
  const twice = among.some((other) => other !== target && parts(other).model === model);
  return twice ? target : model;
}
