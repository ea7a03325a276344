/** The frame around both pages: name, links, the chip; and which page shows. */
import { ChatPage } from "./chat/page";
import { Chip } from "./shared/chip";
import { go, path } from "./shared/go";
import { StatusPage } from "./status/page";
import { words } from "./words";

export function App() {
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
