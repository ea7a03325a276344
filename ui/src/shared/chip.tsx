/** The chip in the header: what the next message would get, and, opened, why. */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Route, type SignalLevel, modelName } from "./api";
import { go } from "./go";
import { ageMs, isStale, status } from "./live";
import { Signal } from "./signal";
import { nextTry, stateOf } from "./state";
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
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const outside = event.type !== "keydown" && !box.current?.contains(event.target as Node);
      const escape = event instanceof KeyboardEvent && event.key === "Escape";
      if (!open.value || !(outside || escape)) return;
      // The popover goes, and the focus must not go with it.
      if (escape && box.current?.contains(document.activeElement)) button.current?.focus();
      open.value = false;
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
  const level = isStale.value ? "unrated" : levelOf(of);
  const text = isStale.value ? words.chip.unreachable : of ? words.chip[of.level] : words.chip.none;
  return (
    <div class="chip" ref={box}>
      <button
        type="button"
        class="plain"
        ref={button}
        aria-expanded={open.value}
        onClick={() => (open.value = !open.value)}
      >
        <span class="sr">{words.chip.signal}</span>
        {!isStale.value && <Signal level={level} />}
        <span class="muted small">{text}</span>
        <span class="sr">{words.chip.open}</span>
      </button>
      {open.value && of && (
        <div class="popover" role="dialog" aria-label={words.signal[levelOf(of)].word}>
          <p>{isStale.value ? words.status.wentOld : words.signal[level].sentence}</p>
          <p class="muted small">{words.chip.chain}</p>
          <ol>
            {of.targets.slice(0, MOST).map((target) => {
              const state = stateOf(target, of);
              const next = nextTry(target, ageMs.value ?? 0);
              return (
                <li key={target.id}>
                  <Signal level={target.signal} /> {modelName(target.id, of.targets.map((t) => t.id))}{" "}
                  <span class="muted small">
                    {words.state[state].mark} {words.state[state].word}
                    {next && `, ${next}`}
                  </span>
                </li>
              );
            })}
          </ol>
          {of.targets.length > MOST && <p class="muted small">{words.status.morePlaces(of.targets.length - MOST)}</p>}
          <p class="muted small">{words.chip.meaning}</p>
          <a
            href="/status"
            onClick={(event) => {
              go(event);
              if (event.defaultPrevented) open.value = false;
            }}
          >
            {words.chip.toStatus}
          </a>
        </div>
      )}
    </div>
  );
}

/** Of a long chain the popover shows the beginning. */
const MOST = 10;
