/**
 * The model picker: a button with what is picked, how that stands, and a list with search.
 *
 * A combobox with a listbox: the focus stays in the search field, `aria-activedescendant` says which option is active.
 */
import { effect, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { modelName } from "../shared/api";
import { shownRoute } from "../shared/chip";
import { Signal } from "../shared/signal";
import { words } from "../words";
import { type Choice, choice, choices, standing } from "./choices";
import { change, conversation, isRunning } from "./store";

export { choice, picked } from "./choices";

/** More options are not drawn; the search finds them. */
const MOST = 50;

const open = signal(false);
const query = signal("");
const active = signal(0);
/** The answer that ran when the choice was changed. */
const changedUnder = signal<string | null>(null);

// The chip in the header speaks of the route that the next message goes to.
effect(() => {
  const { choice: next } = choice.value;
  shownRoute.value = next.model === null ? null : (next.route?.name ?? null);
});

/** Opens the list, with the focus in its search field. */
export function openPicker(typed = ""): void {
  query.value = typed;
  const at = found().findIndex(isPicked);
  active.value = typed === "" ? Math.max(0, at) : 0;
  open.value = true;
}

const isPicked = (one: Choice) => one.model === choice.value.choice.model;

/** The options that the search leaves, best first: the whole name's beginning before any other place. */
function matching(): Choice[] {
  const wanted = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (one: Choice) => `${one.name} ${one.model ?? ""}`.toLowerCase();
  const hits = choices.value.filter((one) => wanted.every((word) => text(one).includes(word)));
  const first = (one: Choice) => (one.name.toLowerCase().startsWith(wanted[0] ?? "") ? 0 : 1);
  return wanted.length === 0 ? hits : hits.sort((one, other) => first(one) - first(other));
}

function found(): Choice[] {
  const all = matching();
  const shown = all.slice(0, MOST);
  // What is picked is always to be seen.
  const chosen = query.value === "" ? all.slice(MOST).find(isPicked) : undefined;
  return chosen ? [...shown, chosen] : shown;
}

const runningKey = () => conversation.value.turns.flatMap((turn) => turn.answers).at(-1)?.key ?? null;

function pick(one: Choice | undefined): void {
  if (!one) return;
  set({ model: one.model });
}

function set(to: { model?: string | null; only?: boolean }): void {
  if (isRunning(conversation.value)) changedUnder.value = runningKey();
  change((c) => ({ ...c, ...to }));
}

export function Picker() {
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { choice: next, gone } = choice.value;
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  useEffect(() => {
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) open.value = false;
    };
    addEventListener("pointerdown", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      open.value = false;
    };
  }, []);
  const keyOnButton = (event: KeyboardEvent) => {
    const typed = /^[\p{L}\p{N}]$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp" && !typed) return;
    event.preventDefault();
    event.stopPropagation();
    openPicker(typed ? event.key : "");
  };
  const later = isRunning(conversation.value) && changedUnder.value === runningKey();
  const note = gone ? words.picker.gone(modelName(gone)) : later ? words.picker.fromNext : standing(next);
  return (
    <div class="picker" ref={box}>
      <button
        type="button"
        class="btn"
        ref={button}
        aria-haspopup="dialog"
        aria-expanded={open.value}
        aria-label={`${words.picker.label}: ${next.name}`}
        onClick={() => (open.value ? close() : openPicker())}
        onKeyDown={keyOnButton}
      >
        <span class="name">{next.name}</span> ▾
      </button>
      {next.signal && <Signal level={next.signal} />}
      {/* No status region: it counts down, and would be read aloud each second. */}
      <span class="muted small">{note}</span>
      {open.value && <List close={close} />}
    </div>
  );
}

function List({ close }: { close: () => void }) {
  const search = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const options = found();
  const hidden = matching().length - options.length;
  const at = Math.min(active.value, options.length - 1);
  const { only, choice: next } = choice.value;
  useLayoutEffect(() => search.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector(".active")?.scrollIntoView?.({ block: "nearest" });
  }, [at, query.value]);
  const keys: Record<string, () => void> = {
    ArrowDown: () => (active.value = (at + 1) % options.length),
    ArrowUp: () => (active.value = (at + options.length - 1) % options.length),
    Home: () => (active.value = 0),
    End: () => (active.value = options.length - 1),
    Enter: () => {
      pick(options[at]);
      close();
    },
    Escape: close,
  };
  const pressed = (event: KeyboardEvent) => {
    const inSearch = event.target === search.current;
    const act = inSearch || event.key === "Escape" ? keys[event.key] : undefined;
    // Nothing behind the list may take these keys for its own: Escape stops an answer there.
    event.stopPropagation();
    if (!act || event.isComposing) return;
    event.preventDefault();
    act();
  };
  const left = (event: FocusEvent) => {
    const to = event.relatedTarget as Node | null;
    if (to && !(event.currentTarget as Node).contains(to)) open.value = false;
  };
  return (
    <div class="list" role="dialog" aria-label={words.picker.label} onKeyDown={pressed} onFocusOut={left}>
      <input
        ref={search}
        type="text"
        role="combobox"
        aria-label={words.picker.search}
        placeholder={words.picker.search}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls="models"
        aria-activedescendant={at >= 0 ? `model-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = 0;
        }}
      />
      <ul ref={list} id="models" role="listbox" aria-label={words.picker.label}>
        {options.map((one, place) => (
          <li
            key={one.model}
            id={`model-${place}`}
            role="option"
            class={place === at ? "active" : ""}
            aria-selected={isPicked(one)}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => {
              pick(one);
              close();
            }}
          >
            <span class="row">
              <b>{one.name}</b>
              {one.model === null && <span class="muted small">{words.picker.recommended}</span>}
              <span class="fill" />
              {one.signal && <Signal level={one.signal} />}
            </span>
            <span class="muted small">
              {one.state && `${words.state[one.state].mark} ${words.state[one.state].word} · `}
              {one.note}
            </span>
          </li>
        ))}
      </ul>
      <p class="muted small" role="status">
        {options.length === 0 ? words.picker.none : hidden > 0 ? words.picker.more(hidden) : ""}
        {choices.value.length < 2 && words.picker.noStatus}
      </p>
      <label class="row">
        <input
          type="checkbox"
          role="switch"
          checked={only}
          disabled={!next.target}
          onChange={(event) => set({ only: event.currentTarget.checked })}
        />
        {words.picker.only}
      </label>
    </div>
  );
}
