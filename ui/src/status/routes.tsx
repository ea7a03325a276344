/** Each route as a chain of boxes: who is asked first, who next, who answers now, and why the others do not. */
import { Fragment } from "preact";
import type { Route, Status, Target } from "../shared/api";
import { Name } from "../shared/name";
import { Signal } from "../shared/signal";
import { nextTry, stateOf } from "../shared/state";
import { ticking } from "../shared/time";
import { words } from "../words";
import { cut, places } from "./rows";
import { at, past, sinceMs } from "./view";

export function Routes({ of }: { of: Status }) {
  return (
    <section>
      <h2>{words.status.routes}</h2>
      {of.routes.map((route) => (
        <Chain key={route.name} route={route} />
      ))}
    </section>
  );
}

function Chain({ route }: { route: Route }) {
  const { shown, more } = cut(places(route), route.answering);
  return (
    <div class="chain">
      <h3>{route.name}</h3>
      <ol>
        {shown.map((place, number) => (
          <li key={place[0]?.id}>
            {number > 0 && <Arrow />}
            {place.map((target, member) => (
              <Fragment key={target.id}>
                {member > 0 && <span class="muted small">{words.status.or}</span>}
                <Hop target={target} route={route} />
              </Fragment>
            ))}
          </li>
        ))}
        {more > 0 && <li class="muted small">{words.status.morePlaces(more)}</li>}
      </ol>
      {shown.length === 0 && <span class="muted">{words.status.emptyRoute}</span>}
    </div>
  );
}

function Arrow() {
  return (
    <>
      <span aria-hidden="true">→</span>
      <span class="sr">{words.status.then}</span>
    </>
  );
}

function Hop({ target, route }: { target: Target; route: Route }) {
  const answers = target.id === route.answering;
  const state = stateOf(target, route);
  const { mark, word } = words.state[state];
  const why = whyNot(target);
  const hasTrouble = state !== "answering" && state !== "ready" && state !== "standby";
  return (
    <span class={answers ? "hop answers" : "hop"}>
      <span class="line">
        <Signal level={target.signal} /> <Name id={target.id} /> {answers && <b>{words.status.now}</b>}
      </span>
      {hasTrouble && (
        <span class={`small is-${state}`}>
          {mark} {word}
          {why && <span class="muted">: {why}</span>}
        </span>
      )}
    </span>
  );
}

/** Why a target is passed over, or not quite itself, as far as it is known. */
function whyNot(target: Target): string {
  if (target.is_off) return words.status.forced;
  const error = past.value?.targets[target.id]?.last_error;
  const isItsError = error && (target.state === "resting" || target.state === "testing" || target.state === "ramping");
  const why = isItsError ? words.status.why(error.words, ticking(at.value - error.at_ms)) : null;
  return [why, nextTry(target, sinceMs.value)].filter((part) => part !== null).join("; ");
}
