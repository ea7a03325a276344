/** A button that copies, and says whether it could. */
import { useState } from "preact/hooks";
import { copyText } from "../markdown/copy";
import { words } from "../words";
import { say } from "./say";

const SHOWN_MS = 2000;

/** Puts text on the clipboard; says how it went. */
export async function copy(text: string): Promise<string> {
  const told = (await copyText(text)) ? words.chat.copied : words.chat.notCopied;
  say(told);
  return told;
}

export function Copy({ text, label = words.chat.copy }: { text: () => string; label?: string }) {
  const [told, setTold] = useState<string | null>(null);
  const copies = async () => {
    setTold(await copy(text()));
    setTimeout(() => setTold(null), SHOWN_MS);
  };
  return (
    <button type="button" class="btn" onClick={() => void copies()}>
      {told ?? label}
    </button>
  );
}
