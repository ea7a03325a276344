/** Text into the clipboard. */

/** Whether it is there now. The newer way needs a safe origin, which a gateway in a local network is not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea");
    const before = document.activeElement as HTMLElement | null;
    box.value = text;
    box.className = "sr";
    // Within an open dialog, as what is outside of it cannot be selected.
    (document.querySelector("dialog[open]") ?? document.body).append(box);
    box.select();
    const copied = document.execCommand?.("copy") ?? false;
    box.remove();
    before?.focus();
    return copied;
  }
}
