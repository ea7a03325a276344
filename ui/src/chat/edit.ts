/** Puts a message back into the composer, to be changed and sent as a new one. */
import { draft } from "./store";

/** What is typed there already stays, below it. */
export function edit(question: string): void {
  const typed = draft.peek().trim();
  draft.value = !typed || typed === question ? question : `${question}\n\n${typed}`;
  focusComposer();
}

export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>("#message")?.focus();
}
