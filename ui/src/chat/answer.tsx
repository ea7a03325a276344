/** An answer: notice, text with its seams, how it ended, who gave it. */
import { useRef, useState } from "preact/hooks";
import type { SignalLevel, Target } from "../shared/api";
import { modelName, parts } from "../shared/api";
import { status } from "../shared/live";
import { Signal } from "../shared/signal";
import { duration } from "../shared/time";
import { words } from "../words";
import { Copy, copy } from "./copy";
import { Details } from "./details";
import { ErrorBox } from "./errorbox";
import { type Answer, type Turn, canGoOn, chainOf, chainText, isOver, textOf, versionsOf, withTurn, writerOf } from "./model";
import { type Notice, noticeOf } from "./notice";
import { NoticeBox } from "./noticebox";
import { openPicker } from "./picker";
import { ask, current, pickedIn } from "./run";
import { Text } from "./seam";
import { change, conversation } from "./store";
import type { TurnProps } from "./turn";
import { Working } from "./working";

export function AnswerBox({ turn, number, told, newest, showBackup }: TurnProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLElement>(null);
  const chain = chainOf(turn);
  const answer = chain.at(-1);
  if (!answer) return null;
  const over = isOver(answer);
  const notice = chain.map((one) => noticeOf(one, told, showBackup)).find((one): one is Notice => one !== null);
  const level = answer.story?.signal ?? "unrated";
  const keys: Record<string, () => void> = {
    c: () => void copy(chainText(chain)),
    r: () => ask(turn.id, answer),
    d: () => setOpen(!open),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
  };
  // The story stands below the answer, which may be long: whoever asks for it is taken there.
  const tell = () => {
    setOpen(true);
    setTimeout(() => box.current?.querySelector<HTMLElement>(".story")?.focus());
  };
  const pressed = (event: KeyboardEvent) => {
    const act = keys[event.key];
    // Only while the answer itself has the focus: a letter typed anywhere else means itself.
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || !act) return;
    event.preventDefault();
    act();
  };
  return (
    <article ref={box} tabIndex={0} aria-label={label(answer, number)} onKeyDown={pressed}>
      <h2 class="who">{words.chat.assistant}</h2>
      {notice && <NoticeBox notice={notice} level={level} tell={tell} />}
      {answer.thinking && (
        <details class="thinking">
          <summary>{answer.parts.length > 0 || over ? words.chat.thought : words.chat.thinking}</summary>
          <p>{answer.thinking}</p>
        </details>
      )}
      <Text chain={chain} streaming={!over} />
      {!over && <Working key={answer.key} answer={answer} />}
      <Ending answer={answer} turn={turn} />
      {answer.phase === "error" && (
        <ErrorBox
          answer={answer}
          turn={turn}
          newest={newest}
          around={{ canGoOn: canGoOn(turn), isLonger: number > 1, length: lengthUpTo(turn) }}
        />
      )}
      {over && <Footer turn={turn} chain={chain} open={open} setOpen={setOpen} />}
      {open && chain.map((one) => one.story && <Details key={one.key} story={one.story} />)}
      {over && newest && <LeadIsBack answer={answer} turn={turn} />}
    </article>
  );
}

function label(answer: Answer, number: number): string {
  const writer = writerOf(answer);
  if (!writer) return words.chat.answerNumber(number);
  return words.chat.answerLabel(number, words.signal[answer.story?.signal ?? "unrated"].word, modelName(writer));
}

/** The focus to the next answer, or the one before: at the reader's own key. */
function step(by: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>("article")];
  all[all.indexOf(document.activeElement as HTMLElement) + by]?.focus();
}

function lengthUpTo(turn: Turn): number {
  const { turns } = conversation.peek();
  const before = turns.slice(0, turns.findIndex((other) => other.id === turn.id) + 1);
  return before.reduce((sum, one) => sum + one.question.length + chainText(chainOf(one)).length, 0);
}

/** A quiet line where an answer ended otherwise than by being whole. */
function Ending({ answer, turn }: { answer: Answer; turn: Turn }) {
  const text =
    answer.phase === "stopped"
      ? words.chat.stoppedByYou
      : answer.phase === "done" && answer.finish === "length"
        ? words.chat.lengthEnd
        : answer.phase === "done" && answer.finish === "content_filter"
          ? words.chat.filtered
          : answer.phase !== "done" || textOf(answer).trim()
            ? null
            : answer.finish === "tool_calls"
              ? words.chat.tool
              : words.chat.nothing;
  if (!text) return null;
  return (
    <p class="muted small">
      <i>{text}</i>{" "}
      {answer.finish !== "content_filter" && canGoOn(turn) && (
        <button type="button" class="link" onClick={() => ask(turn.id, undefined, true)}>
          {words.chat.goOn}
        </button>
      )}
    </p>
  );
}

