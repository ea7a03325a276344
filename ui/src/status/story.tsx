/** The story of the request that the address names, `/status#req_…`: a link to it can be sent to somebody. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Details } from "../chat/details";
import { Refused, type Story, getJson } from "../shared/api";
import { Dialog } from "../shared/dialog";
import { Signal } from "../shared/signal";
import { clock, duration } from "../shared/time";
import { words } from "../words";
import { stories } from "./stories";

function named(): string {
  return decodeURIComponent(location.hash.slice(1));
}

export function StoryDialog() {
  const id = useSignal(named());
  const story = useSignal<Story | null>(null);
  const problem = useSignal("");

  useEffect(() => {
    const moved = () => (id.value = named());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);

  useEffect(() => {
    const wanted = id.value;
    if (wanted === "") return;
    problem.value = "";
    story.value = stories.value.find((one) => one.id === wanted) ?? null;
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
    history.replaceState(null, "", location.pathname);
    id.value = "";
  };
  if (id.value === "") return null;
  return (
    <Dialog kind="whole" title={words.status.story} close={closed}>
      {story.value ? <Whole story={story.value} /> : <p role="status">{problem.value || words.status.looking}</p>}
    </Dialog>
  );
}

/** When, by whom and how it ended; what happened; and what only an operator asks. */
function Whole({ story }: { story: Story }) {
  const asides = [
    story.cached_age_s === null ? null : words.notice.cached(duration(story.cached_age_s * 1000)),
    story.canary && story.served !== null ? words.notice.canary(story.served) : null,
    story.error,
    story.stopped?.words,
  ];
  return (
    <>
      <p>
        {clock(story.began_at_ms, true)} · {story.route ?? story.asked} · <Signal level={story.signal} /> ·{" "}
        {words.status.outcome[story.outcome]} ({story.status})
      </p>
      {asides.map((aside) => aside && <p class="muted">{aside}</p>)}
      <Details story={story} />
      {story.content ? (
        <>
          <h3>{words.status.prompt}</h3>
          <pre>{story.content.prompt}</pre>
        </>
      ) : (
        <p class="muted small">{words.status.noPrompt}</p>
      )}
    </>
  );
}
