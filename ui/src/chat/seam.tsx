/**
 * An answer's text with its seams: where another model went on stands a line that says so, and where one began again
 * the old part is folded away, not lost.
 */
import type { HandOver } from "../shared/api";
import { modelName } from "../shared/api";
import { Markdown } from "../markdown/markdown";
import { words } from "../words";
import { type Answer, added, chainText, isOver, wordCount, writerOf } from "./model";

/** A piece of text by one model. */
export interface Piece {
  text: string;
  /** How it follows the one before it: by a hand-over, at the reader's wish, or not at all. */
  seam: HandOver | "wish" | null;
  by: string | null;
}

/** The pieces of a chain of answers. */
export function piecesOf(chain: Answer[]): Piece[] {
  return chain.flatMap((answer, place) => {
    const by = answer.parts[0]?.seam?.from ?? answer.story?.hand_overs[0]?.from ?? writerOf(answer);
    const before = place === 0 ? "" : chainText(chain.slice(0, place));
    return answer.parts.map((part, at): Piece => {
      const joins = at === 0 && before !== "";
      const text = joins ? added(before, part.text, isOver(answer) || answer.parts.length > 1) : part.text;
      return { text, seam: part.seam ?? (joins ? "wish" : null), by: part.seam?.to ?? by };
    });
  });
}

/** The line that opens the code block which `text` leaves open, or nothing: a piece behind it is code, too. */
export function openFence(text: string): string {
  let open = "";
  for (const [, fence = "", rest = ""] of text.matchAll(/^ {0,3}(`{3,}|~{3,})(.*)$/gm)) {
    if (!open) open = fence + rest;
    else if (open.startsWith(fence.slice(0, 3)) && !rest.trim()) open = "";
  }
  return open && `${open}\n`;
}

export function Text({ chain, streaming }: { chain: Answer[]; streaming: boolean }) {
  const pieces = piecesOf(chain);
  const again = pieces.findLastIndex((piece) => typeof piece.seam === "object" && piece.seam?.how === "restart");
  const folded = pieces.slice(0, Math.max(again, 0)).filter((piece) => piece.text);
  const seam = pieces[again]?.seam;
  return (
    <>
      {folded.length > 0 && seam && seam !== "wish" && (
        <details class="folded">
          <summary>
            {words.seam.folded(
              modelName(seam.from),
              wordCount(folded.map((piece) => piece.text).join("")),
              modelName(seam.to),
            )}
          </summary>
          <Pieces pieces={folded} streaming={false} />
        </details>
      )}
      <Pieces pieces={pieces.slice(Math.max(again, 0))} streaming={streaming} />
    </>
  );
}

function Pieces({ pieces, streaming }: { pieces: Piece[]; streaming: boolean }) {
  let before = "";
  return (
    <>
      {pieces.map((piece, place) => {
        const fence = before && openFence(before);
        const last = place === pieces.length - 1;
        const line = before && piece.seam ? seamLine(piece, pieces[place - 1]) : null;
        before += piece.text;
        return (
          <div key={place}>
            {line && <p class="seam">{line}</p>}
            {piece.text && <Markdown text={fence + piece.text} streaming={streaming && last} />}
          </div>
        );
      })}
    </>
  );
}

function seamLine({ seam, by }: Piece, before: Piece | undefined): string | null {
  if (!seam) return null;
  if (seam === "wish") return words.seam.wish(before?.by ? modelName(before.by) : null, by ? modelName(by) : null);
  const names = [seam.from, seam.to];
  return words.seam.continued(modelName(seam.from, names), modelName(seam.to, names));
}
