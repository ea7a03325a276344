/** The chat page: the transcript, and where messages are written. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { words } from "../words";
import { Composer } from "./composer";
import { Drawer } from "./drawer";
import { focusComposer } from "./edit";
import { download } from "./export";
import { Keys, registerKeys, showKeys } from "./keys";
import { alreadyTold } from "./notice";
import { openPicker } from "./picker";
import { current, follow, send, stop } from "./run";
import { Say } from "./say";
import { conversation, newConversation, settings, storageTrouble } from "./store";
import { TurnBox } from "./turn";

/** So many turns show at first, and so many more at each wish. */
const STEP = 20;
/** Nearer to the end than this is at the end, in CSS pixels. */
const NEAR_PX = 48;

const shown = signal(STEP);
/** Text came below what the reader looks at. */
const below = signal(false);
let atEnd = true;

function toEnd(): void {
  atEnd = true;
  below.value = false;
  scrollTo(0, document.documentElement.scrollHeight);
}

function newChat(): void {
  newConversation();
  focusComposer();
}

export function ChatPage() {
  useEffect(follow, []);
  useEffect(
    () =>
      registerKeys({
        chooseModel: () => openPicker(),
        newChat,
        toError: () => [...document.querySelectorAll<HTMLElement>(".err button")].at(-1)?.closest(".err")?.querySelector("button")?.focus(),
      }),
    [],
  );
  const escape = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing && current.peek()) stop();
  };
  return (
    <main id="main" class="chat" onKeyDown={escape}>
      <h1 class="sr">{words.chat.title}</h1>
      <div class="row tools">
        <Drawer />
        <button type="button" class="btn" onClick={newChat}>
          {words.drawer.new}
        </button>
        <span class="fill" />
        <button type="button" class="btn" aria-label={words.keys.open} title={words.keys.open} onClick={showKeys}>
          ?
        </button>
      </div>
      <Transcript />
      <div class="dock">
        {below.value && (
          <button type="button" class="btn new" onClick={toEnd}>
            ↓ {words.chat.newText}
          </button>
        )}
        <Storage />
        <Composer sent={toEnd} />
      </div>
      <Keys />
      <Say />
    </main>
  );
}

function Transcript() {
  const { id, turns } = conversation.value;
  const { showBackup } = settings.value;
  const told = useMemo(() => alreadyTold(conversation.value), [conversation.value]);
  const box = useStayingAtEnd(id);
  const hidden = Math.max(0, turns.length - shown.value);
  return (
    <div class="log" role="log" aria-live="off" aria-label={words.chat.title} ref={box}>
      {turns.length === 0 && <First />}
      {hidden > 0 && (
        <button type="button" class="btn" onClick={() => (shown.value += STEP)}>
          {words.chat.openOlder(hidden)}
        </button>
      )}
      {turns.slice(hidden).map((turn, place) => (
        <TurnBox
          key={turn.id}
          turn={turn}
          number={hidden + place + 1}
          told={turn.answers.some((answer) => told.has(answer.key))}
          newest={hidden + place === turns.length - 1}
          showBackup={showBackup}
        />
      ))}
    </div>
  );
}

/** Follows the text while the reader is at its end; else says that there is more. */
function useStayingAtEnd(id: string) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let height = 0;
    const grown = () => {
      const is = box.current?.offsetHeight ?? 0;
      if (atEnd) scrollTo(0, document.documentElement.scrollHeight);
      else if (is > height && current.peek()) below.value = true;
      height = is;
    };
    const scrolled = () => {
      const { scrollHeight } = document.documentElement;
      atEnd = scrollY + innerHeight >= scrollHeight - NEAR_PX;
      if (atEnd) below.value = false;
    };
    const watch = new ResizeObserver(grown);
    if (box.current) watch.observe(box.current);
    addEventListener("scroll", scrolled, { passive: true });
    return () => {
      watch.disconnect();
      removeEventListener("scroll", scrolled);
    };
  }, []);
  useEffect(() => {
    shown.value = STEP;
    toEnd();
  }, [id]);
  return box;
}

/** The first visit. */
function First() {
  return (
    <div class="first">
      <p class="muted">{words.chat.first}</p>
      {words.chat.examples.map((example) => (
        <button key={example} type="button" class="btn" onClick={() => send(example)}>
          {example}
        </button>
      ))}
    </div>
  );
}

/** The browser does not keep what is written here. */
function Storage() {
  const trouble = storageTrouble.value;
  if (!trouble) return null;
  return (
    <div class="note n-0 err" role="group" aria-label={words.error.storage.title}>
      <p role="alert">
        <b>{words.error.storage.title}</b> {words.error.storage[trouble]}
      </p>
      <div class="row">
        <button type="button" class="btn" onClick={() => download(conversation.peek())}>
          {words.error.buttons.export}
        </button>
      </div>
    </div>
  );
}
