/** Where the message is written. What is typed stays until the gateway has it, whatever happens. */
import { words } from "../words";
import { edit } from "./edit";
import { Picker } from "./picker";
import { current, send, stop } from "./run";
import { conversation, draft } from "./store";

/** From so many characters on a message is called long. */
const LONG = 100_000;
/** Two clicks that are meant as one come within this time; nobody reads an answer's first words and stops it so soon. */
const DOUBLE_CLICK_MS = 400;
const MOST_LINES = 8;

/** How many lines the text needs at least; enough of it is looked at to know when it is more than fit. */
function lines(text: string): number {
  return Math.min(MOST_LINES, Math.max(2, text.slice(0, 2000).split("\n").length));
}

export function Composer({ sent }: { sent: () => void }) {
  const busy = current.value !== null;
  const text = draft.value;
  const submit = () => {
    if (busy || !draft.peek().trim()) return;
    send(draft.peek());
    sent();
  };
  const pressed = (event: KeyboardEvent) => {
    // While a word is being put together, Enter ends the word (229 is what Safari says then).
    if (event.isComposing || event.keyCode === 229) return;
    const last = conversation.peek().turns.at(-1);
    if (event.key === "Enter" && !event.shiftKey) submit();
    else if (event.key === "ArrowUp" && !draft.peek() && last) edit(last.question);
    else return;
    event.preventDefault();
  };
  return (
    <form
      class="composer"
      // A field of the picker could submit it, and the page would be loaded anew.
      onSubmit={(event) => event.preventDefault()}
    >
      <label class="sr" for="message">
        {words.chat.label}
      </label>
      <textarea
        id="message"
        rows={lines(text)}
        placeholder={words.chat.placeholder}
        value={text}
        onInput={(event) => (draft.value = event.currentTarget.value)}
        onKeyDown={pressed}
      />
      {text.length > LONG && <p class="muted small">{words.chat.longMessage(size(text.length))}</p>}
      <div class="row">
        <Picker />
        <span class="fill" />
        <span class="muted small hint">{words.chat.enterSends}</span>
        {/* One button, so that the focus stays; and none that submits, or a click on Stop could end as one on Send. */}
        <button type="button" class="btn primary" disabled={!busy && !text.trim()} onClick={busy ? stopSoon : submit}>
          {busy ? words.chat.stop : words.chat.send}
        </button>
      </div>
    </form>
  );
}

/** The second click of a double click on Send, which Stop has taken the place of by then, means nothing. */
function stopSoon(): void {
  if (Date.now() - (current.peek()?.at ?? 0) > DOUBLE_CLICK_MS) stop();
}

function size(characters: number): string {
  return characters < 1e6 ? `${Math.round(characters / 1000)} KB` : `${(characters / 1e6).toFixed(1)} MB`;
}
