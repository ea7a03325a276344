/** The way from page to page, without loading anything anew: an answer under way goes on. */
import { signal } from "@preact/signals";

/** The page that shows. */
export const path = signal(location.pathname);

addEventListener("popstate", () => (path.value = location.pathname));

/** Follows the link that was clicked; one that is to open elsewhere is left to the browser. */
export function go(event: MouseEvent): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const { pathname } = event.currentTarget as HTMLAnchorElement;
  if (pathname !== location.pathname) history.pushState(null, "", pathname);
  path.value = pathname;
}