/** Who wrote it, in order. */
export function writersOf(chain: Answer[]): string[] {
  const all = chain.flatMap(({ story }) => {
    const handed = story?.hand_overs.filter((one) => one.how !== "restart").map((one) => one.from) ?? [];
    return story?.served ? [...handed, story.served] : handed;
  });
  return all.filter((target, place) => target !== all[place - 1]);
}

function roleOf(level: SignalLevel, place: number, of: number): string {
  return level === "1" ? words.role.last : words.role.backup(place, of);
}

/** How long an answer took; of one whose end nobody has told, until it was given up here. */
function tookMs({ story, at, endedAt }: Answer): number {
  return story && story.outcome !== "answering" ? story.took_ms : (endedAt ?? at) - at;
}

interface FooterProps {
  turn: Turn;
  chain: Answer[];
  open: boolean;
  setOpen: (open: boolean) => void;
}

function Footer({ turn, chain, open, setOpen }: FooterProps) {
  const last = chain.at(-1) as Answer;
  const { story } = last;
  const writers = writersOf(chain);
  const [only] = writers;
  const took = chain.reduce((sum, one) => sum + tookMs(one), 0);
  const text = chainText(chain);
  return (
    <div class="foot">
      {story?.served && <Signal level={story.signal} />}
      {only && writers.length === 1 && (
        <span>
          {parts(only).model} · {parts(only).provider}
          {story?.place && story.of && story.place > 1 ? ` (${roleOf(story.signal, story.place, story.of)})` : ""}
        </span>
      )}
      {writers.length > 1 && <span>{writers.map((target) => modelName(target, writers)).join(" → ")}</span>}
      {story?.served && <span>{duration(took)}</span>}
      <Versions turn={turn} />
      {text && <Copy text={() => text} />}
      {last.phase !== "error" && <Again turn={turn} answer={last} />}
      {story && (
        <button type="button" class="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
          {words.chat.details}
        </button>
      )}
    </div>
  );
}

/** Answers beside each other. */
function Versions({ turn }: { turn: Turn }) {
  const places = versionsOf(turn);
  if (places.length < 2) return null;
  const at = places.indexOf(turn.shown);
  const show = (place: number | undefined) => {
    if (place !== undefined) change((c) => withTurn(c, turn.id, (turn) => ({ ...turn, shown: place })));
  };
  return (
    <span class="versions" role="group" aria-label={words.chat.version(at + 1, places.length)}>
      <button type="button" class="btn" aria-label={words.chat.earlier} disabled={at < 1} onClick={() => show(places[at - 1])}>
        ‹
      </button>{" "}
      {at + 1}/{places.length}{" "}
      <button
        type="button"
        class="btn"
        aria-label={words.chat.later}
        disabled={at >= places.length - 1}
        onClick={() => show(places[at + 1])}
      >
        ›
      </button>
    </span>
  );
}

/** Another answer beside this one. */
function Again({ turn, answer }: { turn: Turn; answer: Answer }) {
  const [open, setOpen] = useState(false);
  const lead = answer.story?.lead;
  const pick = pickedIn(conversation.peek());
  const choices: [string, () => void][] = [[words.chat.againSame, () => ask(turn.id, answer)]];
  const add = (model: string, act: () => void) => choices.push([words.chat.againModel(modelName(model)), act]);
  if (lead && lead !== answer.asked) add(lead, () => ask(turn.id, { asked: lead, only: false }));
  if (pick.asked !== answer.asked && pick.asked !== lead) add(pick.asked, () => ask(turn.id));
  choices.push([words.chat.againChoose, () => openPicker()]);
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    setOpen(false);
    (event.currentTarget as HTMLElement).querySelector("button")?.focus();
  };
  const left = (event: FocusEvent) => {
    if (!(event.currentTarget as Node).contains(event.relatedTarget as Node | null)) setOpen(false);
  };
  return (
    <div class="menu" onKeyDown={pressed} onFocusOut={left}>
      <button type="button" class="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.chat.again} ▾
      </button>
      {open && (
        <div>
          {choices.map(([text, act]) => (
            <button
              key={text}
              type="button"
              onClick={() => {
                setOpen(false);
                act();
              }}
            >
              {text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** On the newest answer only, when a backup gave it and the lead has answered somebody since: then it is known to be well. */
function LeadIsBack({ answer, turn }: { answer: Answer; turn: Turn }) {
  const { story } = answer;
  const lead = story?.lead;
  if (!lead || !story.served || story.served === lead || story.canary || current.value) return null;
  const targets = status.value?.routes.flatMap((route): Target[] => route.targets) ?? [];
  const is = targets.find((target) => target.id === lead);
  if (!is || is.state !== "ready" || is.is_off || is.last_answer_s === null) return null;
  if ((status.value?.at_ms ?? 0) - is.last_answer_s * 1000 <= story.ended_at_ms) return null;
  return (
    <p class="small">
      {words.chat.leadIsBack(modelName(lead))}{" "}
      <button type="button" class="link" onClick={() => ask(turn.id, { asked: lead, only: false })}>
        {words.chat.askAgain}
      </button>
    </p>
  );
}
