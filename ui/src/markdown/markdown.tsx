/** An answer's text, rendered while it comes. (A first version: plain text.) */
export function Markdown({ text }: { text: string }) {
  return <div class="md">{text}</div>;
}
