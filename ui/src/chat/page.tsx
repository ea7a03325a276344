import { words } from "../words";

export function ChatPage() {
  return (
    <main id="main" class="chat">
      <h1 class="sr">{words.chat.title}</h1>
    </main>
  );
}
