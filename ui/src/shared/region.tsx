/** A box that scrolls inside itself, so that a wide table never makes the page scroll sideways; keys reach it, too. */
import type { ComponentChildren } from "preact";

export function Region({ label, children, tall }: { label: string; children: ComponentChildren; tall?: boolean }) {
  return (
    <div class={tall ? "region tall" : "region"} role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
