/**
 * Asks the gateway, and reads answers to their end: through lost connections, reloads and other tabs.
 *
 * - Each answer has a key of this page's making. Asking again with the same key attaches to the same answer, so
 *   nothing is ever asked twice; the number of the last event that was read says where reading goes on.
 * - What was read is put into its conversation, open or not, at most once per frame and not once per word.
 * - Whoever reads an answer has its own copy: another tab that writes the same conversation cannot take words away.
 */
import { computed, effect, signal } from "@preact/signals";
import { type ChatError, type ChatEvent, type ErrorKind, refusal } from "../shared/api";
import { serverEvents } from "../shared/sse";
import { picked } from "./choices";
import {
  type Answer,
  type Conversation,
  type Message,
  apply,
  chainOf,
  isOver,
  messagesFor,
  newAnswer,
  underWay,
  withAnswer,
  withNewAnswer,
  withTurn,
} from "./model";
import { announce } from "./say";
import { change, conversation, draft, newId } from "./store";

/** How long until the next try, after each that failed; the last one for all that follow. */
const DELAYS_MS = [500, 1000, 2000, 5000, 10_000, 15_000];
/** Three of the gateway's signs of life (one in 15 s) did not come: the connection is dead, though nobody said so. */
const SILENT_MS = 45_000;
/** A message that did not get away is sent by itself for so long; the gateway remembers a key no longer either. */
const FRESH_MS = 120_000;
/** Every second frame is enough to read by, and leaves time for what the reader does. */
const REST_MS = 16;
/** A frame's length where there are no frames: a page that does not show. */
const HIDDEN_FRAME_MS = 250;

/** Why nothing comes, and when the next try is, on `performance.now`'s clock. */
export interface Waiting {
  why: "offline" | "gateway" | "busy";
  until: number;
}

/** Answers whose gateway cannot be reached now, by key. */
export const waiting = signal<Record<string, Waiting>>({});

interface Run {
  conversation: string;
  messages: Message[];
  answer: Answer;
  /** The answer as the conversation has it. */
  shown: Answer;
  abort: AbortController;
  /** Ends the wait for the next try. */
  wake: () => void;
}

const runs = new Map<string, Run>();

/** The answer that is under way in the open conversation. */
export const current = computed(() => underWay(conversation.value));

/** What is picked, as it is asked for: Auto is the first route. */
export function pickedIn(c: Conversation): { asked: string; only: boolean } {
  const { choice, only } = picked(c);
  return { asked: choice.model ?? choice.route?.name ?? "default", only };
}

export function send(text: string): void {
  const question = text.trim();
  if (!question || current.peek()) return;
  const id = newId();
  change((c) => ({ ...c, turns: [...c.turns, { id, question, answers: [], shown: 0 }] }));
  ask(id);
}

/** One more answer to a turn: with the choice that is picked, or as `choice` says. */
export function ask(turnId: string, choice?: { asked: string; only: boolean }, continues = false): void {
  if (current.peek()) return;
  const { asked, only } = choice ?? pickedIn(conversation.peek());
  const answer = { ...newAnswer(newId(), asked, only, Date.now()), continues };
  change((c) => withTurn(c, turnId, (turn) => withNewAnswer(turn, answer)));
  start(answer);
}

/** Stops the answer under way. One that the gateway has not got yet is taken back: its text is in the composer still. */
export function stop(): void {
  const answer = current.peek();
  if (!answer) return;
  const run = runs.get(answer.key);
  const told = fetch(`/api/chat/${answer.key}`, { method: "DELETE" });
  if (answer.phase === "sending") {
    told.catch(() => undefined);
    if (run) drop(run);
    change((c) => takenBack(c, answer));
  } else {
    // It says so itself when it ends. Where nobody is to be reached, this page says it.
    const ends = () => end({ ...(run?.answer ?? answer), phase: "stopped" });
    told.then((response) => (response.ok ? undefined : ends()), ends);
  }
}

