/** Keys that work everywhere on the page, and the dialog that lists all keys. */
import { signal } from "@preact/signals";
import { Dialog } from "../shared/dialog";
import { words } from "../words";

export interface KeyActions {
  chooseModel: () => void;
  newChat: () => void;
  /** To the first button of the last error. */
  toError: () => void;
}

const open = signal(false);

/** Opens the list of keys. */
export const showKeys = (): boolean => (open.value = true);

/** On a keyboard where the command key is the usual one. */
const isMac = /Mac|iP/.test(navigator.platform);

/** Listens until the function that it gives back is called. */
export function registerKeys(actions: KeyActions): () => void {
  const pressed = (event: KeyboardEvent) => {
    const act = actionOf(event, actions);
    if (!act || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function actionOf(event: KeyboardEvent, actions: KeyActions): (() => unknown) | null {
  const key = event.key.toLowerCase();
  const command = (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;
  if (command && !event.shiftKey && key === "k") return actions.chooseModel;
  if (command && event.shiftKey && key === "o") return actions.newChat;
  // On some keyboards Alt makes another letter of R; the key's place is the same.
  if (event.altKey && !event.ctrlKey && !event.metaKey && (key === "r" || event.code === "KeyR")) return actions.toError;
  if (key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey && !isField(event.target)) return showKeys;
  return null;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/.test(target.localName));
}

/** The list, when it is open. */
export function Keys() {
  return open.value ? <List /> : null;
}

function List() {
  return (
    <Dialog kind="keys" title={words.keys.title} label={words.keys.open} close={() => (open.value = false)}>
      <dl>
        {words.keys.list.map(([keys = "", does]) => (
          <div key={keys}>
            <dt>
              <kbd>{isMac ? keys.replace("Ctrl", "⌘") : keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
