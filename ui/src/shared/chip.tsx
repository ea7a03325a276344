/** The chip in the header: what the next message would get, and, opened, why. */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Route, type SignalLevel, modelName } from "./api";
import { isStale, status } from "./live";
import { Signal } from "./signal";
import { stateOf } from "./state";
import { duration } from "./time";
import { words } from "../words";

/** The route whose signal the chip shows; the chat page sets it to the one that is picked. */
export const shownRoute = signal<string | null>(null);

export const route = computed<Route | null>(() => {
  const routes = status.value?.routes ?? [];
  return routes.find((r) => r.name === shownRoute.value) ?? routes[0] ?? null;
});

/** The signal that the next answer of a route would have. */
export function levelOf(of: Route | null): SignalLevel {
  const target = of?.targets.find((t) => t.id === of.answering);
  return target ? target.signal : "0";
}

const open = signal(false);

export function Chip() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const outside = event.type !== "keydown" && !box.current?.contains(event.target as Node);
      const escape = event instanceof KeyboardEvent && event.key === "Escape";
      if (open.value && (outside || escape)) open.value = false;
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, []);
  if (status.value === null) return <span class="muted small">{words.chip.unknown}</span>;
  const of = route.value;
  const level = levelOf(of);
  const text = isStale.value ? words.chip.unreachable : of ? words.chip[of.level] : words.chip.none;
  return (
    <div class="chip" ref={box}>
      <button
        type="button"
        class="plain"
        aria-expanded={open.value}
        aria-label={`${words.chip.open(words.signal[level].word)}`}
        onClick={() => (open.value = !open.value)}
      >
        <Signal level={level} />
        <span class="muted small">{text}</span>
      </button>
      {open.value && of && (
        <div class="popover" role="dialog" aria-label={words.signal[level].word}>
          <p>{words.signal[level].sentence}</p>
          <p class="muted small">{words.chip.chain}</p>
          <ol>
            {of.targets.map((target) => {
              const state = stateOf(target, of);
              const ids = of.targets.map((t) => t.id);
              return (
                <li key={target.id}>
                  <Signal level={target.signal} /> {modelName(target.id, ids)}{" "}
                  <span class="muted small">
                    {words.state[state].mark} {words.state[state].word}
                    {state === "resting" && target.tried_again_in_s !== null
                      ? `, ${words.status.nextTry(duration(target.tried_again_in_s * 1000))}`
                      : ""}
                  </span>
                </li>
              );
            })}
          </ol>
          <p class="muted small">{words.chip.meaning}</p>
          <a href="/status">{words.chip.toStatus}</a>
        </div>
      )}
    </div>
  );
}
