/** The error below an answer. What came is kept above it; the focus stays where it is. */
import { now } from "../shared/live";
import { ticking } from "../shared/time";
import { words } from "../words";
import { copy } from "./copy";
import { type Act, type Around, errorView } from "./error";
import { edit } from "./edit";
import type { Answer, Turn } from "./model";
import { openPicker } from "./picker";
import { ask, current, send } from "./run";
import { change, newConversation } from "./store";

export interface ErrorBoxProps {
  answer: Answer;
  turn: Turn;
  around: Omit<Around, "agoMs">;
  /** The newest answer of the conversation: said aloud. */
  newest: boolean;
}

export function ErrorBox({ answer, turn, around, newest }: ErrorBoxProps) {
  const { error } = answer;
  if (!error) return null;
  const view = errorView(error, answer, { ...around, agoMs: Date.now() - (answer.endedAt ?? 0) });
  const acts: Record<Act, () => void> = {
    again: () => ask(turn.id),
    same: () => ask(turn.id, answer),
    goOn: () => ask(turn.id, undefined, true),
    best: () => {
      change((c) => ({ ...c, model: null, only: false }));
      ask(turn.id);
    },
    choose: () => openPicker(),
    edit: () => edit(turn.question),
    summary: () => {
      newConversation();
      send(turn.question);
    },
    report: () => void copy(report(answer)),
  };
  return (
    <div class="note n-0 err" role="group" aria-label={view.title}>
      <p role={newest ? "alert" : undefined}>
        <b>{view.title}</b> {view.text}
      </p>
      <div class="row">
        {view.buttons.map(([label, act], place) => (
          <button key={act} type="button" class={place === 0 ? "btn primary" : "btn"} onClick={acts[act]}>
            {label}
          </button>
        ))}
        <Countdown answer={answer} />
        {answer.requestId && <span class="muted small">{words.error.request(answer.requestId)}</span>}
      </div>
    </div>
  );
}

/** How long until another try may help; not in the alert, which would be read aloud each second. */
function Countdown({ answer }: { answer: Answer }) {
  const seconds = answer.error?.retry_in_s;
  if (seconds == null || answer.endedAt === undefined || current.value) return null;
  void now.value;
  const left = seconds * 1000 - (Date.now() - answer.endedAt);
  return left > 0 ? <span class="muted small">{words.error.tryAgainIn(ticking(left))}</span> : null;
}

/** For an administrator: what was asked and what came of it, without the conversation. */
function report({ key, asked, only, requestId, error, story, at }: Answer): string {
  return JSON.stringify({ key, asked, only, requestId, at: new Date(at).toISOString(), error, story }, null, 2);
}
