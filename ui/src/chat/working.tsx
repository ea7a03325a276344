/** The one line that says what is being done for an answer, and names who is asked. It never stands still in silence. */
import { useEffect, useRef, useState } from "preact/hooks";
import { modelName } from "../shared/api";
import { now } from "../shared/live";
import { words } from "../words";
import { type Answer, writerOf } from "./model";
import { type Waiting, now as tryNow, waiting } from "./run";

/** Whatever is quicker needs no line that flashes. */
const FLASH_MS = 400;
/** From here on the line counts the seconds. */
const COUNTED_S = 5;

/** The line, when nothing has changed for so many seconds; `null` while words come. */
export function workingLine(answer: Answer, seconds: number): string | null {
  const counted = seconds >= COUNTED_S;
  const { asking, failed, phase } = answer;
  if (phase === "sending") return words.chat.sending;
  const writer = writerOf(answer);
  if (phase === "answering" && (!asking || !writer || asking === writer)) {
    return counted && writer ? words.chat.silent(modelName(writer), seconds) : null;
  }
  const last = failed.at(-1);
  const name = (target: string) => modelName(target, last ? [last.target, asking ?? ""] : []);
  if (!asking) {
    return last ? words.chat.failedWaiting(name(last.target), words.reason(last.code)) : words.chat.looking;
  }
  if (phase === "answering" && writer) {
    const line = words.chat.handingOver(modelName(writer, [asking]), modelName(asking, [writer]));
    return counted ? `${line} ${seconds} s` : line;
  }
  if (!last) return counted ? words.chat.askingSince(name(asking), seconds) : words.chat.asking(name(asking));
  const reason = words.reason(last.code);
  const line =
    last.target === asking
      ? words.chat.askingAgain(name(asking), reason)
      : words.chat.failedAsking(name(last.target), reason, name(asking));
  return counted ? `${line} ${seconds} s` : line;
}

export function Working({ answer }: { answer: Answer }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), FLASH_MS);
    return () => clearTimeout(timer);
  }, []);
  const stage = `${answer.asking} ${answer.failed.length} ${answer.phase} ${answer.seen}`;
  const since = useRef({ stage, at: performance.now() });
  if (since.current.stage !== stage) since.current = { stage, at: performance.now() };
  const line = workingLine(answer, Math.max(0, Math.floor((now.value - since.current.at) / 1000)));
  const wait = waiting.value[answer.key];
  if (wait) return <Unreachable answer={answer} {...wait} />;
  if (!late || line === null) return null;
  return <p class="working muted">{line}</p>;
}

/** Nobody is to be reached: the message is kept, and tried again by itself. */
function Unreachable({ answer, why, until }: Waiting & { answer: Answer }) {
  const seconds = Math.max(1, Math.ceil((until - now.value) / 1000));
  const unsent = answer.phase === "sending";
  return (
    <div class="note n-0 err">
      <p role="alert">
        <b>{why === "offline" ? words.error.offline.title : words.error.offline[why]}</b>{" "}
        {unsent ? words.error.offline.text : words.error.offline.reading}
      </p>
      <div class="row">
        <button type="button" class="btn" onClick={() => tryNow(answer.key)}>
          {unsent ? words.error.buttons.now : words.error.buttons.again}
        </button>
        <span class="muted small">{words.error.offline.next(seconds)}</span>
      </div>
    </div>
  );
}