/** Stops what is under way in a conversation that is to go, or in all: nobody would see what is paid for. */
export function stopIn(id?: string): void {
  for (const run of runs.values()) {
    if (id !== undefined && run.conversation !== id) continue;
    void fetch(`/api/chat/${run.answer.key}`, { method: "DELETE" }).catch(() => undefined);
    drop(run);
  }
}

function takenBack(c: Conversation, answer: Answer): Conversation {
  const turns = c.turns.map((turn) => {
    const answers = turn.answers.filter((other) => other.key !== answer.key);
    return answers.length === turn.answers.length ? turn : { ...turn, answers, shown: Math.max(0, answers.length - 1) };
  });
  const gone = turns.find((turn) => turn.answers.length === 0);
  if (gone && !draft.peek()) draft.value = gone.question;
  return { ...c, turns: turns.filter((turn) => turn !== gone) };
}

/** Tries at once what waits for its next try. */
export function now(key: string): void {
  runs.get(key)?.wake();
}

/** Goes on with the answers of the open conversation that nobody reads here yet. */
export function resume(): void {
  const open = conversation.peek();
  for (const answer of open.turns.flatMap((turn) => turn.answers)) {
    if (isOver(answer) || runs.has(answer.key)) continue;
    if (answer.phase === "sending" && Date.now() - answer.at > FRESH_MS) end(failure(answer, "lost"));
    else start(answer);
  }
}

/** Follows what is opened, and what another tab began. */
export function follow(): () => void {
  const opened = computed(() => `${conversation.value.id} ${current.value?.key}`);
  const stopFollowing = effect(() => {
    if (opened.value) queueMicrotask(resume);
  });
  const online = () => runs.forEach((run) => run.wake());
  // A page that does not show has no frames; what it has read by then is kept before it may be thrown away.
  const hidden = () => document.hidden && flush();
  addEventListener("online", online);
  document.addEventListener("visibilitychange", hidden);
  return () => {
    stopFollowing();
    removeEventListener("online", online);
    document.removeEventListener("visibilitychange", hidden);
  };
}

function start(answer: Answer): void {
  const run: Run = {
    conversation: conversation.peek().id,
    messages: messagesOf(answer),
    answer,
    shown: answer,
    abort: new AbortController(),
    wake: () => undefined,
  };
  runs.set(answer.key, run);
  void read(run);
}

async function read(run: Run): Promise<void> {
  for (let failures = 0; runs.get(run.answer.key) === run && !isOver(run.answer); ) {
    const seen = run.answer.seen;
    let busy = false;
    try {
      const { response, alive } = await open(run);
      if (response.ok) {
        for await (const { id, event, data } of serverEvents(response)) {
          if (runs.get(run.answer.key) !== run) return;
          unwait(run);
          take(run, apply(run.answer, Number(id), { event, data: JSON.parse(data) } as ChatEvent));
          if (isOver(run.answer)) break;
        }
        alive.stop();
      } else {
        const refused = await refusal(response);
        busy = refused.status === 429 || refused.status === 503;
        if (refused.status < 500 && !busy) {
          take(run, failure(run.answer, kindOf(refused.status, run.answer), refused.message, refused.code));
        }
      }
    } catch {
      // Nobody answers, or the connection broke: below.
    }
    if (isOver(run.answer) || runs.get(run.answer.key) !== run) return;
    failures = run.answer.seen > seen ? 0 : failures;
    await pause(run, DELAYS_MS[Math.min(failures++, DELAYS_MS.length - 1)] ?? 0, busy);
    if (isOverElsewhere(run)) return drop(run);
  }
}

/** Another tab has ended it, or taken it out: nobody would see what is asked for now. */
function isOverElsewhere(run: Run): boolean {
  const open = conversation.peek();
  if (open.id !== run.conversation) return false;
  const shown = open.turns.flatMap((turn) => turn.answers).find((answer) => answer.key === run.answer.key);
  return !shown || isOver(shown);
}

