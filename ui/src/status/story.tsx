/** The story of the request that the address names, `/status#req_…`: a link to it can be sent to somebody. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Refused, type Story, getJson } from "../shared/api";
import { StoryView } from "../shared/story";
import { words } from "../words";
import { stories } from "./stories";

function named(): string | null {
  const id = decodeURIComponent(location.hash.slice(1));
  return id.startsWith("req_") ? id : null;
}

export function StoryDialog() {
  const id = useSignal(named());
  const story = useSignal<Story | null>(null);
  const problem = useSignal("");
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const moved = () => (id.value = named());
    addEventListener("hashchange", moved);
    addEventListener("popstate", moved);
    return () => {
      removeEventListener("hashchange", moved);
      removeEventListener("popstate", moved);
    };
  }, []);

  useEffect(() => {
    const wanted = id.value;
    if (wanted === null) {
      dialog.current?.close();
      return;
    }
    if (!dialog.current?.open) dialog.current?.showModal();
    problem.value = "";
    story.value = stories.value.find((one) => one.id === wanted) ?? null;
    if (story.value) return;
    getJson<Story>(`/api/requests/${encodeURIComponent(wanted)}`).then(
      (found) => {
        if (id.value === wanted) story.value = found;
      },
      (error: unknown) => {
        const isGone = error instanceof Refused && error.status === 404;
        problem.value = isGone ? words.status.notKept : words.error.offline.gateway;
      },
    );
  }, [id.value]);

  const closed = () => {
    if (named() !== null) history.replaceState(null, "", location.pathname);
    id.value = null;
  };
  return (
    <dialog ref={dialog} onClose={closed} aria-labelledby="story">
      <div class="row">
        <h2 id="story">{words.status.story}</h2>
        <span class="fill" />
        <button type="button" class="btn" onClick={() => dialog.current?.close()}>
          {words.status.close}
        </button>
      </div>
      {story.value ? <StoryView story={story.value} /> : <p role="status">{problem.value || words.status.looking}</p>}
    </dialog>
  );
}
