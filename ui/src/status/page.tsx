/** The status page: one sentence first, then what it rests on, down to the single request. */
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isStale, now, status } from "../shared/live";
import { words } from "../words";
import { Charts } from "./charts";
import { freshness, headline, icon, sentences, tabTitle, worstSignal } from "./headline";
import { Requests } from "./requests";
import { Routes } from "./routes";
import { StoryDialog } from "./story";
import { Switches } from "./switches";
import { Targets } from "./targets";
import { at, dataAgeMs, isOld, isPaused, pause, shown } from "./view";

export function StatusPage() {
  const of = shown.value;
  return (
    <main id="main" class={isOld.value ? "wide old" : "wide"}>
      <Tab />
      <div class="row top">
        <div class="said">
          <h1>{headline(of)}</h1>
          {of && sentences(of, at.value).map((sentence) => <div class="muted">{sentence}</div>)}
        </div>
        {of?.content_logged && <span class="badge">{words.status.contentOn}</span>}
        <Freshness />
      </div>
      {of && of.routes.length > 0 && (
        <>
          <Routes of={of} />
          <Targets of={of} />
          <Charts />
          <Switches />
          <Requests />
        </>
      )}
      <StoryDialog />
    </main>
  );
}

function Freshness() {
  const text = freshness(dataAgeMs.value, now.value, isOld.value, isPaused.value);
  return (
    <div class="row fresh">
      <span class={isOld.value ? "small alarm" : "small muted"}>{text}</span>
      <span class="sr" role="status">
        {isOld.value ? words.status.wentOld : ""}
      </span>
      {shown.value && (
        <button type="button" class="btn" onClick={pause}>
          {isPaused.value ? words.status.resume : words.status.pause}
        </button>
      )}
    </div>
  );
}

const title = computed(() => tabTitle(status.value, isStale.value));
const image = computed(() => icon(status.value && !isStale.value ? worstSignal(status.value.routes) : null));

/** The tab tells the live state, also while the page is paused or in the background. */
function Tab() {
  useEffect(() => {
    document.title = title.value;
  }, [title.value]);
  useEffect(() => setIcon(image.value), [image.value]);
  useEffect(
    () => () => {
      document.title = words.product;
      setIcon("/favicon.svg");
    },
    [],
  );
  return null;
}

function setIcon(href: string): void {
  document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", href);
}
