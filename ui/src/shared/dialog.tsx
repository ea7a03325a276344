/** A modal dialog: focus, Escape and the way back are the browser's. It is open as long as it is drawn. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { words } from "../words";

interface Props {
  title: string;
  /** Its name, where the title alone would not say enough. */
  label?: string;
  /** A class for its look. */
  kind: string;
  close: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, label, kind, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const box = dialog.current;
    const before = document.activeElement as HTMLElement | null;
    box?.showModal();
    return () => {
      box?.close();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      class={kind}
      ref={dialog}
      aria-label={label ?? title}
      onClose={close}
      // A click on the dialog itself, and on nothing in it, is one beside it.
      onClick={(event) => event.target === dialog.current && close()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div class="row">
        <h2>{title}</h2>
        <span class="fill" />
        <button type="button" class="btn" onClick={close}>
          {words.drawer.close}
        </button>
      </div>
      {children}
    </dialog>
  );
}
