/** A target as people read it: its model, and behind it, softly, who runs it. */
import { parts } from "./api";

export function Name({ id }: { id: string }) {
  const { provider, model } = parts(id);
  return (
    <span class="name">
      {model}
      {provider && <span class="muted"> · {provider}</span>}
    </span>
  );
}
