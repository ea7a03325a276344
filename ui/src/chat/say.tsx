/**
 * What a screen reader hears: boundaries only, never each word. The transcript itself is silent.
 *
 * The whole answer is put once into a second region where the reader wants that.
 */
import { signal } from "@preact/signals";
import { modelName } from "../shared/api";
import { words } from "../words";
import { type Answer, isOver, textOf, wordCount, writerOf } from "./model";
import { settings } from "./store";

const said = signal("");
const read = signal("");

/** What is said when `before` has become `after`; `null` when that is no boundary. */
export function boundary(before: Answer, after: Answer): string | null {
  const seam = after.parts.at(-1)?.seam;
  if (isOver(after) && !isOver(before)) {
    if (after.phase === "stopped") return words.say.stopped;
    // An error says itself: it is an alert.
    if (after.phase === "error") return null;
    return words.say.complete(wordCount(textOf(after)), words.signal[after.story?.signal ?? "unrated"].word.toLowerCase());
  }
  if (seam && after.parts.length > before.parts.length) return words.say.wentOn(modelName(seam.to), modelName(seam.from));
  const writer = writerOf(after);
  if (!writer || writerOf(before)) return null;
  const failed = after.failed.at(-1);
  if (failed && failed.target !== writer) {
    return words.say.switched(modelName(writer), modelName(failed.target), words.reason(failed.code));
  }
  return words.say.answering(modelName(writer));
}

export function say(text: string): void {
  // The same words twice are heard twice only if they differ: a space at the end.
  said.value = said.peek() === text ? `${text} ` : text;
}

export function announce(before: Answer, after: Answer): void {
  const text = boundary(before, after);
  if (text) say(text);
  if (isOver(after) && !isOver(before) && settings.peek().readAloud) read.value = textOf(after);
}

export function Say() {
  return (
    <>
      <div class="sr" role="status">
        {said}
      </div>
      <div class="sr" aria-live="polite">
        {read}
      </div>
    </>
  );
}
