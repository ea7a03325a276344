/** Samples of what the gateway tells. */
import type { ChatError, ChatEvent, HandOver, Step, Story } from "../../src/shared/api";
import { type Answer, type Conversation, apply, newAnswer } from "../../src/chat/model";

export const LEAD = "anthropic/sonnet";
export const BACKUP = "azure/mini";
export const THIRD = "ollama/small";

export function story(over: Partial<Story> = {}): Story {
  return {
    id: "req-1",
    began_at_ms: Date.UTC(2026, 10, 23, 12, 0),
    ended_at_ms: Date.UTC(2026, 10, 23, 12, 0, 5),
    asked: "default",
    route: "default",
    lead: LEAD,
    served: LEAD,
    place: 1,
    of: 3,
    key: 1,
    model: "sonnet",
    signal: "4",
    outcome: "complete",
    status: 200,
    stream: true,
    attempts: 1,
    reason: null,
    canary: false,
    cached_age_s: null,
    started_ms: 3,
    first_token_ms: 400,
    took_ms: 1900,
    prompt_tokens: 10,
    completion_tokens: 20,
    cost: null,
    billed: { prompt_tokens: 10, completion_tokens: 20 },
    hand_overs: [],
    stopped: null,
    dropped: null,
    error: null,
    steps: [],
    ...over,
  };
}

/** The backup answered; `over` says the rest. */
export const byBackup = (over: Partial<Story> = {}): Story =>
  story({ served: BACKUP, model: "mini", place: 2, signal: "2", started_ms: 3100, attempts: 2, ...over });

export function step(target: string, code: string, over: Partial<Step> = {}): Step {
  return {
    target,
    key: 1,
    at_ms: 1,
    took_ms: 50,
    code,
    words: code,
    asked: true,
    again_in_ms: null,
    broke_off: false,
    ...over,
  };
}

export function handOver(over: Partial<HandOver> = {}): Story["hand_overs"][number] {
  const none = { prompt_tokens: null, completion_tokens: null };
  const handed = { from: LEAD, to: BACKUP, reason: "stalled", words: "stalled", how: "prefill", delivered_tokens: 50 } as const;
  return { ...handed, at_ms: 2000, silence_ms: 300, billed: none, ...over };
}

export const asked: ChatEvent = { event: "asked", data: { key: "key-0001", request_id: "req-1", asked: "default", at_ms: 0 } };
export const asking = (target: string): ChatEvent => ({ event: "asking", data: { target, at_ms_in: 1 } });
export const failed = (target: string, code: string): ChatEvent => ({
  event: "failed",
  data: { target, code, words: code, took_ms: 5 },
});
export const served = (of: Story = story()): ChatEvent => ({ event: "served", data: of });
export const text = (text: string): ChatEvent => ({ event: "text", data: { text } });
export const handed = (over: Partial<HandOver> = {}): ChatEvent => ({
  event: "hand_over",
  data: { ...handOver(over), model: "mini" },
});
export const done = (of: Story = story(), finish = "stop"): ChatEvent => ({
  event: "done",
  data: { finish_reason: finish, story: of },
});
export const error = (over: Partial<ChatError> = {}): ChatEvent => ({
  event: "error",
  data: { kind: "cut_off", message: "", code: null, status: 502, retry_in_s: null, story: null, ...over },
});

/** The answer that these events make. */
export function answer(events: ChatEvent[], over: Partial<Answer> = {}): Answer {
  const empty = { ...newAnswer("key-0001", "default", false, 1000), ...over };
  return events.reduce((made, event, id) => apply(made, id, event), empty);
}

/** A conversation of questions with the answers that were given to each. */
export function conversation(...turns: [question: string, ...answers: Answer[]][]): Conversation {
  return {
    id: "c",
    title: null,
    at: 0,
    model: null,
    only: false,
    turns: turns.map(([question, ...answers], at) => ({
      id: `turn-${at}`,
      question,
      answers: answers.map((one, place) => ({ ...one, key: `key-${at}-${place}` })),
      shown: answers.length - 1,
    })),
  };
}
