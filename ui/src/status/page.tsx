import { words } from "../words";

export function StatusPage() {
  return (
    <main id="main" class="wide">
      <h1>{words.status.title}</h1>
    </main>
  );
}
