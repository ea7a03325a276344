/**
 * A question and the answer to it that is shown.
 *
 * One whose properties are the same objects as before is not rendered again: while an answer comes, only its own turn
 * is.
 */
import { Component } from "preact";
import { useState } from "preact/hooks";
import { words } from "../words";
import { AnswerBox } from "./answer";
import type { Turn } from "./model";

export interface TurnProps {
  turn: Turn;
  /** Which answer of the conversation this is, from 1. */
  number: number;
  /** Its notice was given before. */
  told: boolean;
  newest: boolean;
  showBackup: boolean;
}

export class TurnBox extends Component<TurnProps> {
  override shouldComponentUpdate(next: TurnProps): boolean {
    return (Object.keys(next) as (keyof TurnProps)[]).some((name) => next[name] !== this.props[name]);
  }

  override render(props: TurnProps) {
    return (
      <section class="turn">
        <h2 class="who">{words.chat.you}</h2>
        <Question text={props.turn.question} />
        {props.turn.answers.length > 0 && <AnswerBox {...props} />}
      </section>
    );
  }
}

/** So much of a question shows at first: a megabyte of text would hold up the whole page. */
const SHOWN = 4000;

function Question({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const cut = !all && text.length > SHOWN;
  return (
    <p class="mine">
      {cut ? `${text.slice(0, SHOWN)}…` : text}
      {cut && (
        <>
          {" "}
          <button type="button" class="link" onClick={() => setAll(true)}>
            {words.chat.showAll}
          </button>
        </>
      )}
    </p>
  );
}