/** Asks, or attaches behind what was read. A connection on which nothing comes, not even a sign of life, is given up. */
async function open(run: Run): Promise<{ response: Response; alive: { stop: () => void } }> {
  const { key, seen, asked, only, phase } = run.answer;
  const abort = (run.abort = new AbortController());
  let timer = setTimeout(() => abort.abort(), SILENT_MS);
  const alive = {
    sign: () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENT_MS);
    },
    stop: () => clearTimeout(timer),
  };
  try {
    const response =
      phase === "sending"
        ? await fetch("/api/chat", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ key, model: asked, messages: run.messages, only }),
            signal: abort.signal,
          })
        : await fetch(`/api/chat/${key}?after=${seen}`, { signal: abort.signal });
    alive.sign();
    if (!response.ok || !response.body) alive.stop();
    else if (!response.headers.get("content-type")?.startsWith("text/event-stream")) throw new TypeError("not the gateway");
    else {
      const watched = new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, out) {
          alive.sign();
          out.enqueue(bytes);
        },
      });
      return { response: new Response(response.body.pipeThrough(watched)), alive };
    }
    return { response, alive };
  } catch (error) {
    alive.stop();
    throw error;
  }
}

function messagesOf({ key, continues }: Answer): Message[] {
  const c = conversation.peek();
  const at = c.turns.findIndex((turn) => turn.answers.some((answer) => answer.key === key));
  const turn = c.turns[at];
  const place = turn?.answers.findIndex((answer) => answer.key === key) ?? 0;
  return messagesFor(c, at, turn && continues ? chainOf(turn, place - 1) : []);
}

/** Waits for the next try: a while, or until somebody wakes it. */
function pause(run: Run, ms: number, busy: boolean): Promise<void> {
  // A short break in a stream that goes on is nobody's concern.
  if (ms > (DELAYS_MS[0] ?? 0) || run.answer.phase === "sending") {
    const why = busy ? "busy" : navigator.onLine === false ? "offline" : "gateway";
    waiting.value = { ...waiting.peek(), [run.answer.key]: { why, until: performance.now() + ms } };
  }
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    run.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function unwait(run: Run): void {
  const { [run.answer.key]: gone, ...rest } = waiting.peek();
  if (gone) waiting.value = rest;
}

function kindOf(status: number, answer: Answer): ErrorKind {
  if (status === 404) return answer.phase === "sending" ? "no_such_model" : "lost";
  if (status === 413) return "too_long";
  return status === 401 || status === 403 ? "config" : "bad_request";
}

function failure(answer: Answer, kind: ErrorKind, message = "", code: string | null = null): Answer {
  const error: ChatError = { kind, message, code, status: null, retry_in_s: null, story: answer.story };
  return { ...answer, phase: "error", error };
}

/** The answer further on; it shows with the next frame. */
function take(run: Run, answer: Answer): void {
  const accepted = run.answer.phase === "sending" && answer.phase !== "sending" && answer.requestId !== null;
  run.answer = isOver(answer) ? { ...answer, endedAt: Date.now() } : answer;
  if (accepted) accept(run);
  schedule();
}

/** The gateway has the message: now it may leave the composer. */
function accept(run: Run): void {
  const turn = conversation.peek().turns.find((turn) => turn.answers.some((a) => a.key === run.answer.key));
  if (turn && draft.peek().trim() === turn.question) draft.value = "";
}

let scheduled = false;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(flush, HIDDEN_FRAME_MS);
  else setTimeout(() => requestAnimationFrame(flush), REST_MS);
}

/** Puts what was read into the conversations. */
export function flush(): void {
  scheduled = false;
  for (const run of runs.values()) {
    const { answer, shown } = run;
    if (answer !== shown) {
      run.shown = answer;
      change((c) => withAnswer(c, answer), run.conversation);
      if (run.conversation === conversation.peek().id) announce(shown, answer);
    }
    if (isOver(answer)) drop(run);
  }
}

/** An answer ends here, because this page says so. */
function end(answer: Answer): void {
  const run = runs.get(answer.key);
  if (run && isOver(run.answer)) return;
  const ended = { ...answer, endedAt: Date.now() };
  if (run) {
    run.answer = ended;
    flush();
  } else change((c) => withAnswer(c, ended));
}

function drop(run: Run): void {
  unwait(run);
  runs.delete(run.answer.key);
  run.abort.abort();
  run.wake();
}
