/** The conversations behind a button: a dialog at the left edge. */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Dialog } from "../shared/dialog";
import { Tick } from "../shared/tick";
import { clock } from "../shared/time";
import { words } from "../words";
import { download } from "./export";
import { stopIn } from "./run";
import type { Settings } from "./settings";
import {
  type Entry,
  conversation,
  conversations,
  load,
  newConversation,
  openConversation,
  remove,
  removeAll,
  rename,
  settings,
} from "./store";

const open = signal(false);
/** What is being done to one of them, or to all. */
const doing = signal<{ what: "rename" | "remove"; id: string } | "removeAll" | null>(null);

export function Drawer() {
  return (
    <>
      <button
        type="button"
        class="btn conversations"
        aria-haspopup="dialog"
        aria-expanded={open.value}
        onClick={() => (open.value = true)}
      >
        ☰ <span>{words.drawer.open}</span>
      </button>
      {open.value && <Panel />}
    </>
  );
}

function close(): void {
  open.value = false;
  doing.value = null;
}

function Panel() {
  const now = doing.value;
  const last = useRef("");
  useLayoutEffect(() => {
    if (now !== null) last.current = now === "removeAll" ? "" : now.id;
    else if (document.activeElement === document.body) backTo(last.current);
  }, [now]);
  const start = () => {
    newConversation();
    close();
  };
  return (
    <Dialog kind="drawer" title={words.drawer.title} close={close}>
      <button type="button" class="btn primary" onClick={start}>
        {words.drawer.new}
      </button>
      <ul>
        {conversations.value.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ul>
      <p class="muted small">{words.drawer.kept}</p>
      {doing.value === "removeAll" ? (
        <Question text={words.drawer.sureAll} yes={() => (stopIn(), removeAll())} />
      ) : (
        <button
          type="button"
          class="btn"
          disabled={conversations.value.length === 0}
          onClick={() => (doing.value = "removeAll")}
        >
          {words.drawer.removeAll}
        </button>
      )}
      <h3>{words.drawer.settings}</h3>
      {(["showBackup", "readAloud", "phoneStyle"] as (keyof Settings)[]).map((name) => (
        <Tick
          key={name}
          label={words.drawer[name]}
          on={settings.value[name]}
          set={(on) => (settings.value = { ...settings.value, [name]: on })}
        />
      ))}
    </Dialog>
  );
}

/** The button that was pressed is gone: the focus goes to its conversation, or to the top. */
function backTo(id: string): void {
  const dialog = document.querySelector(".drawer");
  const row = [...(dialog?.querySelectorAll<HTMLElement>("li") ?? [])].find((one) => one.dataset["id"] === id);
  (row ?? dialog)?.querySelector<HTMLElement>("button")?.focus();
}

function Row({ entry }: { entry: Entry }) {
  const { id } = entry;
  const title = entry.title ?? words.drawer.untitled;
  const now = doing.value;
  const on = now !== null && now !== "removeAll" && now.id === id ? now.what : null;
  const show = () => {
    openConversation(id);
    close();
  };
  const give = () => {
    const c = load(id);
    if (c) download(c);
  };
  return (
    <li data-id={id} aria-current={conversation.value.id === id ? "true" : undefined}>
      {on === "rename" ? (
        <Name id={id} title={entry.title ?? ""} />
      ) : (
        <button type="button" class="plain" onClick={show}>
          <span class="title">{title}</span> <span class="muted small">{when(entry.at)}</span>
        </button>
      )}
      {on === "remove" ? (
        <Question text={words.drawer.sureOne(title)} yes={() => (stopIn(id), remove(id))} />
      ) : (
        on === null && (
          <div class="row">
            <Act name={words.drawer.rename} of={title} act={() => (doing.value = { what: "rename", id })} />
            <Act name={words.drawer.export} of={title} act={give} />
            <Act name={words.drawer.remove} of={title} act={() => (doing.value = { what: "remove", id })} />
          </div>
        )
      )}
    </li>
  );
}

/** A small button whose name says which conversation it is about. */
function Act({ name, of, act }: { name: string; of: string; act: () => void }) {
  return (
    <button type="button" class="plain small" aria-label={`${name}: ${of}`} onClick={act}>
      {name}
    </button>
  );
}

function Name({ id, title }: { id: string; title: string }) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.select(), []);
  const done = () => (doing.value = null);
  const save = (event: Event) => {
    event.preventDefault();
    rename(id, field.current?.value ?? "");
    done();
  };
  return (
    <form class="row" onSubmit={save} onKeyDown={(event) => leave(event, done)}>
      <input ref={field} aria-label={words.drawer.renameLabel} value={title} maxLength={200} />
      <button type="submit" class="btn">
        {words.drawer.save}
      </button>
    </form>
  );
}

function Question({ text, yes }: { text: string; yes: () => void }) {
  const keep = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => keep.current?.focus(), []);
  const done = () => (doing.value = null);
  const sure = () => {
    yes();
    done();
  };
  return (
    <div class="question" role="group" aria-label={text} onKeyDown={(event) => leave(event, done)}>
      <p>{text}</p>
      <div class="row">
        <button type="button" class="btn" onClick={sure}>
          {words.drawer.yes}
        </button>
        <button type="button" class="btn" ref={keep} onClick={done}>
          {words.drawer.no}
        </button>
      </div>
    </div>
  );
}

/** Escape leaves what is being done, not the whole drawer. */
function leave(event: KeyboardEvent, done: () => void): void {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  done();
}

/** The time of day today, else the day. */
function when(at: number): string {
  const day = new Date(at);
  if (day.toDateString() === new Date().toDateString()) return clock(at);
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }).format(day);
}
