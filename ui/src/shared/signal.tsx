/** The signal: bars and a word, never one without the other, never colour alone. */
import type { SignalLevel } from "./api";
import { settings } from "../chat/settings";
import { words } from "../words";

const HEIGHTS = [2, 5, 8, 11];

/** How many of the four bars are filled. */
export function filled(level: SignalLevel): number {
  return level === "unrated" ? 0 : Number(level);
}

export function Bars({ level }: { level: SignalLevel }) {
  return (
    <svg class={`bars b-${level}`} viewBox="0 0 19 14" aria-hidden="true">
      {HEIGHTS.map((height, place) => (
        <rect
          key={place}
          x={0.8 + place * 4.6}
          y={13 - height}
          width="3"
          height={height}
          rx=".6"
          class={place < filled(level) ? "on" : ""}
        />
      ))}
      {level === "0" && <path class="cross" d="M2 2l9 9M11 2l-9 9" />}
    </svg>
  );
}

/** Bars and word; for those who like it so, what a phone would say, and the word for who cannot see the bars. */
export function Signal({ level }: { level: SignalLevel }) {
  const { word, tag } = words.signal[level];
  return (
    <span class={`signal s-${level}`}>
      <Bars level={level} />
      {settings.value.phoneStyle ? (
        <>
          <span aria-hidden="true">{tag}</span>
          <span class="sr">{word}</span>
        </>
      ) : (
        word
      )}
    </span>
  );
}
