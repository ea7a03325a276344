/** The frame around both pages: name, links, the chip; and which page shows. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ChatPage } from "./chat/page";
import { Chip } from "./shared/chip";
import { StatusPage } from "./status/page";
import { words } from "./words";

const path = signal(location.pathname);

/** Goes to a page without loading it anew: an answer under way goes on. */
function go(event: MouseEvent): void {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const href = (event.currentTarget as HTMLAnchorElement).pathname;
  if (!plain) return;
  event.preventDefault();
  if (href !== location.pathname) history.pushState(null, "", href);
  path.value = href;
}

export function App() {
  useEffect(() => {
    const moved = () => (path.value = location.pathname);
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  const isStatus = path.value === "/status";
  return (
    <>
      <a class="skip" href="#main">
        {words.nav.skip}
      </a>
      <header>
        <b>{words.product}</b>
        <nav aria-label={words.nav.label}>
          <a href="/" onClick={go} aria-current={isStatus ? undefined : "page"}>
            {words.nav.chat}
          </a>
          <a href="/status" onClick={go} aria-current={isStatus ? "page" : undefined}>
            {words.nav.status}
          </a>
        </nav>
        <span class="fill" />
        <Chip />
      </header>
      {isStatus ? <StatusPage /> : <ChatPage />}
    </>
  );
}
