/** An answer's text, rendered while it comes: each piece is added to what is there, nothing is drawn anew. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../words";
import { copyText } from "./copy";
import { Writer } from "./writer";

/** `streaming` says that more may come: an open mark at the end is then not judged yet. */
export function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const writer = useRef<Writer | null>(null);
  useLayoutEffect(() => {
    if (!box.current || writer.current?.write(text, !streaming)) return;
    writer.current = new Writer(box.current);
    writer.current.write(text, !streaming);
  }, [text, streaming]);
  return <div class="md" ref={box} onClick={clicked} />;
}

async function clicked(event: MouseEvent): Promise<void> {
  const button = (event.target as Element).closest<HTMLElement>("button.copy");
  const code = button?.closest("figure")?.querySelector("code");
  if (!button || !code) return;
  const copied = await copyText(code.textContent ?? "");
  button.textContent = copied ? words.chat.copied : words.chat.notCopied;
  setTimeout(() => (button.textContent = words.chat.copy), 2000);
}
